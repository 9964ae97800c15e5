/**
 * One control for each kind of field: {element, read(), write(value), setReadonly(boolean), error(), focus()}. read() is undefined
 * where there is no answer; error() a sentence while what stands there cannot be read.
 */
import { optionRow, setOption } from "../../../static/js/parts/options.js";
import { parseJson } from "../json/json_text.js";
import { isNumber } from "./spec.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const SHORT = 120;
const make = (name, fields = {}) => Object.assign(document.createElement(name), fields);

/** `initial`: what the response has; a choice that the list no longer offers is offered, or the answer would change in silence. */
export function controlOf(field, id, keys, initial) {
  if (field.allowed.length) return new Choice(field, id, keys, withUnknown(field, initial));
  if (field.type === "boolean" && !field.isList) return new Choice(field, id, keys, field.required ? [[true, gettext("Yes")], [false, gettext("No")]] : [[true, gettext("Yes")]]);
  if (field.isList && !["json", "boolean"].includes(field.type)) return new Lines(field, id);
  if (field.type === "json" || field.isList) return new Json(field, id);
  return isNumber(field.type) ? new NumberInput(field, id) : new Text(field, id);
}

function withUnknown({ allowed, isList }, initial) {
  const given = isList ? (Array.isArray(initial) ? initial : []) : [initial];
  const unknown = given.filter((one) => ![undefined, null].includes(one) && !allowed.includes(one));
  return [...allowed.map((value) => [value, String(value)]), ...unknown.map((value) => [value, fill(gettext("%(value)s (not in the list)"), { value })])];
}

/** Cards: one of them, several in a list; `keys` gives out the number keys that are left. A yes that need not be is one card. */
class Choice {
  constructor(field, id, keys, options) {
    const isLoneYes = field.type === "boolean" && options.length === 1;
    const isMany = field.isList || isLoneYes;
    const all = isMany || field.required ? options : [...options, [undefined, gettext("No answer")]];
    Object.assign(this, { field, isMany, isLoneYes, values: all.map(([value]) => value), names: all.map(([, name]) => name), keys: all.map(() => keys.next++) });
    this.element = make("fieldset", { className: "options" });
    this.rows = all.map(([, name], index) => optionRow({ value: index, name }, this.keys[index], { name: id, type: isMany ? "checkbox" : "radio" }));
    this.element.append(make("legend", { textContent: field.title, dir: "auto" }), ...this.rows);
  }

  #inputs() { return this.rows.map((row) => row.querySelector("input")); }

  read() {
    const chosen = this.values.filter((_, index) => this.#inputs()[index].checked);
    if (this.isMany && !this.isLoneYes) return chosen.length || this.field.required ? chosen : undefined;
    return this.isLoneYes ? chosen.length === 1 : chosen[0];
  }

  write(value) {
    const given = this.isMany && !this.isLoneYes ? (Array.isArray(value) ? value : []) : [value ?? undefined];
    this.#inputs().forEach((input, index) => { input.checked = given.includes(this.values[index]); });
  }

  setReadonly(readonly) { this.rows.forEach((row, index) => setOption(row, this.keys[index], `${this.field.title}: ${this.names[index]}`, readonly)); }
  error() { return ""; }
  focus() { (this.element.querySelector("input:checked") || this.element.querySelector("input"))?.focus({ preventScroll: true }); }
}

class Typed {
  constructor(field, id, input) {
    this.field = field;
    this.input = Object.assign(input, { id, dir: "auto" });
    this.input.setAttribute("form", ""); // No form of the page owns it: the answer travels as `response`.
    this.element = make("div", { className: "field__control" });
    this.element.append(input);
  }

  read() { return this.input.value === "" ? undefined : this.input.value; }
  // Whoever types keeps the caret: what reads the same is not written.
  write(value) { if (this.read() !== (value ?? undefined)) this.input.value = value ?? ""; }
  setReadonly(readonly) { this.input.readOnly = readonly; }
  error() { return ""; }
  focus() { this.input.focus({ preventScroll: true }); }
}

class Text extends Typed {
  constructor(field, id) {
    const isShort = field.type !== "string" || (field.told.max_length ?? Infinity) <= SHORT;
    super(field, id, isShort ? make("input", { type: field.type === "url" ? "url" : "text", autocomplete: "off" }) : make("textarea", { rows: 2 }));
    if (field.type === "coordinates") this.input.placeholder = "52.5200,13.4050";
  }
}

class NumberInput extends Typed {
  constructor(field, id) {
    super(field, id, make("input", { type: "number", step: field.type === "integer" ? "1" : "any", inputMode: field.type === "integer" ? "numeric" : "decimal" }));
    for (const [name, bound] of [["min", field.told.min_value], ["max", field.told.max_value]]) if (typeof bound === "number") this.input[name] = bound;
  }

  read() { return this.input.value === "" ? undefined : Number(this.input.value); }
  error() { return this.input.validity.badInput ? gettext("Give a number.") : ""; }
}

/** A list of texts or numbers, one a line. */
class Lines extends Typed {
  constructor(field, id) { super(field, id, make("textarea", { rows: 3 })); }

  read() {
    const lines = this.input.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!lines.length) return this.field.required && this.touched ? [] : undefined;
    return isNumber(this.field.type) ? lines.map((line) => (Number.isNaN(Number(line)) ? line : Number(line))) : lines;
  }

  write(value) {
    const given = Array.isArray(value) ? value : [];
    if (JSON.stringify(this.read() ?? []) !== JSON.stringify(given)) this.input.value = given.join("\n");
    this.touched = Array.isArray(value);
  }
}

class Json extends Typed {
  constructor(field, id) {
    super(field, id, make("textarea", { rows: 4, spellcheck: false, autocapitalize: "off" }));
    this.input.dataset.kind = "json";
  }

  #parsed() { return this.input.value.trim() ? parseJson(this.input.value) : {}; }
  read() { return this.#parsed().value; }
  error() { return this.#parsed().error || ""; }
  write(value) { if (this.error() || JSON.stringify(this.read()) !== JSON.stringify(value ?? undefined)) this.input.value = value === undefined ? "" : JSON.stringify(value, null, 2); }
}
