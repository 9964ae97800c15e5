/** The mask over its picture: a canvas of the mask's own size that moves and grows with the picture, and the brush's ring. */
import { packed } from "./pictures.js";
import { NONE, OTHER } from "./mask.js";

// Data, not theme: they lie on photographs.
const WENT = [255, 59, 48];
const FAINT = 50;

export class MaskView {
  constructor(canvas, ring) { Object.assign(this, { canvas, ring, mask: null, place: { k: 1, x: 0, y: 0 }, scale: 1, muted: new Set(), before: null }); }

  /** `scale`: pixels of the picture for one of the mask. */
  setMask(mask, labels, keeps, scale) {
    Object.assign(this, { mask, labels, scale, keeps: keeps && new Uint32Array(keeps.data.buffer) });
    Object.assign(this.canvas, { width: mask.width, height: mask.height });
    this.context = this.canvas.getContext("2d");
    this.draw();
  }

  /** `muted`: names that are not shown; `before`: values to show the changes against, or null. */
  setState({ muted, before }) {
    Object.assign(this, { muted, before });
    this.draw();
  }

  #table(alpha) {
    const table = new Uint32Array(256);
    this.labels.forEach(({ name, colour }, place) => { if (!this.muted.has(name)) table[place + 1] = packed(colour, alpha); });
    return table;
  }

  draw(box = null) {
    if (!this.mask) return;
    const { width, height } = this.mask;
    const { left, top, right, bottom } = box ?? { left: 0, top: 0, right: width, bottom: height };
    if (right <= left || bottom <= top) return;
    const pixels = this.context.createImageData(right - left, bottom - top);
    const words = new Uint32Array(pixels.data.buffer);
    const colourAt = this.before ? this.#changeAt() : this.#plainAt();
    for (let y = top, to = 0; y < bottom; y += 1) for (let x = left, at = y * width + left; x < right; x += 1, at += 1, to += 1) words[to] = colourAt(at);
    this.context.putImageData(pixels, left, top);
  }

  #plainAt() {
    const [table, { values }, { keeps }] = [this.#table(255), this.mask, this];
    return (at) => (values[at] === OTHER && keeps ? keeps[at] : table[values[at]]);
  }

  /** What came in its colour, what went in red, and the rest so faint that both can be seen. */
  #changeAt() {
    const [full, faint, { values }, { before }] = [this.#table(255), this.#table(FAINT), this.mask, this];
    const went = packed(WENT, 255);
    return (at) => (values[at] === before[at] ? faint[values[at]] : values[at] === NONE ? went : full[values[at]] || went);
  }

  setPlace(place) {
    this.place = place;
    this.canvas.style.transform = `translate(${place.x}px, ${place.y}px) scale(${place.k * this.scale})`;
    this.#placeRing();
  }

  /** `at`: in pixels of the mask, or null. */
  showRing(at, radius, isDown = false) {
    Object.assign(this, { at, radius });
    this.ring.hidden = !at;
    this.ring.toggleAttribute("data-down", isDown);
    this.#placeRing();
  }

  #placeRing() {
    if (!this.at) return;
    const { k, x, y } = this.place;
    const [size, unit] = [2 * this.radius * k * this.scale, k * this.scale];
    this.ring.style.transform = `translate(${this.at.x * unit + x - size / 2}px, ${this.at.y * unit + y - size / 2}px)`;
    this.ring.style.inlineSize = this.ring.style.blockSize = `${size}px`;
  }
}
