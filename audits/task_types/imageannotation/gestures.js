/** Mouse, pen and fingers on the stage: select, move, resize, draw, pan, pinch. `editor` is what editor.js offers. */
import { isLargeEnough, spannedBy } from "./rects.js";
import { SHAPES } from "./shapes.js";

const THRESHOLD_PX = 3;
const REACH_PX = { mouse: 5, pen: 8, touch: 16 };

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
    on("pointerleave", () => editor.hover(null));
    on("dblclick", () => editor.closeDrawing());
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("auxclick", (event) => event.preventDefault());
    on("keydown", (event) => { if (event.key === " " && !editor.drawing) { this.#space = true; event.preventDefault(); } });
    on("keyup", (event) => { if (event.key === " ") this.#space = false; });
  }

  #down(event) {
    if (event.button > 1) return;
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (this.#pointers.size === 2) this.#pinchBegins();
    else if (this.#pointers.size === 1) this.#drag = this.#dragFor(event);
    if (event.button === 1) event.preventDefault();
  }

  /** A second finger: whatever the first one had begun is undone. */
  #pinchBegins() {
    this.editor.view.show(null);
    this.#drag = { kind: "pinch", distance: this.#spread() };
  }

  #dragFor(event) {
    const { editor } = this;
    const start = editor.viewport.toImage(event.clientX, event.clientY);
    const common = { start, clientX: event.clientX, clientY: event.clientY, started: false };
    if (event.button === 1 || this.#space) return { ...common, kind: "pan" };
    if (editor.tool === "box") return { ...common, kind: "draw" };
    if (editor.tool !== "select") return { ...common, kind: "pan", clicks: true };
    const { item, handle } = editor.view.hit(start, REACH_PX[event.pointerType] ?? 5, editor.editable);
    if (!item) return { ...common, kind: "pan", deselects: true };
    // With a finger the picture is moved unless the shape was chosen before: else nobody could pan among many.
    const mayMove = event.pointerType !== "touch" || item.key === editor.selected;
    editor.select(item.key);
    return editor.editable && mayMove ? { ...common, kind: "shape", item, handle } : { ...common, kind: "pan" };
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before || !this.#drag) return this.#hover(event);
    this.#pointers.set(event.pointerId, event);
    if (this.#drag.kind === "pinch") return this.#pinch();
    if (!this.#hasStarted(event)) return undefined;
    if (this.#drag.kind === "pan") return this.#pan(before, event);
    return this.#show(event);
  }

  #hover(event) {
    const { editor } = this;
    const point = editor.viewport.toImage(event.clientX, event.clientY);
    if (editor.drawing) return editor.showDrawing(point);
    if (event.pointerType === "touch") return undefined;
    const { item, handle } = editor.tool === "select" ? editor.view.hit(point, REACH_PX.mouse, editor.editable) : {};
    return editor.hover(item?.key ?? null, handle);
  }

  /** A click is no drag: a hand that trembles by two pixels must not change a shape. */
  #hasStarted(event) {
    const distance = Math.hypot(event.clientX - this.#drag.clientX, event.clientY - this.#drag.clientY);
    this.#drag.started ||= distance >= THRESHOLD_PX;
    return this.#drag.started;
  }

  #pan(before, event) {
    this.stage.setAttribute("data-panning", "");
    this.editor.viewport.panBy(event.clientX - before.clientX, event.clientY - before.clientY);
  }

  #show(event) {
    const { start, kind, item, handle } = this.#drag;
    const { limits, viewport, view } = this.editor;
    const now = viewport.toImage(event.clientX, event.clientY);
    if (kind === "draw") {
      this.#drag.rect = spannedBy(start, now, limits);
      return view.show({ draft: { rect: this.#drag.rect } });
    }
    const shape = SHAPES[item.kind];
    const [dx, dy] = [now.x - start.x, now.y - start.y];
    this.#drag.fields = handle ? shape.dragged(item.data, handle, dx, dy, limits) : shape.moved(item.data, dx, dy, limits);
    return view.show({ item: { ...item, data: { ...item.data, ...this.#drag.fields } } });
  }

  #spread() {
    const [a, b] = [...this.#pointers.values()];
    return { length: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 };
  }

  #pinch() {
    if (this.#pointers.size < 2) return;
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
    this.#finish(drag);
  }

  #finish(drag) {
    const { editor } = this;
    if (drag.clicks && !drag.started) return editor.corner(drag.start);
    if (drag.deselects && !drag.started) editor.select(null);
    editor.view.show(null);
    if (drag.rect) return this.#finishBox(drag.rect);
    if (!drag.fields) return undefined;
    return editor.changeShape(drag.item, SHAPES[drag.item.kind].settled(drag.fields, drag.item.data));
  }

  #finishBox(rect) {
    const [left, top] = [Math.round(rect.left), Math.round(rect.top)];
    const whole = { left, top, width: Math.round(rect.left + rect.width) - left, height: Math.round(rect.top + rect.height) - top };
    this.editor.finishBox(whole, isLargeEnough(whole, this.editor.limits));
  }

  /** Escape in mid-drag: everything back to where it was. Tells whether there was something to cancel. */
  cancel() {
    const drag = this.#drag;
    this.#drag = null;
    this.#pointers.clear();
    this.editor.view.show(null);
    this.stage.removeAttribute("data-panning");
    return Boolean(drag?.rect || drag?.fields);
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
