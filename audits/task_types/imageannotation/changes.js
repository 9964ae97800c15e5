/** What was changed, drawn over each other: old outlines dashed, new ones whole, an arrow for each move, and how far both cover. */
import { kindInWords } from "../difference.js";
import { kindOf, overlap } from "./geometry.js";
import { SHAPES } from "./shapes.js";
import { drawTag } from "./tags.js";

// Data, not theme: they stand on photographs. Told apart by dash and word too.
const COLOURS = { added: "#3ddc84", removed: "#ff6b5e", moved: "#ffd54a" };
const SHOWN = { added: "added", removed: "removed" };

/** `changes` as difference.js makes them; several of one shape are drawn once. */
export function drawChanges(context, changes, place) {
  const byKey = new Map();
  for (const change of changes) byKey.set(change.key, { ...byKey.get(change.key), ...change, kinds: [...(byKey.get(change.key)?.kinds || []), change.kind] });
  for (const change of byKey.values()) drawChange(context, change, place);
}

function drawChange(context, { kinds, before, after }, place) {
  const colour = COLOURS[SHOWN[kinds[0]] || "moved"];
  if (before) outline(context, before, place, colour, [6, 5]);
  if (after) outline(context, after, place, colour, []);
  if (before && after) arrow(context, middle(before, place), middle(after, place), colour);
  const shape = after || before;
  const kind = kindOf(shape);
  if (!kind) return;
  const { left, top } = SHAPES[kind].bounds(shape);
  const share = before && after ? overlap(before, after) : null;
  const words = kinds.map(kindInWords).join(", ");
  const text = share === null || share === 1 ? words : `${words} · IoU ${share.toFixed(2)}`;
  drawTag(context, { text, x: left * place.k + place.x, y: top * place.k + place.y, colour });
}

function outline(context, shape, { k, x, y }, colour, dash) {
  const kind = kindOf(shape);
  if (!kind) return;
  const own = new Path2D();
  const path = new Path2D();
  if (kind === "point") own.rect(shape.x - 5 / k, shape.y - 5 / k, 10 / k, 10 / k);
  else SHAPES[kind].trace(own, shape);
  path.addPath(own, new DOMMatrix([k, 0, 0, k, x, y]));
  for (const [stroke, width, pattern] of [["rgb(0 0 0 / 0.55)", 5, []], [colour, 2.5, dash]]) {
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.setLineDash(pattern);
    context.stroke(path);
  }
  context.setLineDash([]);
}

function middle(shape, { k, x, y }) {
  const kind = kindOf(shape);
  if (!kind) return null;
  const { left, top, width, height } = SHAPES[kind].bounds(shape);
  return [(left + width / 2) * k + x, (top + height / 2) * k + y];
}

function arrow(context, from, to, colour) {
  if (!from || !to || Math.hypot(to[0] - from[0], to[1] - from[1]) < 8) return;
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  for (const turn of [2.6, -2.6]) {
    context.moveTo(...to);
    context.lineTo(to[0] + 8 * Math.cos(angle + turn), to[1] + 8 * Math.sin(angle + turn));
  }
  context.stroke();
}
