/**
 * A document's page beside what was read from it. Markup: editor.html. params.attachment or attachments (one picture a page),
 * params.features; response {"annotations": [{label, text, page, left, top, width, height | vertices}], "fields": {...}}.
 */
import { attachmentsOf } from "../../../static/js/parts/attachments.js";
import { FieldForm, withValue } from "../../../static/js/parts/fields.js";
import { History } from "../../../static/js/parts/history.js";
import { same } from "../difference.js";
import { Page } from "./page.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

export { compare } from "./difference.js";

const annotationsIn = (state) => (Array.isArray(state?.annotations) ? state.annotations : []);
const pageOf = (one) => (Number.isInteger(one?.page) ? one.page : Number.isInteger(one?.page_id) ? one.page_id : 0);

class DocumentEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, params, response, at: 0, selected: null, ending: new AbortController() });
    this.parts = Object.fromEntries(["tabs", "page", "image", "overlay", "zoom", "fields", "message"].map((name) => [name, find(name)]));
    const { signal } = this.ending;
    this.pages = attachmentsOf(params, attachmentUrl).map((one) => one.content);
    if (!this.pages.length && attachmentUrl) this.pages = [attachmentUrl];
    this.page = new Page(this.parts, { signal, chosen: (index) => this.#focusField(index) });
    this.history = new History(response ?? {}, { show: (state) => this.#show(state), same, changed: (dirty) => onChange?.(dirty) });
    this.form = new FieldForm(this.parts.fields, { prefix: root.id, signal, changed: (path, value) => this.history.set(withValue(this.history.now, path, value), path.join("/")) });
    root.addEventListener("focusin", (event) => this.#focused(event.target), { signal });
    root.addEventListener("click", (event) => this.#clicked(event.target.closest("button")), { signal });
    this.#tabs();
    this.#render();
    this.#turnTo(0);
    this.setReadonly(readonly);
  }

  /** Texts with a place, then those without one. */
  #fieldsOf(state) {
    const read = annotationsIn(state).map((one, index) => ({ path: ["annotations", index, "text"], title: one?.label || fill(gettext("Field %(number)s"), { number: index + 1 }), help: this.pages.length > 1 ? fill(gettext("Page %(number)s"), { number: pageOf(one) + 1 }) : "" }));
    return [...read, ...Object.keys(state?.fields || {}).map((name) => ({ path: ["fields", name], title: name }))];
  }

  #shape(state) { return this.#fieldsOf(state).map((field) => `${field.path.join("/")} ${field.title}`).join("\n"); }

  #render() {
    this.drawn = this.#shape(this.history.now);
    this.form.render(this.#fieldsOf(this.history.now), this.history.now);
    this.form.setReadonly(!this.editable);
    this.#draw();
  }

  #show(state) {
    if (this.#shape(state) === this.drawn) this.form.show(state);
    else this.#render();
    this.#draw();
  }

  #draw() {
    const here = annotationsIn(this.history.now).map((one, index) => ({ one, index })).filter(({ one }) => pageOf(one) === this.at);
    this.page.draw(here, this.selected);
  }

  #tabs() {
    this.parts.tabs.replaceChildren(...this.pages.map((_, index) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: this.pages.length > 1 ? index + 1 : fill(gettext("Page %(number)s"), { number: 1 }) });
      button.dataset.page = index;
      button.setAttribute("aria-label", fill(gettext("Page %(number)s"), { number: index + 1 }));
      return button;
    }));
    this.parts.tabs.hidden = this.pages.length < 2;
  }

  #turnTo(at) {
    this.at = at;
    for (const button of this.parts.tabs.children) button.setAttribute("aria-pressed", Number(button.dataset.page) === at);
    this.page.show(this.pages[at] ?? "");
    this.#draw();
  }

  #focused(target) {
    const row = this.form.rows.find((one) => one.input === target);
    if (row?.field.path[0] !== "annotations") return;
    const [, index] = row.field.path;
    this.selected = index;
    const page = pageOf(annotationsIn(this.history.now)[index]);
    if (page !== this.at && this.pages[page]) this.#turnTo(page);
    this.#draw();
    this.page.reveal();
  }

  #focusField(index) {
    this.form.rows.find(({ field }) => field.path[0] === "annotations" && field.path[1] === index)?.input.focus();
  }

  #clicked(button) {
    const { action, page } = button?.dataset || {};
    if (page !== undefined) this.#turnTo(Number(page));
    const actions = {
      undo: () => this.history.undo(), redo: () => this.history.redo(), add: () => this.#add(), fit: () => this.page.setZoom(1),
      "zoom-in": () => this.page.setZoom(this.page.zoom * 1.25), "zoom-out": () => this.page.setZoom(this.page.zoom / 1.25),
    };
    actions[action]?.();
  }

  /** The next feature that the task asks for and nobody has filled in; else a further one of the last. */
  #add() {
    const state = this.history.now;
    const asked = (Array.isArray(this.params?.features) ? this.params.features : []).map((one) => one?.label ?? one?.name ?? one).map(String);
    const known = new Set(annotationsIn(state).map((one) => one?.label));
    const label = asked.find((name) => !known.has(name)) ?? asked.at(-1) ?? "text";
    this.history.set({ ...state, annotations: [...annotationsIn(state), { label, text: "", page: this.at }] });
    this.form.rows.filter(({ field }) => field.path[0] === "annotations").at(-1)?.input.focus();
  }

  setReadonly(readonly) {
    this.editable = !readonly;
    this.root.dataset.readonly = readonly;
    this.form.setReadonly(readonly);
    this.root.querySelector(".editor__edit").hidden = readonly;
    if (!readonly) this.form.focus();
  }

  value() { return this.history.isDirty() ? this.history.now : this.response; }
}

export function mount(root, options) {
  const editor = new DocumentEditor(root, options);
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
