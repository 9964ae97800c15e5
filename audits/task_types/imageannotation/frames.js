/** The frames of many boxes of one colour, of four filled strips each: no path, no smoothing. */
const EDGES = [["rgb(0 0 0 / 0.45)", 2], [null, 1]];

export function drawFrames(context, boxes, { k, x, y }, colour) {
  const places = boxes.map(({ left, top, width, height }) => {
    const [from, above] = [Math.round(left * k + x), Math.round(top * k + y)];
    return [from, above, Math.round((left + width) * k + x), Math.round((top + height) * k + y)];
  });
  for (const [fill, out] of EDGES) {
    context.fillStyle = fill ?? colour;
    for (const [left, top, right, bottom] of places) frame(context, left - out, top - out, right + out, bottom + out, 2 * out);
  }
}

function frame(context, left, top, right, bottom, thick) {
  const [wide, high] = [right - left, bottom - top];
  context.fillRect(left, top, wide, thick);
  context.fillRect(left, bottom - thick, wide, thick);
  context.fillRect(left, top + thick, thick, high - 2 * thick);
  context.fillRect(right - thick, top + thick, thick, high - 2 * thick);
}
