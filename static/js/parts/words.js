/** The page's language for what scripts say. In English the words are their own catalog; else /words.js brings it. */
const catalog = () => globalThis.django;

export function gettext(text) {
  return catalog()?.gettext?.(text) ?? text;
}

export function ngettext(one, many, number) {
  return catalog()?.ngettext?.(one, many, number) ?? (number === 1 ? one : many);
}

/** fill("%(n)s of %(m)s", {n: 1, m: 2}) */
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

const digits = new Intl.NumberFormat(globalThis.document?.documentElement.lang || "en");
export const inDigits = (number) => digits.format(number);
