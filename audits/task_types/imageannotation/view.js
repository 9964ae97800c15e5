/**
 * Draws shapes on two canvases: all of them below, the chosen and the hovered one above, so that a drag among thousands repaints
 * one. Lines keep their width at every zoom. `state` is {items, labels, selected, hovered, hidden, muted, names, changes}.
 */
import { drawChanges } from "./changes.js";
import { Grid } from "./grid.js";
import { colourOf } from "./labels.js";
import { SHAPES } from "./shapes.js";
import { drawFrames } from "./frames.js";
import { drawTag } from "./tags.js";
import { gettext } from "../../../static/js/parts/words.js";

const MOST_NAMES = 150;
// How far beyond the stage, in parts of it, shapes are drawn.
const SPARE = 0.25;
const POINT_PX = 6;
const DASH = [7, 4];
const IS_COARSE = matchMedia("(pointer: coarse)").matches;
const HANDLE_PX = IS_COARSE ? 7 : 4.5;

export class ShapeView {
  constructor(below, above) {
    this.layers = [below, above].map((canvas) => ({ canvas, context: canvas.getContext("2d") }));
    this.place = { k: 1, x: 0, y: 0, width: 1, height: 1 };
    this.state = { items: [], labels: [], selected: null, hovered: null, muted: new Set(), names: true, changes: null };
    this.moved = null;
    this.frame = 0;
    this.isStale = [true, true];
  }

  setSize(width, height) {
    this.ratio = Math.min(2, devicePixelRatio || 1);
    this.size = { width, height };
    this.spare = [Math.round(width * SPARE), Math.round(height * SPARE)];
    for (const [layer, { canvas }] of this.layers.entries()) {
      const [across, down] = layer ? [0, 0] : this.spare;
      canvas.width = Math.round((width + 2 * across) * this.ratio);
      canvas.height = Math.round((height + 2 * down) * this.ratio);
      canvas.style.inlineSize = `${width + 2 * across}px`;
      canvas.style.blockSize = `${height + 2 * down}px`;
    }
    this.#want(0, 1);
  }

  /** A picture that is only moved takes its shapes along, as far as they were drawn beyond the stage. */
  setPlace(place) {
    this.place = place;
    if (this.drawnAt?.k === place.k && !this.isStale[0] && this.#slide()) this.#want(1);
    else this.#want(0, 1);
  }

  #slide() {
    const { drawnAt, place, spare: [across, down] } = this;
    const [dx, dy] = [place.x - drawnAt.x, place.y - drawnAt.y];
    if (Math.abs(dx) > across || Math.abs(dy) > down) return false;
    this.layers[0].canvas.style.transform = `translate(${dx - across}px, ${dy - down}px)`;
    return true;
  }

  setState(state) {
    if (state.items !== this.state.items || !this.grid) this.grid = new Grid(state.items, this.place.width, this.place.height);
    const onlyAbove = Object.keys(state).every((name) => name === "hovered" || state[name] === this.state[name]);
    this.state = state;
    this.moved = null;
    if (onlyAbove) this.#want(1);
    else this.#want(0, 1);
  }

  /** The picture of a drag: the chosen shape elsewhere, or a draft of a new one; the document knows nothing of it yet. */
  show(moved) {
    this.moved = moved;
    this.#want(1);
  }

