/** Fields added, removed, renamed, moved, and the words that changed in them: difference.py in the browser. */
import { compareJson, inWords, isObject, isProse, same, textChange } from "../difference.js";

const PLACE = ["page", "left", "top", "width", "height", "vertices"];

export function compare(before, after) {
  const [old, now] = [byKey(before), byKey(after)];
  const changes = [];
  for (const [key, one] of now) if (!old.has(key)) changes.push({ kind: "added", text: name(one) });
  for (const [key, one] of old) if (!now.has(key)) changes.push({ kind: "removed", text: name(one) });
  for (const [key, one] of old) if (now.has(key)) changes.push(...changesOf(one, now.get(key)));
  return { changes: [...changes, ...compareJson(rest(before), rest(after)).changes], noun: "field" };
}

function byKey(response) {
  const found = new Map();
  (Array.isArray(response?.annotations) ? response.annotations : []).forEach((one, number) => {
    if (!isObject(one)) return;
    let key = String(one.uuid || one.id || number);
    while (found.has(key)) key += "+";
    found.set(key, one);
  });
  return found;
}

const rest = (response) => Object.fromEntries(Object.entries(response ?? {}).filter(([key]) => key !== "annotations"));
const name = (one) => `${inWords(one.label)}: ${inWords(one.text)}`;

function changesOf(old, now) {
  const differs = (field) => !same(old[field], now[field]);
  const found = [];
  if (differs("label")) found.push({ kind: "relabelled", text: `${inWords(old.label)} → ${inWords(now.label)}` });
  if (differs("text")) found.push(text(inWords(now.label), old.text, now.text));
  if (PLACE.some(differs)) found.push({ kind: "moved", text: name(now) });
  if (Object.keys({ ...old, ...now }).some((field) => !["label", "text", ...PLACE].includes(field) && differs(field))) found.push({ kind: "changed", text: name(now) });
  return found;
}

function text(label, old, now) {
  return isProse(old) && isProse(now) ? textChange(label, old, now) : { kind: "changed", text: `${label}: ${inWords(old)} → ${inWords(now)}` };
}
