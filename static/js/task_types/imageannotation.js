/**
 * Boxes on an image; other geometries are shown and kept. Markup: templates/task_types/imageannotation.html.
 * params.geometries.box.objects_to_annotate | params.objects_to_annotate; response {"annotations": [{uuid, type: "box",
 * label, left, top, width, height}]} in pixels of the image.
 */
import { tellSelection } from "../parts/audit/pins.js";
import { BoxDocument } from "../parts/boxes/document.js";
import { Gestures } from "../parts/boxes/gestures.js";
import { handleStageKey } from "../parts/boxes/keys.js";
import { labelsOf, limitsOf } from "../parts/boxes/labels.js";
import { renderBoxes, renderLabels } from "../parts/boxes/lists.js";
import { BoxView } from "../parts/boxes/view.js";
import { Viewport } from "../parts/boxes/viewport.js";

const MANY_BOXES = 120;

class ImageEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, params, onChange, editable: !readonly, framed: root.classList.contains("editor--viewer"), selected: null, tool: "select", limits: limitsOf(params, 1, 1) });
    this.parts = { frame: find("frame"), stage: find("stage"), image: find("image"), labels: find("labels"), boxes: find("boxes"), count: find("count"), zoom: find("zoom"), live: find("live"), hint: find("hint"), message: find("message") };
    this.document = new BoxDocument(response, () => this.#changed());
    this.labels = labelsOf(params, this.document.items);
    this.currentLabel = this.labels[0];
    const layers = [find("layer"), find("top")];
    this.view = new BoxView(...layers);
    this.viewport = new Viewport(this.parts.stage, this.parts.image, layers, (k) => this.#zoomed(k));
    this.gestures = new Gestures(this.parts.stage, this);
    this.#listen();
    this.#loadImage(attachmentUrl || params?.attachment);
    this.parts.frame.dataset.labels = this.document.boxes.length > MANY_BOXES ? "off" : "on";
    this.refresh();
  }

  #listen() {
    this.parts.stage.addEventListener("keydown", (event) => handleStageKey(event, this));
    this.root.addEventListener("labelops:show-target", (event) => this.showTarget(event.detail.target));
    this.onClick = (event) => this.#clicked(event.target.closest("button"));
    this.root.addEventListener("click", this.onClick);
  }

  #loadImage(url) {
    const { image, message } = this.parts;
    image.addEventListener("load", () => this.#sized(image.naturalWidth, image.naturalHeight));
    image.addEventListener("error", () => {
      message.hidden = false;
      const far = this.document.boxes.map(({ data }) => [data.left + data.width, data.top + data.height]);
      this.#sized(Math.max(100, ...far.map((f) => f[0])), Math.max(100, ...far.map((f) => f[1])));
    });
    image.src = url || "data:,";
  }

  #sized(width, height) {
    this.limits = limitsOf(this.params, width, height);
    this.viewport.setImageSize(width, height);
  }

  #zoomed(k) {
    this.view.setScale(k);
    this.parts.zoom.textContent = `${Math.round(k * 100)} %`;
  }

  #changed() {
    if (this.selected && !this.document.find(this.selected)) this.selected = null;
    this.refresh();
    this.onChange?.(this.document.isDirty());
  }

  refresh() {
    const { document: doc, parts } = this;
    this.view.drawShapes(doc.others, this.labels);
    this.view.render(doc.boxes, this.labels, this.selected, this.editable);
    renderLabels(parts.labels, this);
    renderBoxes(parts.boxes, this);
    parts.count.textContent = doc.boxes.length;
    parts.frame.toggleAttribute("data-editable", this.editable);
    this.#showTools();
  }

  #showTools() {
    const usable = { undo: this.document.canUndo(), redo: this.document.canRedo(), remove: Boolean(this.selected), draw: true };
    for (const [action, can] of Object.entries(usable)) {
      const button = this.root.querySelector(`[data-action="${action}"]`);
      button.disabled = !(this.editable && can);
      button.hidden = !this.editable;
    }
    this.root.querySelector('[data-action="draw"]').setAttribute("aria-pressed", this.tool === "draw");
    this.root.dataset.readonly = !this.editable;
  }

  #clicked(button) {
    if (!button || button.disabled) return;
    if (button.dataset.label) this.chooseLabel(button.dataset.label);
    else if (button.dataset.select) { this.select(button.dataset.select); this.parts.stage.focus({ preventScroll: true }); }
    else this.#act(button.dataset.action, button);
  }

  #act(action, button) {
    const actions = {
      undo: () => this.document.undo(), redo: () => this.document.redo(), remove: () => this.#removeSelected(),
      draw: () => this.setTool(this.tool === "draw" ? "select" : "draw"), fit: () => this.viewport.fit(),
      "zoom-in": () => this.viewport.zoomCentre(1.25), "zoom-out": () => this.viewport.zoomCentre(0.8),
      labels: () => this.#toggle(button, "labels"), hide: () => this.#toggle(button, "hidden"),
    };
    actions[action]?.();
  }

  #toggle(button, what) {
    const { frame } = this.parts;
    if (what === "labels") frame.dataset.labels = frame.dataset.labels === "off" ? "on" : "off";
    else frame.toggleAttribute("data-hidden");
    const on = what === "labels" ? frame.dataset.labels === "on" : frame.hasAttribute("data-hidden");
    button.setAttribute("aria-pressed", on);
  }

  setTool(tool) {
    this.tool = this.editable ? tool : "select";
    this.parts.stage.dataset.tool = this.tool;
    this.parts.hint.hidden = this.tool !== "draw";
    if (tool === "draw") { this.select(null); this.parts.stage.focus({ preventScroll: true }); this.announce(this.parts.hint.textContent); }
    this.#showTools();
  }

  select(key) {
    if (this.selected === key) return;
    this.selected = key;
    if (key) this.viewport.reveal(this.document.find(key).data);
    this.refresh();
    this.announceSelected();
    this.#tellSelection();
  }

  #tellSelection() {
    const item = this.selected && this.document.find(this.selected);
    tellSelection(this.root, item && { kind: "annotation", id: item.data.uuid, index: this.document.items.indexOf(item), label: item.data.label });
  }

  showTarget({ id, index }) {
    const item = this.document.items.find(({ data }) => id && data.uuid === id) || this.document.items[index];
    if (item) this.select(item.key);
  }

  /** Past the last box Tab leaves the image, as it leaves any other list; arrows go round. */
  selectNext(step, round) {
    const keys = this.document.boxes.map((item) => item.key);
    const at = keys.indexOf(this.selected);
    const next = at < 0 ? (step > 0 ? 0 : keys.length - 1) : at + step;
    if (!keys.length || (!round && (next < 0 || next >= keys.length))) return false;
    this.select(keys[(next + keys.length) % keys.length]);
    return true;
  }

  chooseLabel(label) {
    this.currentLabel = label;
    const item = this.selected && this.document.find(this.selected);
    if (item && item.data.label !== label) this.document.update(item.key, { label });
    else this.refresh();
    this.announce(item ? `Label ${label}` : `New boxes are ${label}`);
  }

  finishDrawing(rect, largeEnough) {
    this.setTool("select");
    if (!largeEnough) return this.announce(`Too small: at least ${this.limits.minWidth} by ${this.limits.minHeight} pixels.`);
    return this.select(this.document.add(rect, this.currentLabel));
  }

  addInTheMiddle() {
    const seen = this.viewport.visible();
    const width = Math.max(this.limits.minWidth, Math.round(seen.width / 8));
    const height = Math.max(this.limits.minHeight, Math.round(seen.height / 8));
    const left = Math.round(seen.left + (seen.width - width) / 2);
    this.finishDrawing({ left, top: Math.round(seen.top + (seen.height - height) / 2), width, height }, true);
    return true;
  }

  #removeSelected() {
    if (!this.selected) return;
    const { key, data } = this.document.find(this.selected);
    this.document.remove(key);
    this.announce(`${data.label ?? "Box"} deleted. ${this.document.boxes.length} boxes left.`);
    this.parts.stage.focus({ preventScroll: true });
  }

  escape() {
    if (this.gestures.cancel()) return true;
    if (this.tool === "draw") { this.setTool("select"); return true; }
    if (!this.selected) return false;
    this.select(null);
    return true;
  }

  announceSelected() {
    const item = this.selected && this.document.find(this.selected);
    if (!item) return;
    const { label, left, top, width, height } = item.data;
    const boxes = this.document.boxes;
    const [x, y, w, h] = [left, top, width, height].map(Math.round);
    this.announce(`${label ?? "no label"}, box ${boxes.indexOf(item) + 1} of ${boxes.length}, ${x} from the left, ${y} from the top, ${w} by ${h} pixels`);
  }

  announce(text) { this.parts.live.textContent = text; }

  setReadonly(readonly) {
    this.editable = !readonly;
    if (readonly) this.setTool("select");
    this.refresh();
    if (!readonly) this.parts.stage.focus({ preventScroll: true });
  }

  destroy() {
    this.gestures.destroy();
    this.viewport.destroy();
    this.root.removeEventListener("click", this.onClick);
  }
}

export function mount(root, options) {
  const editor = new ImageEditor(root, options);
  return {
    value: () => editor.document.value(),
    isDirty: () => editor.document.isDirty(),
    undo: () => editor.document.undo(),
    redo: () => editor.document.redo(),
    reset: () => editor.document.reset(),
    load: (response) => editor.document.load(response),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.destroy(),
  };
}
