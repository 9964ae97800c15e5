/** Mouse, pen and fingers on the stage: paint, pan, pinch. One finger paints while a brush is in hand, two move the picture. */
const PAN_BUTTON = 1;

export class PaintGestures {
  #pointers = new Map();
  #does = null;
  #spread = null;

  constructor(stage, editor) {
    Object.assign(this, { stage, editor, ending: new AbortController() });
    const on = (name, handler, options = {}) => stage.addEventListener(name, handler, { signal: this.ending.signal, ...options });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", () => this.#cancel());
    on("pointerleave", (event) => { if (!this.#pointers.size && event.pointerType !== "touch") editor.hoverAt(null); });
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("auxclick", (event) => event.preventDefault());
  }

  #down(event) {
    if (event.button > PAN_BUTTON) return;
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (event.button === PAN_BUTTON) event.preventDefault();
    if (this.#pointers.size === 2) this.#pinchBegins();
    else if (this.#pointers.size === 1) this.#begin(event);
  }

  #begin(event) {
    this.#does = event.button === PAN_BUTTON || !this.editor.paints ? "pan" : "paint";
    if (this.#does === "paint") this.editor.strokeBegins(event.clientX, event.clientY, event.shiftKey);
  }

  /** A second finger: what the first one had begun to paint is taken back. */
  #pinchBegins() {
    if (this.#does === "paint") this.editor.strokeCancelled();
    this.#does = "pinch";
    this.#spread = this.#spreadNow();
  }

  #spreadNow() {
    const [a, b] = [...this.#pointers.values()];
    return { length: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 };
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return this.editor.hoverAt(event.pointerType === "touch" ? null : event);
    this.#pointers.set(event.pointerId, event);
    if (this.#does === "paint") return this.editor.strokeGoes(event.clientX, event.clientY);
    if (this.#does === "pinch") return this.#pinch();
    this.stage.setAttribute("data-panning", "");
    return this.editor.viewport.panBy(event.clientX - before.clientX, event.clientY - before.clientY);
  }

  #pinch() {
    if (this.#pointers.size < 2) return;
    const [now, before, { viewport }] = [this.#spreadNow(), this.#spread, this.editor];
    viewport.panBy(now.x - before.x, now.y - before.y);
    viewport.zoomAt(now.x, now.y, now.length / Math.max(1, before.length));
    this.#spread = now;
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    this.stage.removeAttribute("data-panning");
    if (this.#pointers.size) return;
    if (this.#does === "paint") this.editor.strokeEnds();
    this.#does = null;
  }

  #cancel() {
    if (this.#does === "paint") this.editor.strokeCancelled();
    this.#pointers.clear();
    this.#does = null;
    this.stage.removeAttribute("data-panning");
  }

  /** In a page the wheel scrolls the page, until somebody has clicked into the picture. */
  #wheel(event) {
    if (this.editor.framed && !event.ctrlKey && document.activeElement !== this.stage) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.editor.viewport.zoomAt(event.clientX, event.clientY, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)));
  }

  destroy() { this.ending.abort(); }
}
