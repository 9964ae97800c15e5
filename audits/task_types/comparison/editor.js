/**
 * Two or more attachments beside each other and one choice. Markup: editor.html.
 * params.attachments, params.choices (texts, or {value, name}; else the attachments' numbers); response {"choice": value}.
 */
import { attachmentsOf, elementOf } from "../../../static/js/parts/attachments.js";
import { History } from "../../../static/js/parts/history.js";
import { optionRow, setOption } from "../../../static/js/parts/options.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

export { compare } from "./difference.js";

function choicesOf(params, shown, chosen) {
  const given = Array.isArray(params?.choices) && params.choices.length ? params.choices : shown.map((_, index) => String(index + 1));
  const choices = given.map((one) => (typeof one === "object" && one ? { value: String(one.value ?? one.name), name: String(one.name ?? one.label ?? one.value) } : { value: String(one), name: String(one) }));
  const isKnown = chosen === null || choices.some((one) => one.value === chosen);
  return isKnown ? choices : [...choices, { value: chosen, name: fill(gettext("%(value)s (not in the list)"), { value: chosen }) }];
}

class ComparisonEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, response, ending: new AbortController() });
    const chosen = response?.choice === undefined || response?.choice === null ? null : String(response.choice);
    const shown = attachmentsOf(params, attachmentUrl);
    find("compared").replaceChildren(...shown.map((one, index) => this.#side(one, index)));
    this.choices = choicesOf(params, shown, chosen);
    this.history = new History(chosen, { show: (value) => this.#show(value), same: Object.is, changed: (dirty) => onChange?.(dirty) });
    this.rows = this.choices.map((option, index) => optionRow(option, index, { name: `${root.id}-choice`, type: "radio" }));
    find("options").append(...this.rows);
    this.#listen();
    this.#show(chosen);
    this.setReadonly(readonly);
  }

  #side(attachment, index) {
    const side = document.createElement("li");
    const heading = Object.assign(document.createElement("h2"), { className: "compared__number", textContent: index + 1 });
    side.append(heading, elementOf(attachment));
    return side;
  }

  #listen() {
    const { signal } = this.ending;
    this.root.addEventListener("change", (event) => event.target.checked && this.history.set(event.target.value), { signal });
    this.root.addEventListener("click", (event) => {
      const action = event.target.closest("[data-action]")?.dataset.action;
      if (action === "undo") this.history.undo();
      if (action === "redo") this.history.redo();
    }, { signal });
  }

  #show(value) {
    for (const row of this.rows) row.querySelector("input").checked = row.querySelector("input").value === value;
  }

  setReadonly(readonly) {
    this.root.dataset.readonly = readonly;
    this.rows.forEach((row, index) => setOption(row, index, this.choices[index].name, readonly));
    this.root.querySelector(".editor__edit").hidden = readonly;
    if (!readonly) (this.root.querySelector("input:checked") || this.root.querySelector("input"))?.focus();
  }

  value() { return this.history.isDirty() ? { ...this.response, choice: this.history.now } : this.response; }
}

export function mount(root, options) {
  const editor = new ComparisonEditor(root, options);
  const { history } = editor;
  return {
    value: () => editor.value(),
    isDirty: () => history.isDirty(),
    undo: () => history.undo(),
    redo: () => history.redo(),
    reset: () => history.set(history.initial),
    load: (response) => history.set(response?.choice === undefined ? null : String(response.choice)),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.ending.abort(),
  };
}
