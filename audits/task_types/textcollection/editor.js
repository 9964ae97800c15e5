/**
 * Texts in named fields beside what they are about, with a player for sound and film. Markup: editor.html.
 * params.fields {name: description} or [{field_id, title, description, type, choices}], params.row_fields likewise; response
 * {"fields": {...}, "rows": [{...}]}, and a transcript by itself as {"transcript": "..."}.
 */
import { showAttachments } from "../../../static/js/parts/attachments.js";
import { FieldForm, withValue } from "../../../static/js/parts/fields.js";
import { History } from "../../../static/js/parts/history.js";
import { startPlayer } from "../../../static/js/parts/player.js";
import { same } from "../difference.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

export { compare } from "./difference.js";

const PROSE = ["transcript", "transcription", "text"];

function entries(given) {
  if (Array.isArray(given)) return given.filter((one) => one?.field_id).map((one) => [String(one.field_id), one]);
  return Object.entries(given || {});
}

function fieldOf(path, name, told) {
  if (typeof told !== "object" || told === null) return { path, title: name, help: typeof told === "string" ? told : "" };
  const choices = (Array.isArray(told.choices) ? told.choices : []).map((one) => String(one?.value ?? one?.label ?? one));
  return { path, title: told.title || name, help: told.description || "", type: told.type, choices, isProse: told.type === "long_text" };
}

/** The task's fields first, then what only the response has. */
function fieldsOf(params, response) {
  const asked = entries(params?.fields).map(([name, told]) => fieldOf(["fields", name], name, told));
  const known = new Set(asked.map((field) => field.path[1]));
  const found = Object.keys(response?.fields || {}).filter((name) => !known.has(name)).map((name) => fieldOf(["fields", name], name));
  const prose = PROSE.filter((name) => typeof response?.[name] === "string").map((name) => ({ ...fieldOf([name], name), isProse: true }));
  const all = [...prose, ...asked, ...found];
  return all.length ? all : [{ ...fieldOf(["transcript"], "transcript"), isProse: true }];
}

function rowFieldsOf(params, rows) {
  const asked = entries(params?.row_fields);
  const known = new Set(asked.map(([name]) => name));
  const found = [...new Set(rows.flatMap((row) => Object.keys(row || {})))].filter((name) => !known.has(name));
  return [...asked, ...found.map((name) => [name, ""])];
}

class TextEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, params, response, readonly, ending: new AbortController() });
    this.parts = { fields: find("fields"), rows: find("rows"), add: root.querySelector('[data-action="add-row"]') };
    const { signal } = this.ending;
    const common = { signal, changed: (path, value) => this.history.set(withValue(this.history.now, path, value), path.join("/")) };
    this.form = new FieldForm(this.parts.fields, { ...common, prefix: root.id });
    this.rowForms = [];
    this.common = common;
    this.fields = fieldsOf(params, response);
    this.history = new History(response ?? {}, { show: (state) => this.#show(state), same, changed: (dirty) => onChange?.(dirty) });
    showAttachments(find("attachments"), params, attachmentUrl);
    root.querySelector("[data-part=work]").toggleAttribute("data-alone", find("attachments").hidden);
    startPlayer(root, find("player"), signal);
    this.form.render(this.fields, this.history.now);
    this.#renderRows(this.history.now);
    root.addEventListener("click", (event) => this.#clicked(event.target.closest("[data-action]")), { signal });
    this.setReadonly(readonly);
  }

  get hasRows() { return Boolean(this.params?.row_fields) || Array.isArray(this.history.now.rows); }
  #rows(state) { return Array.isArray(state.rows) ? state.rows : []; }

  #show(state) {
    this.form.show(state);
    if (this.rowForms.length !== this.#rows(state).length) this.#renderRows(state);
    else for (const form of this.rowForms) form.show(state);
  }

  #renderRows(state) {
    const rows = this.#rows(state);
    const names = rowFieldsOf(this.params, rows);
    this.rowForms = rows.map(() => null);
    this.parts.rows.replaceChildren(...rows.map((_, index) => this.#row(names, index, state)));
    this.parts.rows.parentElement.hidden = !this.hasRows;
    for (const form of this.rowForms) form.setReadonly(this.readonly);
  }

  #row(names, index, state) {
    const item = document.createElement("li");
    const box = item.appendChild(document.createElement("div"));
    box.className = "form__row";
    const form = new FieldForm(box, { ...this.common, prefix: `${this.root.id}-row-${index}` });
    form.render(names.map(([name, told]) => fieldOf(["rows", index, name], name, told)), state);
    this.rowForms[index] = form;
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "button button--small button--quiet", textContent: gettext("Remove") });
    Object.assign(remove.dataset, { action: "remove-row", row: index });
    remove.setAttribute("aria-label", fill(gettext("Remove row %(number)s"), { number: index + 1 }));
    remove.hidden = this.readonly;
    item.append(remove);
    return item;
  }

  #clicked(button) {
    const { action, row } = button?.dataset || {};
    const rows = this.#rows(this.history.now);
    if (action === "undo") this.history.undo();
    if (action === "redo") this.history.redo();
    if (action === "add-row") this.#setRows([...rows, Object.fromEntries(rowFieldsOf(this.params, rows).map(([name]) => [name, ""]))]);
    if (action === "remove-row") this.#setRows(rows.toSpliced(Number(row), 1));
  }

  #setRows(rows) {
    this.rowForms = [];
    this.history.set({ ...this.history.now, rows });
  }

  setReadonly(readonly) {
    this.readonly = readonly;
    this.root.dataset.readonly = readonly;
    this.form.setReadonly(readonly);
    this.#renderRows(this.history.now);
    for (const button of this.root.querySelectorAll(".editor__edit, [data-action=add-row]")) button.hidden = readonly;
    if (!readonly) this.form.focus();
  }

  value() { return this.history.isDirty() ? this.history.now : this.response; }
}

export function mount(root, options) {
  const editor = new TextEditor(root, options);
  const { history } = editor;
  return {
    value: () => editor.value(),
    isDirty: () => history.isDirty(),
    undo: () => history.undo(),
    redo: () => history.redo(),
    reset: () => history.set(history.initial),
    load: (response) => history.set(response),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.ending.abort(),
  };
}
