/** A shape while it is being drawn: corners by clicks or keys, until it is closed. Boxes are spanned by a drag instead. */
import { SHAPES } from "./shapes.js";

export class Drawing {
  constructor(kind) { Object.assign(this, { kind, vertices: [], at: null, cross: null }); }

  get least() { return SHAPES[this.kind].least; }
  get canClose() { return this.vertices.length >= this.least; }

  /** Whether the click means the first corner of a polygon again. */
  closesAt(point, reach) {
    const [first] = this.vertices;
    return this.kind === "polygon" && this.canClose && Math.hypot(first.x - point.x, first.y - point.y) <= reach;
  }

  add(point) {
    const last = this.vertices.at(-1);
    const vertex = { x: Math.round(point.x), y: Math.round(point.y) };
    // The second click of a double click adds nothing.
    if (!last || last.x !== vertex.x || last.y !== vertex.y) this.vertices.push(vertex);
  }

  back() { return this.vertices.pop(); }
  draft() { return { vertices: this.vertices, at: this.at, cross: this.cross }; }
}
