/**
 * What each kind of shape can do; all in image pixels. `limits` is {width, height, minWidth, minHeight}. A handle is
 * {name, x, y}; a name of digits is a vertex, "+2" the middle of the edge behind vertex 2, others are the sides of a box.
 */
import { movedBy, resizedBy, snapped } from "./rects.js";

const SIDES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const MOST_HANDLES = 400;
const clamp = (value, high) => Math.min(Math.max(value, 0), high);

function boundsOf(corners) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of corners) {
    left = Math.min(left, x); right = Math.max(right, x);
    top = Math.min(top, y); bottom = Math.max(bottom, y);
  }
  return { left, top, width: right - left, height: bottom - top };
}

function distanceToEdge(point, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const share = length ? Math.min(1, Math.max(0, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length)) : 0;
  return Math.hypot(point.x - a.x - share * dx, point.y - a.y - share * dy);
}

function isInside(corners, point) {
  let inside = false;
  corners.forEach((a, index) => {
    const b = corners[(index + 1) % corners.length];
    if ((a.y <= point.y) !== (b.y <= point.y) && point.x < a.x + ((point.y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside;
  });
  return inside;
}

const isNear = (corners, point, reach, closed) => corners.some((corner, index) => {
  const next = corners[index + 1] ?? (closed ? corners[0] : null);
  return next ? distanceToEdge(point, corner, next) <= reach : false;
});

/** The whole shape moves as far as it stays on the image. */
function stepInside(bounds, dx, dy, limits) {
  const moved = movedBy(bounds, dx, dy, limits);
  return [moved.left - bounds.left, moved.top - bounds.top];
}

const BOX = {
  bounds: ({ left, top, width, height }) => ({ left, top, width, height }),
  hit: (data, point, reach) => point.x >= data.left - reach && point.x <= data.left + data.width + reach && point.y >= data.top - reach && point.y <= data.top + data.height + reach,
  moved: (data, dx, dy, limits) => movedBy(data, dx, dy, limits),
  dragged: (data, handle, dx, dy, limits) => resizedBy(data, handle, dx, dy, limits),
  settled: (fields, before) => snapped(fields, before),
  handles: ({ left, top, width, height }) => SIDES.map((name) => ({
    name,
    x: left + width * (name.includes("w") ? 0 : name.includes("e") ? 1 : 0.5),
    y: top + height * (name.includes("n") ? 0 : name.includes("s") ? 1 : 0.5),
  })),
  first: "se",
  trace: (path, { left, top, width, height }) => path.rect(left, top, width, height),
  area: ({ width, height }) => width * height,
  isClosed: true,
};

function verticesMoved({ vertices }, dx, dy, limits) {
  const [x, y] = stepInside(boundsOf(vertices), dx, dy, limits);
  return { vertices: vertices.map((vertex) => ({ ...vertex, x: vertex.x + x, y: vertex.y + y })) };
}

function vertexDragged({ vertices }, handle, dx, dy, limits) {
  const at = Number(handle.replace("+", ""));
  const [one, next] = [vertices[at], vertices[(at + 1) % vertices.length]];
  const from = handle.startsWith("+") ? { x: (one.x + next.x) / 2, y: (one.y + next.y) / 2 } : one;
  const vertex = { ...(handle.startsWith("+") ? {} : one), x: clamp(from.x + dx, limits.width), y: clamp(from.y + dy, limits.height) };
  return { vertices: handle.startsWith("+") ? vertices.toSpliced(at + 1, 0, vertex) : vertices.with(at, vertex) };
}

function vertexHandles(vertices, closed) {
  const own = vertices.map(({ x, y }, index) => ({ name: String(index), x, y }));
  const pairs = closed ? vertices.length : vertices.length - 1;
  if (vertices.length > MOST_HANDLES) return own;
  const middles = Array.from({ length: pairs }, (_, index) => {
    const [a, b] = [vertices[index], vertices[(index + 1) % vertices.length]];
    return { name: `+${index}`, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  });
  return [...middles, ...own];
}

/** Whole pixels for what was moved; the others keep what they had. */
function verticesSettled({ vertices }, before) {
  const known = new Set((before?.vertices || []).map(({ x, y }) => `${x} ${y}`));
  return { vertices: vertices.map((one) => (known.has(`${one.x} ${one.y}`) ? one : { ...one, x: Math.round(one.x), y: Math.round(one.y) })) };
}

const traceVertices = (path, vertices) => vertices.forEach(({ x, y }, index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
const shoelace = (vertices) => Math.abs(vertices.reduce((sum, a, index) => {
  const b = vertices[(index + 1) % vertices.length];
  return sum + a.x * b.y - b.x * a.y;
}, 0)) / 2;

const VERTICES = {
  bounds: ({ vertices }) => boundsOf(vertices),
  moved: verticesMoved,
  dragged: vertexDragged,
  settled: verticesSettled,
  first: "0",
};

const POLYGON = {
  ...VERTICES,
  hit: ({ vertices }, point, reach) => isInside(vertices, point) || isNear(vertices, point, reach, true),
  handles: ({ vertices }) => vertexHandles(vertices, true),
  trace: (path, { vertices }) => { traceVertices(path, vertices); path.closePath(); },
  area: ({ vertices }) => shoelace(vertices),
  least: 3,
  isClosed: true,
};

const LINE = {
  ...VERTICES,
  hit: ({ vertices }, point, reach) => isNear(vertices, point, reach, false),
  handles: ({ vertices }) => vertexHandles(vertices, false),
  trace: (path, { vertices }) => traceVertices(path, vertices),
  area: () => 0,
  least: 2,
};

const POINT = {
  bounds: ({ x, y }) => ({ left: x, top: y, width: 0, height: 0 }),
  hit: ({ x, y }, point, reach) => Math.hypot(point.x - x, point.y - y) <= reach * 2,
  moved: ({ x, y }, dx, dy, limits) => ({ x: clamp(x + dx, limits.width), y: clamp(y + dy, limits.height) }),
  dragged: (data, handle, dx, dy, limits) => POINT.moved(data, dx, dy, limits),
  settled: ({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }),
  handles: () => [],
  trace: () => {},
  area: () => -1,
};

export const SHAPES = { box: BOX, polygon: POLYGON, line: LINE, point: POINT };
export const boundsOfShape = (kind, data) => SHAPES[kind].bounds(data);

/** Without one vertex; null where too few would be left. */
export function withoutVertex(kind, data, at) {
  if (!SHAPES[kind].least || data.vertices.length <= SHAPES[kind].least) return null;
  return { vertices: data.vertices.toSpliced(at, 1) };
}
