/**
 * The part of JSON Schema that says most: type, required, properties, additionalProperties: false, items, enum, const, anyOf, oneOf,
 * allOf, bounds of numbers, lengths. What else a schema says is the server's to check. Each problem has its line in the text.
 */
import { linesOf } from "./places.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const MOST = 50;
const TYPES = {
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

/** [{path: "/annotations/0", text, line}] */
export function problemsOf(schema, value, text) {
  const found = [];
  check(schema, value, "", found);
  if (!found.length) return found;
  const lines = linesOf(text);
  return found.map((problem) => ({ ...problem, line: lines.get(problem.path) ?? 1 }));
}

function check(schema, value, path, found) {
  if (typeof schema !== "object" || schema === null || found.length >= MOST) return;
  const say = (text) => found.push({ path, text: `${path ? `${path.slice(1)}: ` : ""}${text}` });
  const types = [schema.type ?? []].flat();
  if (types.length && !types.some((type) => TYPES[type]?.(value))) { say(fill(gettext("must be %(what)s."), { what: types.join(gettext(" or ")) })); return; }
  if (schema.enum && !schema.enum.some((one) => JSON.stringify(one) === JSON.stringify(value))) say(fill(gettext("must be one of %(what)s."), { what: schema.enum.map((one) => JSON.stringify(one)).join(", ") }));
  if ("const" in schema && JSON.stringify(schema.const) !== JSON.stringify(value)) say(fill(gettext("must be %(what)s."), { what: JSON.stringify(schema.const) }));
  checkBounds(schema, value, say);
  if (TYPES.object(value)) checkObject(schema, value, path, found, say);
  if (Array.isArray(value)) value.forEach((one, index) => check(schema.items, one, `${path}/${index}`, found));
  for (const one of schema.allOf || []) check(one, value, path, found);
  for (const choice of [schema.anyOf, schema.oneOf]) if (choice && !choice.some((one) => fits(one, value))) say(gettext("fits none of the allowed shapes."));
}

function fits(schema, value) {
  const found = [];
  check(schema, value, "", found);
  return !found.length;
}

function checkObject(schema, value, path, found, say) {
  for (const name of schema.required || []) if (!(name in value)) say(fill(gettext("“%(name)s” is missing."), { name }));
  for (const [name, one] of Object.entries(value)) {
    const inner = `${path}/${name}`;
    if (schema.properties && name in schema.properties) check(schema.properties[name], one, inner, found);
    else if (schema.additionalProperties === false) found.push({ path: inner, text: fill(gettext("“%(name)s” is not known here."), { name }) });
    else check(schema.additionalProperties, one, inner, found);
  }
}

function checkBounds(schema, value, say) {
  const size = typeof value === "string" ? [...value].length : Array.isArray(value) ? value.length : null;
  const [least, most] = typeof value === "string" ? [schema.minLength, schema.maxLength] : [schema.minItems, schema.maxItems];
  if (size !== null && size < (least ?? 0)) say(fill(typeof value === "string" ? gettext("needs at least %(number)s characters.") : gettext("needs at least %(number)s entries."), { number: least }));
  if (size !== null && size > (most ?? Infinity)) say(fill(typeof value === "string" ? gettext("may have at most %(number)s characters.") : gettext("may have at most %(number)s entries."), { number: most }));
  if (typeof value !== "number") return;
  if (value < (schema.minimum ?? -Infinity)) say(fill(gettext("must be at least %(number)s."), { number: schema.minimum }));
  if (value > (schema.maximum ?? Infinity)) say(fill(gettext("must be at most %(number)s."), { number: schema.maximum }));
}
