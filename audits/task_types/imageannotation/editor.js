/**
 * Boxes, polygons, lines and points on an image; other annotations are kept. Markup: editor.html.
 * params.geometries.<kind>.objects_to_annotate | params.objects_to_annotate; response {"annotations": [{uuid, type, label,
 * left, top, width, height | vertices: [{x, y}] | x, y}]} in pixels of the image.
 */
import { tellSelection } from "../../../static/js/parts/audit/pins.js";
import { compare } from "./difference.js";
import { ShapeDocument } from "./document.js";
import { Gestures } from "./gestures.js";
import { handleStageKey } from "./keys.js";
import { kindsOf, labelsOf, limitsOf } from "./labels.js";
import { ShapeList, renderLabels } from "./lists.js";
import { SHAPES } from "./shapes.js";
import { startTools } from "./tools.js";
import { ShapeView } from "./view.js";
import { Viewport } from "./viewport.js";
import { sentenceOf } from "./words.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const MANY_SHAPES = 120;
const CURSORS = { n: "ns-resize", s: "ns-resize", e: "ew-resize", w: "ew-resize", nw: "nwse-resize", se: "nwse-resize", ne: "nesw-resize", sw: "nesw-resize" };

class ImageEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl, prior, before, kind }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, params, onChange, prior, before, editable: !readonly, framed: root.classList.contains("editor--viewer") });
    Object.assign(this, { selected: null, hovered: null, handle: null, tool: "select", drawing: null, muted: new Set(), pinned: new Set(), hidden: false, limits: limitsOf(params, 1, 1) });
    this.parts = Object.fromEntries(["frame", "stage", "image", "below", "above", "outline", "labels", "boxes", "count", "zoom", "position", "live", "hint", "message", "icons"].map((name) => [name, find(name)]));
    this.icons = [...this.parts.icons.content.children];
    this.document = new ShapeDocument(response, kind === "line" ? "line" : "", () => this.#changed());
    this.labels = labelsOf(params, [...this.document.items, ...(before?.annotations || []).map((data) => ({ data }))]);
    this.kinds = kindsOf(params, this.document.items, kind);
    this.currentLabel = this.labels[0];
    this.names = this.document.shapes.length <= MANY_SHAPES;
    this.comparing = Boolean(before);
    this.view = new ShapeView(this.parts.below, this.parts.above);
    this.viewport = new Viewport(this.parts.stage, this.parts.image, { onPlace: (place) => this.#placed(place), onSize: (...size) => this.view.setSize(...size) });
    this.list = new ShapeList(this.parts.boxes, this);
    this.gestures = new Gestures(this.parts.stage, this);
    this.ending = new AbortController();
    startTools(this, this.ending.signal);
    this.parts.stage.addEventListener("keydown", (event) => handleStageKey(event, this), { signal: this.ending.signal });
    this.parts.stage.addEventListener("focus", () => { this.leaving = false; }, { signal: this.ending.signal });
    this.#listenToPins(this.ending.signal);
    this.#loadImage(attachmentUrl || params?.attachment);
    this.refresh();
  }

  #loadImage(url) {
    const { image, message } = this.parts;
    const { signal } = this.ending;
    image.addEventListener("load", () => this.#sized(image.naturalWidth, image.naturalHeight), { signal });
    image.addEventListener("error", () => {
      message.hidden = false;
      const far = this.document.shapes.map(({ kind, data }) => SHAPES[kind].bounds(data));
      this.#sized(Math.max(100, ...far.map((one) => one.left + one.width)), Math.max(100, ...far.map((one) => one.top + one.height)));
    }, { signal });
    image.src = url || "data:,";
  }

  #sized(width, height) {
    this.limits = limitsOf(this.params, width, height);
    this.root.dataset.ready = "";
    this.viewport.setImageSize(width, height);
    this.refresh();
  }

  #placed(place) {
    this.view.setPlace(place);
    this.parts.zoom.textContent = `${Math.round(place.k * 100)} %`;
    this.#placeOutline();
  }

  #changed() {
    if (this.selected && !this.document.find(this.selected)) this.selected = null;
    this.refresh();
    this.onChange?.(this.document.isDirty());
  }

  changes() {
    return compare(this.before || this.document.initial, this.document.value()).changes;
  }

  refresh() {
    const { document: doc, parts } = this;
    this.#show();
    renderLabels(parts.labels, this);
    this.list.render(doc.shapes);
    parts.count.textContent = doc.shapes.length.toLocaleString();
    parts.frame.toggleAttribute("data-editable", this.editable);
    this.root.dataset.readonly = !this.editable;
    this.showTools();
  }

  #show() {
    const { document: doc, labels, selected, hovered, muted, hidden, names, editable, handle } = this;
    this.view.setState({ items: doc.shapes, labels, selected, hovered, muted, hidden, names, editable, vertex: handle, changes: this.comparing ? this.changes() : null });
    this.#placeOutline();
    const at = doc.shapes.findIndex((item) => item.key === selected);
    this.parts.position.textContent = doc.shapes.length ? `${at < 0 ? "–" : (at + 1).toLocaleString()} / ${doc.shapes.length.toLocaleString()}` : "";
  }

  /** One element of the page stands where the chosen shape is: high contrast modes and magnifiers follow it. */
  #placeOutline() {
    const item = this.selected && this.document.find(this.selected);
    const { outline } = this.parts;
    outline.hidden = !item;
    if (!item) return;
    const { left, top, width, height } = SHAPES[item.kind].bounds(item.data);
    const { k, x, y } = this.viewport;
    outline.style.transform = `translate(${left * k + x}px, ${top * k + y}px)`;
    outline.style.inlineSize = `${width * k}px`;
    outline.style.blockSize = `${height * k}px`;
  }

  hover(key, handle) {
    const { stage } = this.parts;
    stage.style.cursor = handle ? CURSORS[handle] || "pointer" : key && this.editable ? "move" : key ? "pointer" : "";
    if (key === this.hovered) return;
    this.hovered = key;
    this.#show();
  }

  setTool(tool) {
    this.tool = this.editable ? tool : "select";
    this.drawing = ["polygon", "line", "point"].includes(this.tool) ? this.newDrawing(this.tool) : null;
    this.parts.stage.dataset.tool = this.tool;
    this.view.show(null);
    if (this.tool !== "select") { this.select(null); this.parts.stage.focus({ preventScroll: true }); }
    this.showHint();
    this.showTools();
  }

  select(key) {
    if (this.selected === key) return;
    Object.assign(this, { selected: key, handle: null, leaving: false });
    const item = key && this.document.find(key);
    if (item) this.viewport.reveal(SHAPES[item.kind].bounds(item.data));
    this.refresh();
    if (item) this.announceSelected();
    tellSelection(this.root, item ? { kind: "annotation", id: item.data.uuid, index: this.document.items.indexOf(item), label: item.data.label } : null);
    this.root.dispatchEvent(new CustomEvent("labelops:annotation-chosen", { bubbles: true, detail: { id: item?.data.uuid } }));
  }

  /** What a pinned comment is about. */
  #of({ id, index }) { return this.document.items.find(({ data }) => id && data?.uuid === id) || this.document.items[index]; }

  #listenToPins(signal) {
    const on = (name, handler) => this.root.addEventListener(name, (event) => handler(event.detail), { signal });
    on("labelops:show-target", ({ target }) => this.select(this.#of(target)?.key ?? null));
    on("labelops:choose-annotation", ({ id }) => this.select(this.#of({ id })?.key ?? null));
    on("labelops:pins", ({ pins }) => {
      this.pinned = new Set(pins.map(({ target }) => target.kind === "annotation" && this.#of(target)?.key));
      this.list.render(this.document.shapes);
    });
  }

  selectAt(at) {
    const item = this.document.shapes.at(at);
    if (item) this.select(item.key);
    return Boolean(item);
  }

  selectNext(step, round) {
    const keys = this.document.shapes.filter((item) => !this.muted.has(item.data.label)).map((item) => item.key);
    const at = keys.indexOf(this.selected);
    const next = at < 0 ? (step > 0 ? 0 : keys.length - 1) : at + step;
    if (!keys.length || (!round && (next < 0 || next >= keys.length))) return false;
    this.select(keys[(next + keys.length) % keys.length]);
    return true;
  }

  /** To the next annotation, so near that it can be judged. */
  jump(step) {
    if (!this.selectNext(step, true)) return;
    const item = this.document.find(this.selected);
    this.viewport.zoomTo(SHAPES[item.kind].bounds(item.data));
  }

  /** Which corner Alt and the arrows move. */
  chooseHandle(step) {
    const item = this.selected && this.document.find(this.selected);
    const names = item && this.editable ? SHAPES[item.kind].handles(item.data).map((one) => one.name).filter((name) => !name.startsWith("+")) : [];
    if (!names.length) return false;
    const at = names.indexOf(this.handle || SHAPES[item.kind].first);
    this.handle = names[(this.handle ? at + step + names.length : at) % names.length];
    this.#show();
    this.announce(/^\d+$/.test(this.handle) ? fill(gettext("Point %(number)s of %(all)s"), { number: Number(this.handle) + 1, all: names.length }) : fill(gettext("Corner %(name)s"), { name: this.handle }));
    return true;
  }

  chooseLabel(label) {
    this.currentLabel = label;
    const item = this.selected && this.document.find(this.selected);
    if (item && item.data.label !== label) this.document.update(item.key, { label });
    else this.refresh();
    this.announce(fill(item ? gettext("Label %(label)s") : gettext("New shapes are %(label)s"), { label }));
  }

  changeShape(item, fields) {
    if (Object.entries(fields).every(([name, value]) => JSON.stringify(item.data[name]) === JSON.stringify(value))) return;
    this.document.update(item.key, fields);
    this.announceSelected();
  }

  addShape(kind, fields) {
    this.setTool("select");
    this.select(this.document.add(kind, fields, this.currentLabel));
  }

  finishBox(rect, largeEnough) {
    if (largeEnough) return this.addShape("box", rect);
    this.setTool("select");
    return this.announce(fill(gettext("Too small: at least %(width)s by %(height)s pixels."), { width: this.limits.minWidth, height: this.limits.minHeight }));
  }

  addInTheMiddle() {
    const seen = this.viewport.visible();
    const width = Math.max(this.limits.minWidth, Math.round(seen.width / 8));
    const height = Math.max(this.limits.minHeight, Math.round(seen.height / 8));
    this.finishBox({ left: Math.round(seen.left + (seen.width - width) / 2), top: Math.round(seen.top + (seen.height - height) / 2), width, height }, true);
    return true;
  }

  removeSelected() {
    const item = this.selected && this.document.find(this.selected);
    if (!item) return;
    const after = this.document.shapes[this.document.shapes.indexOf(item) + 1];
    this.document.remove(item.key);
    if (after) this.select(after.key);
    this.announce(fill(gettext("%(label)s deleted. %(number)s left."), { label: item.data.label ?? gettext("Shape"), number: this.document.shapes.length }));
    this.parts.stage.focus({ preventScroll: true });
  }

  escape() {
    if (this.gestures.cancel()) return true;
    if (this.tool !== "select") { this.setTool("select"); return true; }
    this.leaving = true;
    if (!this.selected) return false;
    this.select(null);
    this.leaving = true;
    return true;
  }

  announceSelected() {
    const item = this.selected && this.document.find(this.selected);
    if (item) this.announce(sentenceOf(item, this.document.shapes));
  }

  announce(text) { this.parts.live.textContent = text; }

  setReadonly(readonly) {
    this.editable = !readonly;
    if (readonly) this.setTool("select");
    this.refresh();
    if (!readonly) this.parts.stage.focus({ preventScroll: true });
  }

  destroy() {
    this.ending.abort();
    this.gestures.destroy();
    this.viewport.destroy();
    this.view.destroy();
    this.list.destroy();
  }
}

export { compare };

export function mount(root, options) {
  const editor = new ImageEditor(root, options);
  const { document: doc } = editor;
  return {
    value: () => doc.value(),
    isDirty: () => doc.isDirty(),
    undo: () => doc.undo(),
    redo: () => doc.redo(),
    reset: () => doc.reset(),
    load: (response) => doc.load(response),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.destroy(),
  };
}
