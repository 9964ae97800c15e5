/** What changed, in words: difference.py in the browser. A change is {kind, text, words?, key?}. */
import { diffWords } from "./words.js";
import { fill, gettext, ngettext } from "../../static/js/parts/words.js";

const LONGEST_VALUE = 80;
const NOT_COMPARED = "is_customer_fix";

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** One value is another where their JSON is; names may stand in any order. */
export const same = (a, b) => a === b || stable(a) === stable(b);

function stable(value) {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${stable(value[key])}`).join()}}`;
}

export function inWords(value) {
  const empty = value === null || value === undefined || value === "" || (typeof value === "object" && !Object.keys(value).length);
  const text = empty ? gettext("empty") : asText(value);
  const characters = [...text];
  return characters.length <= LONGEST_VALUE ? text : `${characters.slice(0, LONGEST_VALUE - 1).join("")}…`;
}

function asText(value) {
  if (value === true) return "True";
  if (value === false) return "False";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The kinds of changes that the types here know; another type's own word is its own. */
export function kindInWords(kind) {
  const words = { added: gettext("added"), removed: gettext("removed"), moved: gettext("moved"), resized: gettext("resized"), reshaped: gettext("reshaped"), relabelled: gettext("relabelled"), changed: gettext("changed"), repainted: gettext("repainted") };
  return words[kind] ?? kind;
}

function nounInWords(noun, number) {
  const words = {
    value: () => ngettext("value", "values", number), box: () => ngettext("box", "boxes", number), shape: () => ngettext("shape", "shapes", number), span: () => ngettext("span", "spans", number),
    field: () => ngettext("field", "fields", number), category: () => ngettext("category", "categories", number), choice: () => ngettext("choice", "choices", number), label: () => ngettext("label", "labels", number),
  };
  return words[noun]?.() ?? (number === 1 ? noun : plural(noun));
}

export function plural(noun) {
  if (noun.endsWith("x")) return `${noun}es`;
  return noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** “2 boxes added, 1 moved” */
export function summary({ changes, noun }) {
  const counts = new Map();
  for (const { kind } of changes) counts.set(kind, (counts.get(kind) || 0) + 1);
  const parts = [...counts].map(([kind, number], index) => (index ? `${number} ${kindInWords(kind)}` : `${number} ${nounInWords(noun, number)} ${kindInWords(kind)}`));
  return parts.join(", ") || gettext("Nothing changed");
}

const wordsIn = (text) => text.split(/\s+/).filter(Boolean).length;
export const isProse = (value) => typeof value === "string" && wordsIn(value) > 1;

export function textChange(place, before, after) {
  const words = diffWords(before, after);
  const counts = ["removed", "added"].map((kind) => [words.filter((one) => one[0] === kind).reduce((sum, one) => sum + wordsIn(one[1]), 0), kind]);
  const said = counts.filter(([number]) => number).map(([number, kind], index) => (index ? `${number} ${kindInWords(kind)}` : `${number} ${ngettext("word", "words", number)} ${kindInWords(kind)}`)).join(", ");
  return { kind: "changed", text: `${place}: ${said || gettext("blanks changed")}`, words };
}

export function compareJson(before, after) {
  return { changes: compare("", before, after), noun: "value" };
}

function compare(place, before, after) {
  if (!isObject(before) || !isObject(after)) return same(before, after) ? [] : [change(place || gettext("response"), before, after)];
  const keys = Object.keys({ ...before, ...after }).filter((key) => place || key !== NOT_COMPARED);
  return keys.flatMap((key) => {
    const inner = place ? `${place}.${key}` : key;
    if (!(key in after)) return [{ kind: "removed", text: `${inner}: ${inWords(before[key])}` }];
    if (!(key in before)) return [{ kind: "added", text: `${inner}: ${inWords(after[key])}` }];
    return compare(inner, before[key], after[key]);
  });
}

function change(place, before, after) {
  if (Array.isArray(before) && Array.isArray(after) && before.length !== after.length) {
    return { kind: "changed", text: fill(gettext("%(place)s: %(before)s → %(after)s entries"), { place, before: before.length, after: after.length }) };
  }
  if (isProse(before) && isProse(after)) return textChange(place, before, after);
  return { kind: "changed", text: `${place}: ${inWords(before)} → ${inWords(after)}` };
}
