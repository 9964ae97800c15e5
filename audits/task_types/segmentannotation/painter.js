/** The hand on a mask: tools, brush, pointer and keys. `owner` tells what the page shows (editor.js). */
import { fill, gettext } from "../../../static/js/parts/words.js";
import { PaintGestures } from "./gestures.js";
import { NONE } from "./mask.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN_PX = 40;
export const SIZES = [1, 2, 3, 5, 8, 12, 18, 26, 40, 60, 90, 140, 200];

export class Painter {
  constructor(owner, { stage, viewport, view, mask }) {
    Object.assign(this, { owner, stage, viewport, view, mask, tool: "move", size: SIZES[5], cross: null, isDown: false, label: mask.labels[0], framed: owner.framed });
    this.gestures = new PaintGestures(stage, this);
    this.ending = new AbortController();
    stage.addEventListener("keydown", (event) => this.#key(event), { signal: this.ending.signal });
    stage.addEventListener("blur", () => this.#penUp(), { signal: this.ending.signal });
  }

  get paints() { return this.tool !== "move" && this.label !== undefined; }
  get radius() { return this.size / 2; }

  setTool(tool) {
    this.#penUp();
    this.tool = this.owner.editable ? tool : "move";
    this.stage.dataset.tool = this.tool;
    if (!this.paints) this.hoverAt(null);
    this.owner.refresh();
  }

  setLabel(label) {
    this.label = label;
    this.owner.refresh();
    this.owner.announce(fill(gettext("Brush: %(label)s"), { label }));
  }

  resize(step) {
    const at = SIZES.findIndex((one) => one >= this.size);
    this.setSize(SIZES[Math.min(SIZES.length - 1, Math.max(0, at + step))]);
  }

  setSize(size) {
    this.size = size;
    if (this.view.at) this.view.showRing(this.view.at, this.radius, this.isDown);
    this.owner.refresh();
    this.owner.announce(fill(gettext("Size %(number)s pixels"), { number: size }));
  }

  #onMask(clientX, clientY) {
    const { x, y } = this.viewport.toImage(clientX, clientY);
    return { x: x / this.view.scale, y: y / this.view.scale };
  }

  hoverAt(event) {
    if (this.isDown) return;
    this.view.showRing(event && this.paints ? this.#onMask(event.clientX, event.clientY) : null, this.radius);
  }

  /** An eraser takes away the chosen label alone; with Shift whatever is there. */
  #paintTo(point) {
    const value = this.mask.valueOf(this.label);
    const erases = this.tool === "eraser";
    this.view.draw(this.mask.paint(this.from ?? point, point, this.radius, erases ? NONE : value, erases && !this.everything ? value : null) ?? { left: 0, top: 0, right: 0, bottom: 0 });
    this.from = point;
  }

  strokeBegins(clientX, clientY, everything = false) {
    this.#penUp();
    Object.assign(this, { from: null, everything });
    this.mask.begin();
    this.strokeGoes(clientX, clientY);
  }

  strokeGoes(clientX, clientY) {
    const point = this.#onMask(clientX, clientY);
    this.view.showRing(point, this.radius, true);
    this.#paintTo(point);
  }

  strokeEnds() {
    this.mask.end();
    this.view.showRing(null);
    this.#tellCount();
  }

  strokeCancelled() {
    this.view.draw(this.mask.cancel());
    this.view.showRing(null);
  }

  #tellCount() {
    const number = this.mask.counts[this.mask.valueOf(this.label)];
    this.owner.announce(fill(gettext("%(label)s has %(number)s pixels"), { label: this.label, number: number.toLocaleString() }));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.#pressed(event)) event.preventDefault();
  }

  #pressed(event) {
    if (ARROWS[event.key]) return this.#arrow(...ARROWS[event.key], event.shiftKey ? 10 : 1);
    if (event.key === "Escape") return this.#escape();
    if (!this.paints) return false;
    if (event.key === " ") return this.isDown ? this.#penUp() : this.#penDown();
    if (event.key === "Enter") return this.#penDown() && this.#penUp();
    return false;
  }

  #arrow(dx, dy, step) {
    if (!this.paints) { this.viewport.panBy(-dx * PAN_PX, -dy * PAN_PX); return true; }
    this.#crossTo((this.cross ?? this.#middle()).x + dx * step, (this.cross ?? this.#middle()).y + dy * step);
    return true;
  }

  #middle() {
    const [{ left, top, width, height }, { scale }] = [this.viewport.visible(), this.view];
    return { x: Math.round((left + width / 2) / scale), y: Math.round((top + height / 2) / scale) };
  }

  #crossTo(x, y) {
    const { mask, view } = this;
    this.cross = { x: Math.min(Math.max(x, 0), mask.width), y: Math.min(Math.max(y, 0), mask.height) };
    this.viewport.reveal({ left: this.cross.x * view.scale, top: this.cross.y * view.scale, width: 0, height: 0 });
    view.showRing(this.cross, this.radius, this.isDown);
    if (this.isDown) this.#paintTo(this.cross);
    const under = mask.labelAt(Math.min(this.cross.x, mask.width - 1), Math.min(this.cross.y, mask.height - 1)) ?? gettext("no label");
    this.owner.announce(`${this.cross.x}, ${this.cross.y}: ${under}`);
  }

  #penDown() {
    Object.assign(this, { isDown: true, from: null, everything: false });
    this.mask.begin();
    const { x, y } = this.cross ?? this.#middle();
    this.#crossTo(x, y);
    return true;
  }

  #penUp() {
    if (!this.isDown) return false;
    this.isDown = false;
    this.mask.end();
    this.view.showRing(this.cross, this.radius);
    this.#tellCount();
    return true;
  }

  #escape() {
    if (this.isDown) {
      this.isDown = false;
      this.view.draw(this.mask.cancel());
      this.view.showRing(this.cross, this.radius);
      return true;
    }
    if (this.tool === "move") return false;
    this.setTool("move");
    return true;
  }

  destroy() {
    this.ending.abort();
    this.gestures.destroy();
  }
}
