/** Where the image lies on the stage. `k` is screen pixels per image pixel; `onPlace` hears of every move, once a frame. */
const SMALLEST = 0.02;
const LARGEST = 40;
const MARGIN = 26;

export class Viewport {
  constructor(stage, image, { onPlace, onSize }) {
    Object.assign(this, { stage, image, onPlace, onSize, k: 1, x: 0, y: 0, width: 1, height: 1, fitted: true, frame: 0 });
    this.resizing = new ResizeObserver(() => this.#resized());
    this.resizing.observe(stage);
  }

  #resized() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    this.onSize(clientWidth, clientHeight);
    if (this.fitted) this.fit();
    else this.draw();
  }

  setImageSize(width, height) {
    Object.assign(this, { width, height });
    this.image.width = width;
    this.image.height = height;
    this.fit();
  }

  fit() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    const margin = Math.min(MARGIN, clientWidth / 20);
    this.k = Math.max(SMALLEST, Math.min((clientWidth - 2 * margin) / this.width, (clientHeight - 2 * margin) / this.height, 8));
    this.x = (clientWidth - this.width * this.k) / 2;
    this.y = (clientHeight - this.height * this.k) / 2;
    this.fitted = true;
    this.draw();
  }

  zoomAt(clientX, clientY, factor) {
    const box = this.stage.getBoundingClientRect();
    const k = Math.min(LARGEST, Math.max(SMALLEST, this.k * factor));
    const px = clientX - box.left;
    const py = clientY - box.top;
    this.x = px - ((px - this.x) / this.k) * k;
    this.y = py - ((py - this.y) / this.k) * k;
    this.k = k;
    this.fitted = false;
    this.draw();
  }

  zoomCentre(factor) {
    const box = this.stage.getBoundingClientRect();
    this.zoomAt(box.left + box.width / 2, box.top + box.height / 2, factor);
  }

  panBy(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.fitted = false;
    this.draw();
  }

  toImage(clientX, clientY) {
    const box = this.stage.getBoundingClientRect();
    return { x: (clientX - box.left - this.x) / this.k, y: (clientY - box.top - this.y) / this.k };
  }

  /** What of the image can be seen, as a rectangle in its pixels. */
  visible() {
    const left = Math.max(0, -this.x / this.k);
    const top = Math.max(0, -this.y / this.k);
    const right = Math.min(this.width, (this.stage.clientWidth - this.x) / this.k);
    const bottom = Math.min(this.height, (this.stage.clientHeight - this.y) / this.k);
    return { left, top, width: right - left, height: bottom - top };
  }

  /** Brings a rectangle into view when it lies outside of it; a keyboard must not select the invisible. */
  reveal(rect) {
    const seen = this.visible();
    const inside = rect.left >= seen.left && rect.top >= seen.top && rect.left + rect.width <= seen.left + seen.width && rect.top + rect.height <= seen.top + seen.height;
    if (!inside) this.#centre(rect);
  }

  /** So near that the rectangle takes a third of the stage: how one looks at annotation after annotation. */
  zoomTo(rect) {
    const wide = this.stage.clientWidth / Math.max(rect.width, 24);
    const high = this.stage.clientHeight / Math.max(rect.height, 24);
    this.k = Math.min(LARGEST, Math.max(this.k, SMALLEST, Math.min(wide, high, 12) / 3));
    this.#centre(rect);
  }

  #centre(rect) {
    this.x = this.stage.clientWidth / 2 - (rect.left + rect.width / 2) * this.k;
    this.y = this.stage.clientHeight / 2 - (rect.top + rect.height / 2) * this.k;
    this.fitted = false;
    this.draw();
  }

  draw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.#apply());
  }

  #apply() {
    this.frame = 0;
    this.image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.k})`;
    this.image.toggleAttribute("data-pixelated", this.k > 3);
    this.onPlace({ k: this.k, x: this.x, y: this.y, width: this.width, height: this.height });
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.resizing.disconnect();
  }
}
