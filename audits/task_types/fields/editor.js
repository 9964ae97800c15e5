/**
 * A project's own fields beside what the task shows. `schema` is {input_spec, input_order, output_spec, output_order} of the project; the response is
 * {name: value}. A field of the response that the project does not name is shown and kept. Markup: editor.html.
 */
import { elementOf, attachmentsOf } from "../../../static/js/parts/attachments.js";
import { History } from "../../../static/js/parts/history.js";
import { same } from "../difference.js";
import { jsonTree } from "../json/json_tree.js";
import { controlOf } from "./controls.js";
import { inputList } from "./inputs.js";
import { fieldsOf, problemsOf } from "./spec.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

export { compare } from "./difference.js";

// Says that an audit made this response; nothing that anybody answered.
const NOT_SHOWN = "is_customer_fix";
const make = (name, fields = {}) => Object.assign(document.createElement(name), fields);

/** A field on the page: its control with label, help and the place for what is wrong with it. */
class Row {
  constructor(field, id, keys, initial) {
    Object.assign(this, { field, control: controlOf(field, id, keys, initial) });
    this.element = make("div", { className: "field" });
    this.error = make("p", { className: "field__error", id: `${id}-error` });
    this.error.setAttribute("role", "status");
    if (this.control.input) this.element.append(this.#label(id));
    this.element.append(this.control.element);
    const help = field.help || (field.isList ? this.#howToList() : "");
    if (help) this.element.append(make("p", { className: "field__help", id: `${id}-help`, dir: "auto", textContent: help }));
    this.element.append(this.error);
    this.#target().setAttribute("aria-describedby", help ? `${id}-help ${id}-error` : `${id}-error`);
  }

  #label(id) {
    const label = make("label", { className: "field__label", htmlFor: id, textContent: this.field.title, dir: "auto" });
    if (!this.field.required) label.append(" ", make("span", { className: "field__optional", textContent: gettext("optional") }));
    return label;
  }

  #howToList() { return this.control.input ? gettext("One on each line.") : gettext("As many as fit."); }
  #target() { return this.control.input || this.control.element; }

  tell(sentence) {
    this.error.textContent = sentence;
    this.element.toggleAttribute("data-wrong", Boolean(sentence));
    if (this.control.input) this.control.input.setAttribute("aria-invalid", Boolean(sentence));
  }
}

class FieldsEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl, schema }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, response, onChange, ending: new AbortController() });
    this.fields = fieldsOf(schema?.output_spec, schema?.output_order);
    this.named = new Set([...Object.keys(schema?.output_spec || {}), NOT_SHOWN]);
    const keys = { next: 0 };
    this.rows = this.fields.map((field, index) => new Row(field, `${root.id || "editor"}-field-${index}`, keys, response?.[field.name]));
    this.history = new History(response ?? {}, { show: (state) => this.#show(state), same, changed: (dirty) => onChange?.(dirty) });
    find("fields").append(...this.rows.map((row) => row.element));
    this.#showSource(find("attachments"), params, attachmentUrl, schema);
    this.#showOthers(find("rest"), find("others"));
    this.#show(this.history.now);
    this.#listen();
    this.setReadonly(readonly);
  }

  #showSource(box, params, attachmentUrl, schema) {
    const list = inputList(params || {}, schema?.input_spec, schema?.input_order);
    box.replaceChildren(...attachmentsOf(params, attachmentUrl).map(elementOf), ...(list ? [list] : []));
    box.hidden = !box.childElementCount;
  }

  /** What the response has beside the project's fields. */
  #showOthers(section, box) {
    const rest = Object.entries(this.response ?? {}).filter(([name]) => !this.named.has(name));
    section.hidden = !rest.length;
    if (rest.length) box.replaceChildren(jsonTree(Object.fromEntries(rest)));
  }

  #show(state) { for (const { control, field } of this.rows) control.write(state?.[field.name]); }

  #listen() {
    const { signal } = this.ending;
    for (const row of this.rows) {
      row.control.element.addEventListener("input", () => this.#read(row), { signal });
    }
    this.root.addEventListener("click", (event) => {
      const action = event.target.closest("[data-action]")?.dataset.action;
      if (action === "undo") this.history.undo();
      if (action === "redo") this.history.redo();
    }, { signal });
  }

  #read(row) {
    row.tell("");
    const value = row.control.error() ? undefined : row.control.read();
    const { [row.field.name]: before, ...rest } = this.history.now;
    const next = value === undefined ? rest : { ...this.history.now, [row.field.name]: value };
    if (before !== undefined || value !== undefined) this.history.set(next, row.control.input ? row.field.name : null);
    else this.onChange?.(this.history.isDirty());
  }

  setReadonly(readonly) {
    this.root.dataset.readonly = readonly;
    for (const { control } of this.rows) control.setReadonly(readonly);
    this.root.querySelector(".editor__edit").hidden = readonly;
    if (!readonly) this.rows[0]?.control.focus();
  }

  value() { return this.history.isDirty() ? this.history.now : this.response; }

  #problems() {
    const found = problemsOf(this.fields, this.history.now);
    for (const { control, field } of this.rows) if (control.error()) found[field.name] = control.error();
    return found;
  }

  /** The first thing that is wrong, as a sentence; each is said at its field. */
  error() {
    const problems = this.#problems();
    this.refuse(problems);
    const row = this.rows.find((one) => one.element.hasAttribute("data-wrong"));
    return row ? fill(gettext("%(field)s: %(problem)s"), { field: row.field.title, problem: row.error.textContent }) : null;
  }

  /** {"field" or "field.2": sentence}, as the server says it too. */
  refuse(problems) {
    for (const row of this.rows) row.tell(sentenceFor(row.field.name, problems));
    this.rows.find((row) => row.element.hasAttribute("data-wrong"))?.control.focus();
  }
}

function sentenceFor(name, problems) {
  if (problems[name]) return problems[name];
  const [place, sentence] = Object.entries(problems).find(([one]) => one.startsWith(`${name}.`)) || [];
  return place ? fill(gettext("Number %(number)s: %(problem)s"), { number: Number(place.slice(name.length + 1)) + 1, problem: sentence }) : "";
}

export function mount(root, options) {
  const editor = new FieldsEditor(root, options);
  const { history } = editor;
  return {
    value: () => editor.value(),
    error: () => editor.error(),
    refuse: (problems) => editor.refuse(problems),
    isDirty: () => history.isDirty(),
    undo: () => history.undo(),
    redo: () => history.redo(),
    reset: () => history.set(history.initial),
    load: (response) => history.set(response ?? {}),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.ending.abort(),
  };
}
