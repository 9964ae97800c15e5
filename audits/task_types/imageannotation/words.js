/** A shape as a sentence, for those who do not see it. */
import { SHAPES } from "./shapes.js";

export function sentenceOf(item, shapes) {
  const { left, top, width, height } = SHAPES[item.kind].bounds(item.data);
  const [x, y, w, h] = [left, top, width, height].map(Math.round);
  const place = `${x} from the left, ${y} from the top`;
  const which = `${item.data.label ?? "no label"}, ${item.kind} ${shapes.indexOf(item) + 1} of ${shapes.length}`;
  if (item.kind === "point") return `${which}, ${place}`;
  const corners = item.kind === "box" ? "" : `, ${item.data.vertices.length} points`;
  return `${which}${corners}, ${place}, ${w} by ${h} pixels`;
}
