/** Finds shapes by place: squares over the image, each with the shapes that touch it. Built anew when the shapes change. */
import { SHAPES } from "./shapes.js";

const ACROSS = 48;

export class Grid {
  constructor(items, width, height) {
    this.cell = Math.max(16, Math.max(width, height) / ACROSS);
    this.cells = new Map();
    this.entries = items.map((item, order) => ({ item, order, bounds: SHAPES[item.kind].bounds(item.data), area: SHAPES[item.kind].area(item.data) }));
    for (const entry of this.entries) this.#each(entry.bounds, (key) => (this.cells.get(key) || this.cells.set(key, []).get(key)).push(entry));
  }

  #each({ left, top, width, height }, visit) {
    const limit = (value) => Math.min(4095, Math.max(-16, Math.floor(value / this.cell)));
    const [x1, x2, y1, y2] = [limit(left), limit(left + width), limit(top), limit(top + height)];
    for (let x = x1; x <= x2; x += 1) for (let y = y1; y <= y2; y += 1) visit(x * 8192 + y);
  }

  /** The smallest shape under the point that `accepts`, so that what lies in something larger can be reached. */
  at(point, reach, accepts) {
    const found = new Set();
    this.#each({ left: point.x - 2 * reach, top: point.y - 2 * reach, width: 4 * reach, height: 4 * reach }, (key) => {
      for (const entry of this.cells.get(key) || []) found.add(entry);
    });
    const hit = [...found].filter(({ item }) => accepts(item) && SHAPES[item.kind].hit(item.data, point, reach));
    return hit.sort((a, b) => a.area - b.area || b.order - a.order)[0]?.item ?? null;
  }

  within({ left, top, width, height }, margin) {
    return this.entries.filter(({ bounds: b }) => b.left <= left + width + margin && b.left + b.width >= left - margin && b.top <= top + height + margin && b.top + b.height >= top - margin);
  }
}
