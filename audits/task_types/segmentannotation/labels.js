/** The labels of a segmentation: what the task asks for and what the response has, their colours and numbers. */
import { isObject } from "../difference.js";
import { MOST_LABELS } from "./mask.js";

// Okabe and Ito's colours, told apart with any colour vision; then a turn around the circle.
const COLOURS = ["#56b4e9", "#e69f00", "#cc79a7", "#009e73", "#f0e442", "#d55e00", "#0072b2", "#b8b8b8"];

function nameOf(choice) {
  return typeof choice === "string" ? choice : String(choice?.choice ?? choice?.value ?? choice?.name ?? choice?.label ?? "");
}

/** "#rgb", "#rrggbb" or "#rrggbbaa" as [r, g, b]; null for anything else. */
export function readColour(text) {
  const match = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(String(text ?? ""));
  if (!match) return null;
  const digits = match[1].length === 3 ? [...match[1]].map((one) => one + one).join("") : match[1];
  return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
}

export const writeColour = (rgb) => `#${rgb.map((one) => one.toString(16).padStart(2, "0")).join("")}`;

function turned(place) {
  const hue = (place * 137.5) % 360;
  return [0, 8, 4].map((n) => { const k = (n + hue / 30) % 12; return Math.round(255 * (0.55 - 0.4 * Math.max(-1, Math.min(k - 3, 9 - k, 1)))); });
}

/** [{name, colour: [r, g, b], index}]; those of the task first, for they have the number keys. */
export function segmentsOf(params, response) {
  const mapping = isObject(response?.labelMapping) ? response.labelMapping : {};
  const asked = [params?.labels, params?.objects_to_annotate, params?.geometries?.segmentation?.objects_to_annotate].find(Array.isArray) || [];
  const single = isObject(response?.annotations) ? Object.keys(response.annotations).filter((name) => name !== "combined") : [];
  const names = [...new Set([...asked.map(nameOf), ...Object.keys(mapping), ...single])].filter(Boolean).slice(0, MOST_LABELS);
  const given = names.map((name) => ({ name, colour: readColour(mapping[name]?.color ?? mapping[name]), index: Number.isInteger(mapping[name]?.index) ? mapping[name].index : null }));
  return withColours(withIndexes(given));
}

function withColours(labels) {
  const used = new Set(labels.filter((one) => one.colour).map((one) => writeColour(one.colour)));
  const free = [...COLOURS.map(readColour), ...Array.from({ length: MOST_LABELS }, (_, place) => turned(place))].filter((one) => !used.has(writeColour(one)));
  return labels.map((one) => (one.colour ? one : { ...one, colour: free.shift() }));
}

function withIndexes(labels) {
  const used = new Set(labels.map((one) => one.index));
  let next = 1;
  return labels.map((one) => {
    if (one.index !== null) return one;
    while (used.has(next)) next += 1;
    used.add(next);
    return { ...one, index: next };
  });
}
