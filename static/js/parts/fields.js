/**
 * A response as a form: a field for each text, number or yes-or-no in it. `state` is never changed in place. A field is
 * {path: ["fields", "name"], title, help, choices, isProse}; what is none of these kinds is shown and kept.
 */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
export const valueAt = (state, path) => path.reduce((value, step) => value?.[step], state);

/** The same with one place changed; what lacks on the way is made. */
export function withValue(state, [step, ...rest], value) {
  const inner = rest.length ? withValue(state?.[step], rest, value) : value;
  if (Array.isArray(state)) return state.with(step, inner);
  return { ...(isObject(state) ? state : {}), [step]: inner };
}

function kindOf(field, value) {
  if (field.choices?.length) return "choice";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number" || field.type === "number") return "number";
  return value === undefined || value === null || typeof value === "string" ? "text" : "other";
}

function make(name, fields = {}) { return Object.assign(document.createElement(name), fields); }

const INPUTS = {
  text: (field, value) => (field.isProse || String(value ?? "").length > 60 || String(value ?? "").includes("\n") ? make("textarea", { rows: field.isProse ? 8 : 3 }) : make("input", { type: "text" })),
  number: () => make("input", { type: "number", step: "any" }),
  boolean: () => make("input", { type: "checkbox" }),
  choice: (field) => {
    const select = make("select");
    for (const one of ["", ...field.choices]) select.append(make("option", { value: one, textContent: one || "–" }));
    return select;
  },
  other: () => make("output", { className: "field__fixed" }),
};

function read(kind, input) {
  if (kind === "boolean") return input.checked;
  if (kind === "number") return input.value === "" ? null : Number(input.value);
  return input.value;
}

function write(kind, input, value) {
  if (kind === "boolean") input.checked = Boolean(value);
  else if (kind === "other") input.textContent = JSON.stringify(value);
  else if (read(kind, input) !== value) input.value = value ?? "";
}

export class FieldForm {
  /** `prefix` makes ids unique on the page; `changed(path, value)` hears of every input. */
  constructor(container, { prefix, changed, signal }) {
    Object.assign(this, { container, prefix, changed, rows: [], number: 0 });
    container.addEventListener("input", (event) => this.#input(event.target), { signal });
  }

  #input(input) {
    const row = this.rows.find((one) => one.input === input);
    if (row) this.changed(row.field.path, read(row.kind, input));
  }

  render(fields, state) {
    this.rows = fields.map((field) => this.#row(field, valueAt(state, field.path)));
    this.container.replaceChildren(...this.rows.map((row) => row.element));
  }

  show(state) {
    for (const { kind, input, field } of this.rows) write(kind, input, valueAt(state, field.path));
  }

  #row(field, value) {
    const kind = kindOf(field, value);
    const input = INPUTS[kind](field, value);
    const id = `${this.prefix}-field-${this.number += 1}`;
    input.id = id;
    input.dir = "auto";
    if ("type" in input) input.setAttribute("form", ""); // No form of the page owns it: the answer travels as `response`.
    const element = make("div", { className: kind === "boolean" ? "field field--check" : "field" });
    element.append(make("label", { className: "field__label", htmlFor: id, textContent: field.title, dir: "auto" }), input);
    if (field.help) {
      element.append(make("p", { className: "field__help", id: `${id}-help`, textContent: field.help, dir: "auto" }));
      input.setAttribute("aria-describedby", `${id}-help`);
    }
    write(kind, input, value);
    return { field, kind, input, element };
  }

  setReadonly(readonly) {
    for (const { input, kind } of this.rows) {
      if (["text", "number"].includes(kind)) input.readOnly = readonly;
      else input.disabled = readonly;
    }
  }

  focus() { this.rows[0]?.input.focus({ preventScroll: true }); }
}
