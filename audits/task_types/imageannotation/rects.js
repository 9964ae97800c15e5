/** Rectangles in image pixels: {left, top, width, height}. Pure functions; `limits` is {width, height, minWidth, minHeight}. */
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

export function rectOf({ left, top, width, height }) {
  return { left, top, width, height };
}

export function movedBy(rect, dx, dy, limits) {
  return {
    ...rectOf(rect),
    left: clamp(rect.left + dx, 0, limits.width - rect.width),
    top: clamp(rect.top + dy, 0, limits.height - rect.height),
  };
}

/** Moves the edges that the handle's name holds; no edge passes the opposite one or leaves the image. */
export function resizedBy(rect, handle, dx, dy, limits) {
  let { left, top } = rect;
  let right = left + rect.width;
  let bottom = top + rect.height;
  if (handle.includes("w")) left = clamp(left + dx, 0, right - limits.minWidth);
  if (handle.includes("e")) right = clamp(right + dx, left + limits.minWidth, limits.width);
  if (handle.includes("n")) top = clamp(top + dy, 0, bottom - limits.minHeight);
  if (handle.includes("s")) bottom = clamp(bottom + dy, top + limits.minHeight, limits.height);
  return { left, top, width: right - left, height: bottom - top };
}

export function spannedBy(from, to, limits) {
  const x = [from.x, to.x].map((value) => clamp(value, 0, limits.width)).sort((a, b) => a - b);
  const y = [from.y, to.y].map((value) => clamp(value, 0, limits.height)).sort((a, b) => a - b);
  return { left: x[0], top: y[0], width: x[1] - x[0], height: y[1] - y[0] };
}

/** Whole pixels for what a pointer drew; an edge that the pointer did not touch keeps its fraction. */
export function snapped(rect, before = {}) {
  const edge = (value, old) => (value === old ? value : Math.round(value));
  const left = edge(rect.left, before.left);
  const top = edge(rect.top, before.top);
  const right = edge(rect.left + rect.width, before.left + before.width);
  const bottom = edge(rect.top + rect.height, before.top + before.height);
  const width = rect.width === before.width ? rect.width : right - left;
  const height = rect.height === before.height ? rect.height : bottom - top;
  return { left, top, width, height };
}

export function sameRect(a, b) {
  return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}

export function isLargeEnough(rect, limits) {
  return rect.width >= limits.minWidth && rect.height >= limits.minHeight;
}
