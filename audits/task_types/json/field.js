/**
 * A response as JSON text: a plain field, which becomes CodeMirror (static/dist/code.js) as soon as somebody edits. Errors of the
 * text and of the schema are said with their line. Markup: field.html.
 */
import { parseJson } from "./json_text.js";
import { problemsOf } from "./schema.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const CODE = new URL("code.js", import.meta.url);

export class JsonField {
  /** `shown(value)` hears what the text says, when it can be read; `readonlyChanged` of the mode. */
  constructor(root, { params, response, readonly, onChange, schema, shown, readonlyChanged }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, response, onChange, shown, readonlyChanged, ending: new AbortController(), code: null });
    // A project may say what its responses look like; that is a help here, the type's own schema is the server's to enforce.
    this.schema = params?.response_schema && typeof params.response_schema === "object" ? params.response_schema : schema;
    this.parts = { text: find("text"), error: find("error"), edit: find("edit"), code: find("code") };
    this.initial = JSON.stringify(response ?? {}, null, 2);
    this.parts.text.value = this.initial;
    this.parsed = { value: response ?? {} };
    this.parts.text.addEventListener("input", () => this.#read(), { signal: this.ending.signal });
    this.setReadonly(readonly);
  }

  #read() {
    const { text, error } = this.parts;
    this.parsed = this.#check(text.value);
    error.textContent = this.parsed.error || "";
    error.parentElement.hidden = !this.parsed.error;
    text.setAttribute("aria-invalid", Boolean(this.parsed.error));
    if (!this.parsed.error) this.shown?.(this.parsed.value);
    this.onChange?.(this.isDirty());
  }

  #check(text) {
    const parsed = parseJson(text);
    if (parsed.error) return parsed;
    if (typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value)) return { error: gettext("A response is a JSON object: it begins with { and ends with }.") };
    const [problem] = problemsOf(this.schema, parsed.value, text);
    return problem ? { ...parsed, error: fill(gettext("Line %(line)s: %(problem)s"), { line: problem.line, problem: problem.text }) } : parsed;
  }

  isDirty() { return this.parts.text.value !== this.initial; }

  set(text) {
    this.parts.text.value = text;
    this.code?.set(text);
    this.#read();
  }

  /** The plain field stays where the editor cannot be loaded. */
  async #enhance() {
    const { code, text } = this.parts;
    try {
      const { openCode } = await import(CODE.href);
      if (this.ending.signal.aborted || this.code) return;
      const hadFocus = document.activeElement === text;
      this.code = openCode(code, { text: text.value, label: text.getAttribute("aria-label"), problems: (now) => this.#problems(now), changed: (now) => { text.value = now; this.#read(); } });
      code.hidden = false;
      text.hidden = true;
      if (hadFocus) this.code.focus();
    } catch { /* The plain field does. */ }
  }

  /** [{line, text, from, to}] for the gutter. */
  #problems(text) {
    const parsed = parseJson(text);
    if (parsed.error) return [{ line: parsed.line, text: parsed.error }];
    return problemsOf(this.schema, parsed.value, text);
  }

  setReadonly(readonly) {
    this.root.dataset.readonly = readonly;
    this.parts.edit.hidden = readonly;
    this.readonlyChanged?.(readonly);
    if (readonly) return;
    (this.code || this.parts.text).focus({ preventScroll: true });
    if (!this.code) this.#enhance();
  }

  contract() {
    return {
      value: () => (this.isDirty() && !this.parsed.error ? this.parsed.value : this.response),
      error: () => this.parsed.error || null,
      isDirty: () => this.isDirty(),
      undo: () => this.code?.undo(),
      redo: () => this.code?.redo(),
      reset: () => this.set(this.initial),
      load: (response) => this.set(JSON.stringify(response, null, 2)),
      setReadonly: (readonly) => this.setReadonly(readonly),
      destroy: () => this.destroy(),
    };
  }

  destroy() {
    this.ending.abort();
    this.code?.destroy();
  }
}
