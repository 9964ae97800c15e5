/**
 * Editors and viewers, found by the form's name: a folder of audits/task_types/. Its editor.js exports
 *   mount(root, {params, response, readonly, onChange(dirty), attachmentUrl, prior, before, kind, schema}) ->
 *     {value(), isDirty(), undo(), redo(), reset(), load(response), setReadonly(boolean), destroy(), error?(), refuse?(problems)}
 *   compare(before, after) -> {changes: [{kind, text, words?}], noun}
 * value() is the whole response; unedited it is the very object that came in. error() is a sentence while what is on the page
 * cannot be a response. load() puts a draft in, as one step that can be undone. The server renders editor.html:
 *   <div data-task-editor="<form>" data-readonly="true|false" data-attachment-url="...">
 *     <div data-params hidden>{{ params|json_script }}</div> <div data-response hidden>{{ response|json_script }}</div>
 */
import * as categorization from "../../../audits/task_types/categorization/editor.js";
import * as comparison from "../../../audits/task_types/comparison/editor.js";
import * as documenttranscription from "../../../audits/task_types/documenttranscription/editor.js";
import * as fields from "../../../audits/task_types/fields/editor.js";
import * as imageannotation from "../../../audits/task_types/imageannotation/editor.js";
import * as json from "../../../audits/task_types/json/editor.js";
import * as namedentityrecognition from "../../../audits/task_types/namedentityrecognition/editor.js";
import * as segmentannotation from "../../../audits/task_types/segmentannotation/editor.js";
import * as textcollection from "../../../audits/task_types/textcollection/editor.js";
import { DifferencePanel } from "../parts/difference.js";

const FORMS = { categorization, comparison, documenttranscription, fields, imageannotation, json, namedentityrecognition, segmentannotation, textcollection };
const DATA = ["params", "response", "prior", "before", "schema"];
const mounted = new WeakMap();

function readJson(root, name) {
  const script = root.querySelector(`:scope > [data-${name}] script[type="application/json"]`);
  return script ? JSON.parse(script.textContent) : null;
}

function optionsOf(root) {
  const data = Object.fromEntries(DATA.map((name) => [name, readJson(root, name)]));
  const { readonly, attachmentUrl = "", kind = "" } = root.dataset;
  return { ...data, params: data.params || {}, readonly: readonly !== "false", attachmentUrl, kind };
}

/** The editor of one element. `next` shows another task of the same form in it, without new markup from the server. */
class Mounted {
  constructor(root, onChange) {
    Object.assign(this, { root, onChange, form: FORMS[root.dataset.taskEditor] || json });
    const options = optionsOf(root);
    for (const name of DATA) root.querySelector(`:scope > [data-${name}]`)?.remove();
    this.markup = [...root.childNodes].map((node) => node.cloneNode(true));
    this.panel = new DifferencePanel(root);
    this.#mount(options);
  }

  #mount(options) {
    Object.assign(this, { response: options.response, schema: options.schema });
    this.inner = this.form.mount(this.root, { ...options, onChange: (dirty) => this.#changed(dirty) });
  }

  #changed(dirty) {
    this.panel.show(dirty ? () => this.changes() : null);
    this.onChange?.(dirty);
  }

  /** {params, response, attachmentUrl, prior, kind, readonly (true)} of another task of the same type and project. */
  next(options) {
    this.inner.destroy();
    this.panel.show(null);
    delete this.root.dataset.ready;
    this.root.replaceChildren(...this.markup.map((node) => node.cloneNode(true)));
    this.#mount({ params: {}, response: null, prior: null, before: null, schema: this.schema, attachmentUrl: "", kind: "", readonly: true, ...options });
  }

  value() { return this.inner.value(); }
  error() { return this.inner.error?.() || null; }
  /** {place in the response: sentence} as the server says it; a form without fields of its own has no place to say it. */
  refuse(problems) { this.inner.refuse?.(problems); }
  isDirty() { return this.inner.isDirty(); }
  /** What would be submitted, compared with what came in. */
  changes() { return this.inner.changes?.() ?? this.form.compare(this.response, this.inner.value()); }
  undo() { this.inner.undo(); }
  redo() { this.inner.redo(); }
  reset() { this.inner.reset(); }
  load(response) { this.inner.load(response); }
  setReadonly(readonly) { this.inner.setReadonly(readonly); }

  destroy() {
    this.panel.show(null);
    this.inner.destroy();
    mounted.delete(this.root);
  }
}

/** Mounts once; asked again for the same element, it returns the same editor. */
export function mountEditor(root, { onChange } = {}) {
  if (!mounted.has(root)) mounted.set(root, new Mounted(root, onChange));
  return mounted.get(root);
}

/** What lies in a closed disclosure is mounted when somebody opens it. */
export function mountAll(container) {
  const inside = [...container.querySelectorAll("[data-task-editor]")];
  const all = container.matches?.("[data-task-editor]") ? [container, ...inside] : inside;
  for (const root of all) {
    const closed = root.closest("details:not([open])");
    if (closed) closed.addEventListener("toggle", () => mountEditor(root), { once: true });
    else mountEditor(root);
  }
}
