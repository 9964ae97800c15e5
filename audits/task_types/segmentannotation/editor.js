/**
 * A segmentation painted over its picture: a brush and an eraser for each label. Where its pictures may not be read (another origin
 * that does not allow it), they are shown and the response is edited as JSON. Markup: editor.html. response {"annotations":
 * {"combined": {"image", "indexedImage"}} | {label: address}, "labelMapping": {label: {"color": "#rrggbb", "index": number}}};
 * what was painted comes as data: addresses of PNG pictures in the same places, and `repainted` says how much (difference.js).
 */
import { safeAddress } from "../../../static/js/parts/attachments.js";
import { fill, gettext } from "../../../static/js/parts/words.js";
import { Viewport } from "../imageannotation/viewport.js";
import { JsonField } from "../json/field.js";
import { addressesOf, compare, sumOf } from "./difference.js";
import { segmentsOf } from "./labels.js";
import { renderSegments } from "./lists.js";
import { Mask } from "./mask.js";
import { Painter } from "./painter.js";
import { addressOf, readMask, writeMask } from "./pictures.js";
import { MaskView } from "./view.js";

export { compare };

const PARTS = ["frame", "stage", "image", "canvas", "ring", "masks", "labels", "opacity", "strength", "zoom", "live", "message", "unread", "json", "size", "pixels", "icons"];

class SegmentEditor {
  constructor(root, options) {
    const { params, response, readonly, before } = options;
    Object.assign(this, { root, options, response, before, editable: !readonly, framed: root.classList.contains("editor--viewer"), muted: new Set(), hidden: false, comparing: Boolean(before), pending: null });
    this.parts = Object.fromEntries(PARTS.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    this.icons = [...this.parts.icons.content.children];
    this.labels = segmentsOf(params, before ? { labelMapping: { ...before.labelMapping, ...response?.labelMapping }, annotations: response?.annotations } : response);
    this.view = new MaskView(this.parts.canvas, this.parts.ring);
    this.viewport = new Viewport(this.parts.stage, this.parts.image, { onPlace: (place) => this.#placed(place), onSize: () => {} });
    this.ending = new AbortController();
    const { signal } = this.ending;
    root.addEventListener("click", (event) => this.#clicked(event.target.closest("button")), { signal });
    root.addEventListener("input", (event) => this.#adjusted(event.target), { signal });
    this.refresh();
    this.opened = this.#open();
  }

  async #open() {
    const size = await this.#picture();
    try {
      const read = await readMask(this.response, this.labels, size);
      if (this.ending.signal.aborted) return;
      this.#painted(read, size);
      await this.#compareWith(read);
    } catch (error) {
      if (!this.ending.signal.aborted) this.#asJson(error);
    }
    this.root.dataset.ready = "";
    this.refresh();
  }

  /** The picture below; where it does not load, the mask is shown by itself. */
  async #picture() {
    const { image, message } = this.parts;
    image.src = safeAddress(this.options.attachmentUrl || this.options.params?.attachment || "") || "data:,";
    try {
      await image.decode();
      this.viewport.setImageSize(image.naturalWidth, image.naturalHeight);
      return { width: image.naturalWidth, height: image.naturalHeight };
    } catch {
      message.hidden = this.ending.signal.aborted;
      return null;
    }
  }

  #painted(read, size) {
    if (!read.width) throw new Error("neither a picture nor a mask");
    this.keeps = read.keeps;
    this.mask = new Mask(read.width, read.height, read.values, this.labels.map((one) => one.name), () => this.#changed());
    if (!size) this.viewport.setImageSize(read.width, read.height);
    this.view.setMask(this.mask, this.labels, read.keeps.image, (size?.width ?? read.width) / read.width);
    this.painter = new Painter(this, { stage: this.parts.stage, viewport: this.viewport, view: this.view, mask: this.mask });
    this.viewport.draw();
    if (this.editable) this.painter.setTool("brush");
  }

  async #compareWith({ width, height }) {
    if (!this.before) return;
    // What cannot be read any more is not compared; the list of changes in words stands beside the picture.
    const before = await readMask(this.before, this.labels, { width, height }).catch(() => null);
    if (before?.width === width && before.height === height) this.base = before.values;
    else this.comparing = false;
  }

  #asJson(error) {
    const { parts, response } = this;
    if (error instanceof RangeError || addressesOf(response).length) parts.unread.hidden = false;
    parts.json.hidden = false;
    this.root.dataset.mode = "json";
    this.field = new JsonField(this.root, { ...this.options, readonly: !this.editable, shown: (value) => this.#overlay(value), readonlyChanged: () => {} });
    this.#overlay(response);
  }

  /** The pictures as they are, where nobody may look into them. */
  #overlay(response) {
    const given = addressesOf(response).length ? [addressOf(response.annotations?.combined)].filter(Boolean) : [];
    const shown = given.length ? given : addressesOf(response);
    this.parts.masks.replaceChildren(...shown.map((address) => Object.assign(document.createElement("img"), { src: safeAddress(address), alt: "", className: "segments__mask" })));
    this.viewport.draw();
  }

  #placed(place) {
    this.view.setPlace(place);
    const { masks, zoom } = this.parts;
    masks.style.transform = `translate(${place.x}px, ${place.y}px)`;
    masks.style.inlineSize = `${place.width * place.k}px`;
    masks.style.blockSize = `${place.height * place.k}px`;
    zoom.textContent = `${Math.round(place.k * 100)} %`;
  }

  #changed() {
    this.view.draw();
    this.refresh();
    this.options.onChange?.(this.isDirty());
  }

