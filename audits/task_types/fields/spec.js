/**
 * A specification read: {name: {type, required (true), hidden, allowed_values, min_…, max_…}}, as the crowd dialect has it. What is
 * said here of a wrong value is said first; the server's values.py beside it has the last word, in the same sentences.
 */
import { fill, gettext } from "../../../static/js/parts/words.js";

const TEXTS = ["string", "url", "file"];
const NUMBERS = ["integer", "float"];

/** The names of a specification in the project's order. */
export function namesOf(spec, order) {
  const names = Object.keys(spec && typeof spec === "object" ? spec : {});
  return [...new Set([...(order || []), ...names])].filter((name) => names.includes(name));
}

/** The fields that people see. */
export function fieldsOf(spec, order) {
  return namesOf(spec, order).map((name) => [name, spec[name]]).filter(([, told]) => told && typeof told === "object" && !told.hidden).map(([name, told]) => fieldOf(name, told));
}

function fieldOf(name, told) {
  const type = String(told.type || "json");
  const isList = type.startsWith("array_");
  const allowed = Array.isArray(told.allowed_values) ? told.allowed_values : [];
  return { name, told, title: String(told.title || name), help: String(told.description || ""), type: isList ? type.slice(6) : type, isList, allowed, required: told.required !== false };
}

export const isText = (type) => TEXTS.includes(type);
export const isNumber = (type) => NUMBERS.includes(type);
const isNothing = (value) => value === undefined || value === null;

/** {"field" or "field.2": sentence} of what does not fit. */
export function problemsOf(fields, values) {
  const found = {};
  for (const field of fields) checkField(field, values?.[field.name], found);
  return found;
}

function checkField(field, value, found) {
  if (isNothing(value)) {
    if (field.required) found[field.name] = gettext("This field is required.");
    return;
  }
  if (!field.isList) return note(found, field.name, problemOf(field, value));
  if (!Array.isArray(value)) return note(found, field.name, gettext("Give a list."));
  note(found, field.name, outOf(field.told.min_size, field.told.max_size, value.length, gettext("elements")));
  value.forEach((one, index) => note(found, `${field.name}.${index}`, problemOf(field, one)));
}

function note(found, place, sentence) { if (sentence && !found[place]) found[place] = sentence; }

function problemOf({ type, told, allowed }, value) {
  if (!fits(type, value)) return fill(gettext("Give a value of the type %(type)s."), { type });
  if (allowed.length && !allowed.includes(value)) return fill(gettext("One of %(values)s."), { values: allowed.join(", ").slice(0, 300) });
  if (isText(type)) return outOf(told.min_length, told.max_length, [...value].length, gettext("characters"));
  if (isNumber(type)) return outOf(told.min_value, told.max_value, value, "");
  return "";
}

function fits(type, value) {
  if (type === "boolean") return typeof value === "boolean";
  if (isText(type)) return typeof value === "string";
  if (type === "coordinates") return typeof value === "string" && isPlace(value);
  if (isNumber(type)) return typeof value === "number" && (type === "float" || Number.isInteger(value));
  return true;
}

function isPlace(text) {
  const parts = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  return parts.length === 2 && parts.every((part) => Math.abs(part) <= 180);
}

function outOf(least, most, size, unit) {
  const [low, high] = [least, most].map((one) => (typeof one === "number" ? one : null));
  if ((low === null || size >= low) && (high === null || size <= high)) return "";
  const words = { low, high, unit };
  if (low !== null && high !== null) return fill(gettext("From %(low)s to %(high)s %(unit)s."), words).replace(" .", ".");
  return fill(low === null ? gettext("At most %(high)s %(unit)s.") : gettext("At least %(low)s %(unit)s."), words).replace(" .", ".");
}
