/** Spans added, removed, relabelled, moved: difference.py in the browser. */
import { compareJson, inWords, same } from "../difference.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const KEYS = [
  (span) => span.uuid || span.id,
  (span) => `${span.start} ${span.end} ${span.label}`,
  (span) => `${span.start} ${span.end}`,
  (span) => `${span.start} ${span.label}`,
  (span) => `${span.end} ${span.label}`,
];

export function compare(before, after) {
  const [old, now] = [spansOf(before), spansOf(after)];
  const pairs = pair(old, now);
  const [taken, found] = [new Set(pairs.map((one) => one[0])), new Set(pairs.map((one) => one[1]))];
  const changes = now.filter((span) => !found.has(span)).map((span) => ({ kind: "added", text: name(span) }));
  changes.push(...old.filter((span) => !taken.has(span)).map((span) => ({ kind: "removed", text: name(span) })));
  changes.push(...pairs.flatMap(([a, b]) => changesOf(a, b)));
  return { changes: [...changes, ...compareJson(rest(before), rest(after)).changes], noun: "span" };
}

function spansOf(response) {
  return (Array.isArray(response?.annotations) ? response.annotations : []).filter((one) => typeof one === "object" && one !== null);
}

const rest = (response) => Object.fromEntries(Object.entries(response ?? {}).filter(([key]) => key !== "annotations"));

function pair(old, now) {
  const pairs = [];
  let [left, free] = [old, now];
  for (const key of KEYS) {
    const waiting = Map.groupBy ? Map.groupBy(free, key) : groupBy(free, key);
    const taken = new Set();
    left = left.filter((span) => {
      const found = key(span) && waiting.get(key(span))?.shift();
      if (found) { pairs.push([span, found]); taken.add(found); }
      return !found;
    });
    free = free.filter((span) => !taken.has(span));
  }
  return pairs.sort((a, b) => old.indexOf(a[0]) - old.indexOf(b[0]));
}

function groupBy(values, key) {
  const groups = new Map();
  for (const value of values) groups.set(key(value), [...(groups.get(key(value)) || []), value]);
  return groups;
}

const name = (span) => fill(gettext("%(label)s “%(text)s” at %(place)s"), { label: inWords(span.label), text: inWords(span.text), place: `${span.start}–${span.end}` });

function changesOf(old, now) {
  const found = [];
  if (old.label !== now.label) found.push({ kind: "relabelled", text: `${inWords(old.label)} → ${name(now)}` });
  if (old.start !== now.start || old.end !== now.end) found.push({ kind: "moved", text: `${name(old)} → ${name(now)}` });
  const others = Object.keys({ ...old, ...now }).filter((field) => !["label", "start", "end", "text"].includes(field));
  if (others.some((field) => !same(old[field], now[field]))) found.push({ kind: "changed", text: name(now) });
  return found;
}
