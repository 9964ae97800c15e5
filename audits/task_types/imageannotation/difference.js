/** Shapes added, removed, moved, resized, relabelled, with how far old and new cover each other: difference.py in the browser. */
import { inWords, same } from "../difference.js";
import { SIDES, kindOf, overlap, verticesOf } from "./geometry.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const PLACE = { box: SIDES, polygon: ["vertices"], line: ["vertices"], point: ["x", "y"] };

export function compare(before, after) {
  const [old, now] = [byKey(before), byKey(after)];
  const changes = [];
  for (const [key, shape] of now) if (!old.has(key)) changes.push({ kind: "added", text: name(shape), key, after: shape });
  for (const [key, shape] of old) if (!now.has(key)) changes.push({ kind: "removed", text: name(shape), key, before: shape });
  for (const [key, shape] of old) if (now.has(key) && shape !== now.get(key)) changes.push(...changesOf(key, shape, now.get(key)));
  const onlyBoxes = [...old.values(), ...now.values()].every((shape) => kindOf(shape) === "box");
  return { changes, noun: onlyBoxes ? "box" : "shape" };
}

function byKey(response) {
  const found = new Map();
  for (const annotation of Array.isArray(response?.annotations) ? response.annotations : []) {
    if (typeof annotation !== "object" || annotation === null) continue;
    let key = String(annotation.uuid || JSON.stringify(Object.entries(annotation).map(([k, v]) => [k, String(v)]).sort()));
    while (found.has(key)) key += "+";
    found.set(key, annotation);
  }
  return found;
}

function name(shape) {
  const [label, kind] = [inWords(shape.label), kindOf(shape)];
  if (kind === "box") {
    const [left, top, width, height] = SIDES.map((side) => Math.round(shape[side]));
    return fill(gettext("%(label)s, %(size)s at %(place)s"), { label, size: `${width} × ${height}`, place: `${left}, ${top}` });
  }
  if (kind === "point") return fill(gettext("%(label)s, point at %(place)s"), { label, place: `${Math.round(shape.x)}, ${Math.round(shape.y)}` });
  return kind ? fill(kind === "line" ? gettext("%(label)s, line of %(number)s points") : gettext("%(label)s, polygon of %(number)s points"), { label, number: verticesOf(shape).length }) : `${label} (${inWords(shape.type ?? "box")})`;
}

function changesOf(key, old, now) {
  const found = [];
  const place = kindOf(old) === kindOf(now) ? PLACE[kindOf(old)] || [] : [];
  const differs = (field) => !same(old[field], now[field]);
  const told = (kind, text) => found.push({ kind, text, key, before: old, after: now });
  if (differs("label")) told("relabelled", `${inWords(old.label)} → ${name(now)}`);
  if (place.some(differs)) told(how(old, now), `${name(old)} → ${name(now)}${covered(old, now)}`);
  if (Object.keys({ ...old, ...now }).some((field) => field !== "label" && !place.includes(field) && differs(field))) told("changed", name(now));
  return found;
}

function how(old, now) {
  const kind = kindOf(old);
  if (kind === "box") return old.width !== now.width || old.height !== now.height ? "resized" : "moved";
  if (kind === "point") return "moved";
  const [a, b] = [verticesOf(old), verticesOf(now)];
  const steps = new Set(a.slice(0, b.length).map((corner, index) => `${(b[index].x - corner.x).toFixed(3)} ${(b[index].y - corner.y).toFixed(3)}`));
  return steps.size === 1 && a.length === b.length ? "moved" : "reshaped";
}

function covered(old, now) {
  const share = overlap(old, now);
  return share === null ? "" : `, IoU ${share.toFixed(2)}`;
}
