/**
 * One or several of a list of categories. Markup: editor.html.
 * params.categories (names, or objects with value and name), allow_multiple | multi; the response keeps the shape it
 * had: {"category": "a"}, {"category": ["a"]} or {"categories": ["a"]}.
 */
import { showAttachments } from "../../../static/js/parts/attachments.js";
import { History } from "../../../static/js/parts/history.js";
import { optionRow, setOption } from "../../../static/js/parts/options.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

export { compare } from "./difference.js";

const SEARCH_FROM = 13;

function optionsOf(categories) {
  return (Array.isArray(categories) ? categories : []).map((one) => {
    if (typeof one !== "object" || one === null) return { value: String(one), name: String(one) };
    const value = String(one.value ?? one.choice ?? one.name ?? one.label ?? "");
    return { value, name: String(one.name ?? one.display ?? one.label ?? value) };
  });
}

function chosenIn(response) {
  const value = response?.categories ?? response?.category ?? [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function isMultiple(params, response) {
  return Boolean(params?.allow_multiple || params?.multi || Array.isArray(response?.categories) || Array.isArray(response?.category));
}

function responseWith(response, chosen, multiple) {
  const before = response && typeof response === "object" ? response : {};
  if (Array.isArray(before.category)) return { ...before, category: chosen };
  if (multiple) return { ...before, categories: chosen };
  return { ...before, category: chosen[0] ?? null };
}

const sameChoice = (a, b) => a.length === b.length && [...a].sort().every((value, index) => value === [...b].sort()[index]);

class CategoryEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl }) {
    Object.assign(this, { root, response, multiple: isMultiple(params, response), controller: new AbortController() });
    this.list = root.querySelector('[data-part="options"]');
    this.search = root.querySelector('[data-part="search"]');
    const initial = chosenIn(response);
    this.options = this.#withUnknown(optionsOf(params?.categories), initial);
    this.history = new History(initial, { show: (chosen) => this.#show(chosen), same: sameChoice, changed: (dirty) => onChange?.(dirty) });
    showAttachments(root.querySelector('[data-part="attachments"]'), params, attachmentUrl);
    this.rows = this.options.map((option, index) => optionRow(option, index, { name: `${root.id || "editor"}-category`, type: this.multiple ? "checkbox" : "radio" }));
    this.list.append(...this.rows);
    this.#listen();
    this.#show(initial);
    this.setReadonly(readonly);
  }

  /** A response may hold what the list no longer has; hiding it would change the answer in silence. */
  #withUnknown(options, chosen) {
    const known = new Set(options.map((option) => option.value));
    return [...options, ...chosen.filter((value) => !known.has(value)).map((value) => ({ value, name: fill(gettext("%(value)s (not in the list)"), { value }) }))];
  }

  #listen() {
    const { signal } = this.controller;
    this.list.addEventListener("change", () => this.history.set(this.#chosen()), { signal });
    this.search.parentElement.hidden = this.options.length < SEARCH_FROM;
    this.search.addEventListener("input", () => this.#filter(this.search.value.trim().toLowerCase()), { signal });
    this.search.addEventListener("keydown", (event) => this.#takeFirst(event), { signal });
    this.root.addEventListener("click", (event) => {
      const action = event.target.closest("[data-action]")?.dataset.action;
      if (action === "undo") this.history.undo();
      if (action === "redo") this.history.redo();
    }, { signal });
  }

  #filter(wanted) {
    // What is chosen stays in sight.
    for (const row of this.rows) row.hidden = !(row.querySelector("span").textContent.toLowerCase().includes(wanted) || row.querySelector("input").checked);
    this.root.querySelector('[data-part="none"]').hidden = this.rows.some((row) => !row.hidden);
  }

  /** Enter takes the first one that the search has left. */
  #takeFirst(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const found = this.rows.filter((row) => !row.hidden).map((row) => row.querySelector("input"));
    (found.find((input) => !input.checked) || found[0])?.click();
  }

  #inputs() { return [...this.list.querySelectorAll("input")]; }
  #chosen() { return this.#inputs().filter((input) => input.checked).map((input) => input.value); }
  #show(chosen) { for (const input of this.#inputs()) input.checked = chosen.includes(input.value); }

  setReadonly(readonly) {
    this.root.dataset.readonly = readonly;
    this.rows.forEach((row, index) => setOption(row, index, this.options[index].name, readonly));
    for (const button of this.root.querySelectorAll("[data-action]")) button.hidden = readonly;
    if (readonly) this.#filter("");
    else (this.list.querySelector("input:checked") || this.list.querySelector("input"))?.focus();
  }

  value() {
    return this.history.isDirty() ? responseWith(this.response, this.history.now, this.multiple) : this.response;
  }
}

export function mount(root, options) {
  const editor = new CategoryEditor(root, options);
  const { history } = editor;
  return {
    value: () => editor.value(),
    isDirty: () => history.isDirty(),
    undo: () => history.undo(),
    redo: () => history.redo(),
    reset: () => history.set(history.initial),
    load: (response) => history.set(chosenIn(response)),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.controller.abort(),
  };
}