  #want(...layers) {
    for (const layer of layers) this.isStale[layer] = true;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.frame = 0;
    if (!this.size) return;
    if (this.isStale[0]) this.#drawBelow(this.#cleared(0));
    if (this.isStale[1]) this.#drawAbove(this.#cleared(1));
    this.isStale = [false, false];
  }

  #cleared(layer) {
    const { canvas, context } = this.layers[layer];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    return context;
  }

  /** What the point hits: {item}, {item, handle} or nothing. `reach` in screen pixels. */
  hit(point, reach, canEdit) {
    const { items, selected, changes } = this.state;
    const chosen = selected && items.find((item) => item.key === selected);
    const far = (reach + (IS_COARSE ? 14 : 3)) / this.place.k;
    const near = chosen && canEdit ? SHAPES[chosen.kind].handles(chosen.data).filter((one) => Math.hypot(one.x - point.x, one.y - point.y) <= far) : [];
    // A vertex before the middle of an edge; the nearest of its kind.
    near.sort((a, b) => a.name.startsWith("+") - b.name.startsWith("+") || Math.hypot(a.x - point.x, a.y - point.y) - Math.hypot(b.x - point.x, b.y - point.y));
    if (near.length) return { item: chosen, handle: near[0].name };
    const item = this.grid?.at(point, reach / this.place.k, (one) => changes || this.#isShown(one));
    return item ? { item } : {};
  }

  #isShown(item) {
    const { hidden, muted, selected } = this.state;
    return item.key === selected || !(hidden || muted.has(item.data.label));
  }

  #visible() {
    const { k, x, y } = this.place;
    const [across, down] = this.spare;
    const seen = { left: -(x + across) / k, top: -(y + down) / k, width: (this.size.width + 2 * across) / k, height: (this.size.height + 2 * down) / k };
    return (this.grid?.within(seen, 20 / k) || []).map((entry) => entry.item).filter((item) => item.key !== this.state.selected && this.#isShown(item));
  }

  #drawBelow(context) {
    const { labels, names, changes } = this.state;
    this.drawnAt = this.place;
    this.#slide();
    context.translate(...this.spare);
    const shown = this.#visible();
    const dim = changes ? 0.35 : 1;
    const groups = new Map();
    for (const item of shown) {
      const at = labels.indexOf(item.data.label);
      if (!groups.has(at)) groups.set(at, []);
      groups.get(at).push(item);
    }
    context.globalAlpha = dim;
    for (const [at, items] of groups) this.#drawGroup(context, at, items);
    if (names && shown.length <= MOST_NAMES) for (const item of shown) this.#drawName(context, item);
    context.globalAlpha = 1;
    if (changes) drawChanges(context, changes, this.place);
  }

  /** A label's boxes are frames of whole pixels, which cost a tenth of a stroke; its other shapes are one path. */
  #drawGroup(context, at, items) {
    const { colour, isDashed } = colourOf(at);
    const boxes = items.filter((item) => item.kind === "box");
    const others = items.filter((item) => item.kind !== "box");
    if (isDashed) others.push(...boxes);
    else drawFrames(context, boxes.map((item) => item.data), this.place, colour);
    if (others.length) this.#drawPaths(context, at, others);
  }

  #drawPaths(context, at, items) {
    const path = new Path2D();
    const flat = new Path2D();
    for (const { kind, data } of items) {
      if (kind === "point") this.#tracePoint(flat, data);
      else SHAPES[kind].trace(path, data);
    }
    const onScreen = new Path2D();
    onScreen.addPath(path, this.#matrix());
    onScreen.addPath(flat);
    this.#stroke(context, onScreen, at, 2);
    context.fillStyle = colourOf(at).colour;
    context.fill(flat);
  }

  #matrix() { return new DOMMatrix([this.place.k, 0, 0, this.place.k, this.place.x, this.place.y]); }

  #tracePoint(path, { x, y }) {
    const { k, x: left, y: top } = this.place;
    path.moveTo(x * k + left + POINT_PX, y * k + top);
    path.arc(x * k + left, y * k + top, POINT_PX, 0, 2 * Math.PI);
  }

  #stroke(context, path, at, width) {
    const { colour, isDashed } = colourOf(at);
    context.lineJoin = "round";
    context.setLineDash([]);
    context.strokeStyle = "rgb(0 0 0 / 0.45)";
    context.lineWidth = width + 2;
    context.stroke(path);
    context.setLineDash(isDashed ? DASH : []);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(path);
    context.setLineDash([]);
  }

  #drawName(context, { kind, data }) {
    const { k, x, y } = this.place;
    const { left, top } = SHAPES[kind].bounds(data);
    const { colour } = colourOf(this.state.labels.indexOf(data.label));
    drawTag(context, { text: data.label ?? gettext("no label"), x: left * k + x, y: top * k + y - (kind === "point" ? POINT_PX + 3 : 1), colour });
  }

  #drawAbove(context) {
    const { items, selected, hovered, editable, vertex } = this.state;
    const find = (key) => (key ? items.find((item) => item.key === key) : null);
    const hoveredItem = hovered !== selected && find(hovered);
    if (hoveredItem && this.#isShown(hoveredItem)) this.#drawOne(context, hoveredItem, { fill: 0.1, width: 3 });
    const chosen = this.moved?.item || find(selected);
    if (chosen) this.#drawOne(context, chosen, { fill: 0.18, width: 3, handles: editable, vertex });
    if (this.moved?.draft) this.#drawDraft(context, this.moved.draft);
  }

  #drawOne(context, item, { fill, width, handles, vertex }) {
    const path = new Path2D();
    const { kind, data } = item;
    if (kind === "point") this.#tracePoint(path, data);
    else {
      const own = new Path2D();
      SHAPES[kind].trace(own, data);
      path.addPath(own, this.#matrix());
    }
    const at = this.state.labels.indexOf(data.label);
    context.fillStyle = colourOf(at).colour;
    context.globalAlpha = kind === "point" ? 1 : fill;
    if (SHAPES[kind].isClosed || kind === "point") context.fill(path);
    context.globalAlpha = 1;
    this.#stroke(context, path, at, width);
    // While changes are shown, their own words stand there.
    if (!this.state.changes) this.#drawName(context, item);
    if (handles) this.#drawHandles(context, item, vertex);
  }

  #drawHandles(context, { kind, data }, vertex) {
    const { k, x, y } = this.place;
    context.strokeStyle = "#16191d";
    context.lineWidth = 1.25;
    for (const handle of SHAPES[kind].handles(data)) {
      const size = handle.name.startsWith("+") ? HANDLE_PX * 0.6 : HANDLE_PX;
      context.fillStyle = handle.name === vertex ? "#ffd54a" : "#fff";
      context.globalAlpha = handle.name.startsWith("+") ? 0.75 : 1;
      const [left, top] = [handle.x * k + x - size, handle.y * k + y - size];
      context.fillRect(left, top, 2 * size, 2 * size);
      context.strokeRect(left, top, 2 * size, 2 * size);
    }
    context.globalAlpha = 1;
  }

  /** What is being drawn: {kind: "box", rect} or {vertices, at, closes}. */
  #drawDraft(context, { rect, vertices = [], at, cross }) {
    const { k, x, y } = this.place;
    const onScreen = (point) => [point.x * k + x, point.y * k + y];
    context.strokeStyle = "#fff";
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.fillStyle = "rgb(255 255 255 / 0.14)";
    if (rect) {
      context.fillRect(...onScreen({ x: rect.left, y: rect.top }), rect.width * k, rect.height * k);
      context.strokeRect(...onScreen({ x: rect.left, y: rect.top }), rect.width * k, rect.height * k);
    }
    context.beginPath();
    for (const [index, point] of [...vertices, ...(at && vertices.length ? [at] : [])].entries()) {
      if (index) context.lineTo(...onScreen(point));
      else context.moveTo(...onScreen(point));
    }
    context.stroke();
    context.setLineDash([]);
    for (const point of vertices) {
      const [left, top] = onScreen(point);
      context.fillStyle = "#fff";
      context.fillRect(left - HANDLE_PX, top - HANDLE_PX, 2 * HANDLE_PX, 2 * HANDLE_PX);
    }
    if (cross) this.#drawCross(context, onScreen(cross));
  }

  #drawCross(context, [x, y]) {
    for (const [colour, width] of [["rgb(0 0 0 / 0.7)", 4], ["#fff", 1.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - 14, y); context.lineTo(x + 14, y);
      context.moveTo(x, y - 14); context.lineTo(x, y + 14);
      context.stroke();
    }
  }

  destroy() { cancelAnimationFrame(this.frame); }
}
