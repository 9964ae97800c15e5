/**
 * Any task type without an editor of its own: a readable view, and the response as JSON text that can be edited.
 * Markup: templates/task_types/json.html. Whether the JSON fits the type's schema is the server's to say.
 */
import { showAttachments } from "../parts/attachments.js";
import { parseJson } from "../parts/json_text.js";
import { jsonTree } from "../parts/json_tree.js";

class JsonEditor {
  constructor(root, { params, response, readonly, onChange, attachmentUrl }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, response, onChange, controller: new AbortController() });
    this.parts = { text: find("text"), error: find("error"), view: find("view"), edit: find("edit") };
    this.initial = JSON.stringify(response ?? {}, null, 2);
    this.parts.text.value = this.initial;
    this.parsed = { value: response ?? {} };
    showAttachments(find("attachments"), params, attachmentUrl);
    find("params").replaceChildren(jsonTree(params));
    this.parts.text.addEventListener("input", () => this.#read(), { signal: this.controller.signal });
    this.parts.text.addEventListener("keydown", (event) => this.#indent(event), { signal: this.controller.signal });
    this.setReadonly(readonly);
  }

  #read() {
    const { text, error } = this.parts;
    this.parsed = parseJson(text.value);
    error.textContent = this.parsed.error || "";
    error.parentElement.hidden = !this.parsed.error;
    text.setAttribute("aria-invalid", Boolean(this.parsed.error));
    this.onChange?.(this.isDirty());
  }

  /** Ctrl/Cmd+] indents: Tab keeps its meaning, else the field would be a trap for the keyboard. */
  #indent(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "]") return;
    event.preventDefault();
    this.parts.text.setRangeText("  ", this.parts.text.selectionStart, this.parts.text.selectionEnd, "end");
    this.#read();
  }

  isDirty() { return this.parts.text.value !== this.initial; }

  set(text) {
    this.parts.text.value = text;
    this.#read();
  }

  setReadonly(readonly) {
    const { view, edit, text } = this.parts;
    this.root.dataset.readonly = readonly;
    edit.hidden = readonly;
    view.hidden = !readonly;
    if (readonly) view.replaceChildren(jsonTree(this.parsed.error ? this.response : this.parsed.value));
    else text.focus({ preventScroll: true });
  }
}

export function mount(root, options) {
  const editor = new JsonEditor(root, options);
  return {
    value: () => (editor.isDirty() && !editor.parsed.error ? editor.parsed.value : editor.response),
    error: () => editor.parsed.error || null,
    isDirty: () => editor.isDirty(),
    undo: () => document.execCommand("undo"),
    redo: () => document.execCommand("redo"),
    reset: () => editor.set(editor.initial),
    load: (response) => editor.set(JSON.stringify(response, null, 2)),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.controller.abort(),
  };
}
