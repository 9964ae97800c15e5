/**
 * Editors and viewers, found by the task type's name. A module exports
 *   mount(root, {params, response, readonly, onChange(dirty), attachmentUrl}) ->
 *   {value(), isDirty(), undo(), redo(), reset(), load(response), setReadonly(boolean), destroy(), error?()}.
 * value() is the whole response; unedited it is the very object that came in. error() is a sentence while the text on the
 * page cannot be a response. The server renders templates/task_types/<type>.html:
 *   <div data-task-editor="<type>" data-readonly="true|false" data-attachment-url="...">
 *     <div data-params hidden>{{ params|json_script }}</div> <div data-response hidden>{{ response|json_script }}</div>
 */
import * as categorization from "./categorization.js";
import * as imageannotation from "./imageannotation.js";
import * as json from "./json.js";

const TYPES = { categorization, imageannotation, json };
const mounted = new WeakMap();

function readJson(root, name) {
  const script = root.querySelector(`[${name}] script[type="application/json"]`);
  return script ? JSON.parse(script.textContent) : null;
}

/** Mounts once; asked again for the same element, it returns the same editor. */
export function mountEditor(root, { onChange } = {}) {
  if (mounted.has(root)) return mounted.get(root);
  const editor = (TYPES[root.dataset.taskEditor] || json).mount(root, {
    params: readJson(root, "data-params") || {},
    response: readJson(root, "data-response"),
    readonly: root.dataset.readonly !== "false",
    attachmentUrl: root.dataset.attachmentUrl || "",
    onChange,
  });
  mounted.set(root, editor);
  return editor;
}

export function mountAll(container) {
  const inside = [...container.querySelectorAll("[data-task-editor]")];
  const all = container.matches?.("[data-task-editor]") ? [container, ...inside] : inside;
  return all.map((root) => mountEditor(root));
}
