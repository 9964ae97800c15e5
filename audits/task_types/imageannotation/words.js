/** Shapes in words, for those who do not see them. */
import { fill, gettext, ngettext } from "../../../static/js/parts/words.js";
import { SHAPES } from "./shapes.js";

export const shapeInWords = (kind) => ({ box: ngettext("box", "boxes", 1), polygon: gettext("polygon"), line: gettext("line"), point: gettext("point") })[kind] ?? kind;

export function sentenceOf(item, shapes) {
  const { left, top, width, height } = SHAPES[item.kind].bounds(item.data);
  const [x, y, w, h] = [left, top, width, height].map(Math.round);
  const place = fill(gettext("%(x)s from the left, %(y)s from the top"), { x, y });
  const which = fill(gettext("%(label)s, %(kind)s %(number)s of %(all)s"), { label: item.data.label ?? gettext("no label"), kind: shapeInWords(item.kind), number: shapes.indexOf(item) + 1, all: shapes.length });
  if (item.kind === "point") return `${which}, ${place}`;
  const corners = item.kind === "box" ? "" : `, ${pointsInWords(item.data.vertices.length)}`;
  return `${which}${corners}, ${place}, ${fill(gettext("%(width)s by %(height)s pixels"), { width: w, height: h })}`;
}

export const pointsInWords = (number) => fill(ngettext("%(number)s point", "%(number)s points", number), { number });

export function tooFew(kind, least) {
  return fill(kind === "polygon" ? gettext("A polygon needs at least %(number)s points.") : gettext("A line needs at least %(number)s points."), { number: least });
}
