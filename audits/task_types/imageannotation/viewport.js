/** Where the image lies on the stage. `k` is screen pixels per image pixel; the image and the overlay move together. */
const SMALLEST = 0.02;
const LARGEST = 40;
const MARGIN = 26;

export class Viewport {
  constructor(stage, image, layers, onZoom) {
    Object.assign(this, { stage, image, layers, onZoom, k: 1, x: 0, y: 0, width: 1, height: 1, fitted: true, frame: 0 });
    this.resizing = new ResizeObserver(() => (this.fitted ? this.fit() : this.draw()));
    this.resizing.observe(stage);
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
    this.k = Math.max(SMALLEST, Math.min((clientWidth - 2 * MARGIN) / this.width, (clientHeight - 2 * MARGIN) / this.height, 8));
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
    if (inside) return;
    this.x = this.stage.clientWidth / 2 - (rect.left + rect.width / 2) * this.k;
    this.y = this.stage.clientHeight / 2 - (rect.top + rect.height / 2) * this.k;
    this.fitted = false;
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#apply());
  }

  #apply() {
    this.image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.k})`;
    this.image.toggleAttribute("data-pixelated", this.k > 3);
    for (const layer of this.layers) {
      layer.setAttribute("transform", `matrix(${this.k} 0 0 ${this.k} ${this.x} ${this.y})`);
      layer.setAttribute("font-size", 12 / this.k);
    }
    this.onZoom(this.k);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.resizing.disconnect();
  }
}
