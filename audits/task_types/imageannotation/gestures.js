/** Mouse, pen and fingers on the stage: select, move, resize, draw, pan, pinch. `editor` is what imageannotation.js offers. */
import { isLargeEnough, movedBy, rectOf, resizedBy, sameRect, snapped, spannedBy } from "./geometry.js";

const THRESHOLD_PX = 3;

export class Gestures {
  #pointers = new Map();
  #drag = null;
  #space = false;

  constructor(stage, editor) {
    Object.assign(this, { stage, editor });
    this.ending = new AbortController();
    const on = (name, handler, options = {}) => stage.addEventListener(name, handler, { signal: this.ending.signal, ...options });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", () => this.cancel());
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("auxclick", (event) => event.preventDefault());
    on("keydown", (event) => { if (event.key === " ") { this.#space = true; event.preventDefault(); } });
    on("keyup", (event) => { if (event.key === " ") this.#space = false; });
  }

  #down(event) {
    if (event.button > 1) return;
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (this.#pointers.size === 2) this.#drag = { kind: "pinch", distance: this.#spread() };
    else if (this.#pointers.size === 1) this.#drag = this.#dragFor(event);
    if (event.button === 1) event.preventDefault();
  }

  #dragFor(event) {
    const { editor } = this;
    const start = editor.viewport.toImage(event.clientX, event.clientY);
    const common = { start, clientX: event.clientX, clientY: event.clientY, started: false };
    if (event.button === 1 || this.#space) return { ...common, kind: "pan" };
    if (editor.tool === "draw") return { ...common, kind: "draw" };
    const handle = event.target.dataset?.handle;
    if (handle && editor.selected) return this.#dragBox(common, editor.selected, handle);
    const key = event.target.closest?.("[data-key]")?.dataset.key;
    if (!key) return { ...common, kind: "pan", deselects: true };
    editor.select(key);
    return editor.editable ? this.#dragBox(common, key, null) : { ...common, kind: "pan" };
  }

  #dragBox(common, key, handle) {
    return { ...common, kind: handle ? "resize" : "move", key, handle, before: rectOf(this.editor.document.find(key).data) };
  }

  #move(event) {
    if (!this.#pointers.has(event.pointerId) || !this.#drag) return;
    const before = this.#pointers.get(event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (this.#drag.kind === "pinch") return this.#pinch();
    if (!this.#hasStarted(event)) return undefined;
    if (this.#drag.kind === "pan") return this.#pan(before, event);
    this.#drag.rect = this.#rectAt(event);
    if (this.#drag.kind === "draw") return this.editor.view.showDraft(this.#drag.rect);
    return this.editor.view.place(this.#drag.key, this.#drag.rect);
  }

  /** A click is no drag: a hand that trembles by two pixels must not change a box. */
  #hasStarted(event) {
    const distance = Math.hypot(event.clientX - this.#drag.clientX, event.clientY - this.#drag.clientY);
    this.#drag.started ||= distance >= THRESHOLD_PX;
    return this.#drag.started;
  }

  #pan(before, event) {
    this.stage.setAttribute("data-panning", "");
    this.editor.viewport.panBy(event.clientX - before.clientX, event.clientY - before.clientY);
  }

  #rectAt(event) {
    const { start, kind, before, handle } = this.#drag;
    const { limits, viewport } = this.editor;
    const now = viewport.toImage(event.clientX, event.clientY);
    if (kind === "draw") return spannedBy(start, now, limits);
    if (kind === "move") return movedBy(before, now.x - start.x, now.y - start.y, limits);
    return resizedBy(before, handle, now.x - start.x, now.y - start.y, limits);
  }

  #spread() {
    const [a, b] = [...this.#pointers.values()];
    return { length: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 };
  }

  #pinch() {
    const now = this.#spread();
    const before = this.#drag.distance;
    this.editor.viewport.panBy(now.x - before.x, now.y - before.y);
    this.editor.viewport.zoomAt(now.x, now.y, now.length / Math.max(1, before.length));
    this.#drag.distance = now;
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    this.stage.removeAttribute("data-panning");
    const drag = this.#drag;
    if (this.#pointers.size || !drag) return;
    this.#drag = null;
    this.editor.view.showDraft(null);
    this.#finish(drag);
  }

  #finish(drag) {
    const { editor } = this;
    if (drag.deselects && !drag.started) editor.select(null);
    if (!drag.rect) return;
    const rect = snapped(drag.rect, drag.before);
    if (drag.kind === "draw") editor.finishDrawing(rect, isLargeEnough(rect, editor.limits));
    else if (sameRect(rect, drag.before)) editor.view.place(drag.key, drag.before);
    else editor.document.update(drag.key, rect);
  }

  /** Escape in mid-drag: everything back to where it was. Tells whether there was something to cancel. */
  cancel() {
    const drag = this.#drag;
    this.#drag = null;
    this.#pointers.clear();
    this.editor.view.showDraft(null);
    this.stage.removeAttribute("data-panning");
    if (drag?.rect && drag.key) this.editor.view.place(drag.key, drag.before);
    return Boolean(drag?.rect);
  }

  /** In a page the wheel scrolls the page, until somebody has clicked into the image. */
  #wheel(event) {
    if (this.editor.framed && !event.ctrlKey && document.activeElement !== this.stage) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.editor.viewport.zoomAt(event.clientX, event.clientY, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)));
  }

  destroy() { this.ending.abort(); }
}
