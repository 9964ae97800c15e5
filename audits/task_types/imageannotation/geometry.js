/** How far two shapes cover each other: geometry.py in the browser. Both pass the cases of differences.json. */
export const SIDES = ["left", "top", "width", "height"];
const CUTS = 400;
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** box, polygon, line or point; empty for what is none of them. `fallback`: what vertices without a type are. */
export function kindOf(annotation, fallback = "") {
  const named = annotation?.type ?? null;
  if ([null, "box"].includes(named) && SIDES.every((side) => isNumber(annotation?.[side]))) return "box";
  if ([null, "polygon", "line"].includes(named) && verticesOf(annotation).length) return named || fallback || "polygon";
  if ([null, "point"].includes(named) && isNumber(annotation?.x) && isNumber(annotation?.y)) return "point";
  return "";
}

export function verticesOf(annotation) {
  const corners = Array.isArray(annotation?.vertices) ? annotation.vertices : [];
  return corners.every((corner) => isNumber(corner?.x) && isNumber(corner?.y)) ? corners : [];
}

export function outline(annotation) {
  const kind = kindOf(annotation);
  if (kind === "polygon") return verticesOf(annotation);
  if (kind !== "box") return [];
  const { left, top, width, height } = annotation;
  return [{ x: left, y: top }, { x: left + width, y: top }, { x: left + width, y: top + height }, { x: left, y: top + height }];
}

/** Intersection over union, 0 to 1; null for shapes without an area. */
export function overlap(one, other) {
  if (kindOf(one) === "box" && kindOf(other) === "box") return overlapOfBoxes(one, other);
  const [first, second] = [outline(one), outline(other)];
  if (first.length < 3 || second.length < 3) return null;
  const heights = [...first, ...second].map((corner) => corner.y);
  const low = Math.min(...heights);
  const step = (Math.max(...heights) - low) / CUTS;
  let [both, either] = [0, 0];
  for (let number = 0; number < CUTS; number += 1) {
    const [a, b] = [first, second].map((corners) => cut(corners, low + (number + 0.5) * step));
    const shared = a.reduce((sum, p) => sum + b.reduce((part, q) => part + Math.max(0, Math.min(p[1], q[1]) - Math.max(p[0], q[0])), 0), 0);
    both += shared;
    either += [...a, ...b].reduce((sum, p) => sum + p[1] - p[0], 0) - shared;
  }
  return either ? both / either : null;
}

function overlapOfBoxes(one, other) {
  const wide = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const high = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  const both = Math.max(0, wide) * Math.max(0, high);
  const either = one.width * one.height + other.width * other.height - both;
  return either > 0 ? both / either : null;
}

function cut(corners, y) {
  const found = [];
  corners.forEach((one, index) => {
    const next = corners[(index + 1) % corners.length];
    if ((one.y <= y) !== (next.y <= y)) found.push(one.x + ((y - one.y) / (next.y - one.y)) * (next.x - one.x));
  });
  found.sort((a, b) => a - b);
  return Array.from({ length: Math.floor(found.length / 2) }, (_, index) => [found[2 * index], found[2 * index + 1]]);
}