  #clicked(button) {
    if (!button || button.disabled) return;
    const { label, mute, action } = button.dataset;
    if (mute !== undefined) this.#mute(mute);
    else if (label !== undefined) this.painter?.setLabel(label);
    else this.#act(action);
  }

  #act(action) {
    if (["move", "brush", "eraser"].includes(action)) { this.painter?.setTool(action); this.parts.stage.focus({ preventScroll: true }); }
    else if (action === "smaller" || action === "larger") this.painter?.resize(action === "larger" ? 1 : -1);
    else if (action === "undo" || action === "redo") this[action]();
    else if (action === "hide") this.#toggle("hidden");
    else if (action === "changes") this.#toggle("comparing");
    else if (action === "fit") this.viewport.fit();
    else if (action === "zoom-in" || action === "zoom-out") this.viewport.zoomCentre(action === "zoom-in" ? 1.25 : 0.8);
  }

  #mute(label) {
    if (!this.muted.delete(label)) this.muted.add(label);
    this.announce(fill(this.muted.has(label) ? gettext("%(label)s hidden") : gettext("%(label)s shown"), { label }));
    this.#redraw();
  }

  #toggle(name) {
    this[name] = !this[name];
    this.#redraw();
  }

  #redraw() {
    this.view.setState({ muted: this.muted, before: this.comparing && this.mask ? this.base ?? this.mask.initial : null });
    this.refresh();
  }

  #adjusted(input) {
    if (input === this.parts.opacity) this.refresh();
    else if (input === this.parts.size) this.painter?.setSize(Number(input.value));
  }

  refresh() {
    const { parts, painter, mask, editable, root } = this;
    root.dataset.readonly = !editable;
    for (const layer of [parts.canvas, parts.masks]) { layer.hidden = this.hidden; layer.style.opacity = parts.opacity.value / 100; }
    parts.strength.textContent = `${parts.opacity.value} %`;
    const find = (action) => root.querySelector(`[data-action="${action}"]`);
    for (const tool of ["move", "brush", "eraser"]) { find(tool).hidden = !editable || !painter; find(tool).setAttribute("aria-pressed", painter?.tool === tool); }
    for (const [action, can] of [["undo", mask?.canUndo()], ["redo", mask?.canRedo()]]) Object.assign(find(action), { disabled: !can, hidden: !editable || !mask });
    parts.frame.toggleAttribute("data-painting", Boolean(editable && painter?.paints));
    parts.size.parentElement.hidden = !editable || !painter;
    if (painter) { parts.size.value = painter.size; parts.pixels.textContent = `${painter.size} px`; }
    find("hide").setAttribute("aria-pressed", this.hidden);
    find("changes").setAttribute("aria-pressed", this.comparing);
    find("changes").hidden = !(this.base || mask?.isDirty || this.comparing);
    renderSegments(parts.labels, this);
    if (this.comparing && mask && !this.view.before) this.#redraw();
  }

  announce(text) { this.parts.live.textContent = text; }

  isDirty() { return this.field ? this.field.isDirty() : Boolean(this.pending) || Boolean(this.mask?.isDirty); }

  #record() {
    return { from: sumOf(addressesOf(this.response)), labels: this.mask.changesSince() };
  }

  value() {
    if (this.field) return this.field.contract().value();
    if (this.pending) return this.pending;
    if (!this.mask?.isDirty) return this.response;
    if (this.written?.revision !== this.mask.revision) this.written = { revision: this.mask.revision, response: { ...writeMask(this.response, this.mask, this.labels, this.keeps), repainted: this.#record() } };
    return this.written.response;
  }

  /** Without drawing the pictures anew: it is asked after every stroke. */
  changes() {
    if (!this.mask?.isDirty || this.pending) return compare(this.response, this.value());
    return compare(this.response, { ...this.response, repainted: this.#record() });
  }

  /** A draft's pictures take their time to be read; meanwhile the draft itself is what would be sent. */
  async load(draft) {
    this.pending = draft;
    await this.opened;
    if (this.field) this.field.contract().load(draft);
    if (this.field || (await this.#take(draft))) this.pending = null;
    this.options.onChange?.(this.isDirty());
  }

  async #take(draft) {
    const read = await readMask(draft, this.labels, this.mask).catch(() => null);
    if (read && !this.ending.signal.aborted) this.mask.replace(read.values);
    return Boolean(read);
  }

  undo() { if (this.field) this.field.contract().undo(); else this.mask?.undo(); }
  redo() { if (this.field) this.field.contract().redo(); else this.mask?.redo(); }
  reset() { if (this.field) this.field.contract().reset(); else this.mask?.reset(); }

  setReadonly(readonly) {
    this.editable = !readonly;
    this.field?.setReadonly(readonly);
    this.painter?.setTool(readonly ? "move" : "brush");
    this.refresh();
    if (!readonly && !this.field) this.parts.stage.focus({ preventScroll: true });
  }

  destroy() {
    this.ending.abort();
    this.painter?.destroy();
    this.viewport.destroy();
    this.field?.destroy();
  }
}

export function mount(root, options) {
  const editor = new SegmentEditor(root, options);
  const names = ["value", "isDirty", "changes", "undo", "redo", "reset", "load", "setReadonly", "destroy"];
  return { ...Object.fromEntries(names.map((name) => [name, (...given) => editor[name](...given)])), error: () => editor.field?.contract().error() ?? null };
}
