/** Any task type without a form of its own: a readable view, and the response as JSON text that can be edited. Markup: editor.html. */
import { showAttachments } from "../../../static/js/parts/attachments.js";
import { JsonField } from "./field.js";
import { jsonTree } from "./json_tree.js";

export { compare } from "./difference.js";

export function mount(root, options) {
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const view = find("view");
  showAttachments(find("attachments"), options.params, options.attachmentUrl);
  find("params").replaceChildren(jsonTree(options.params));
  const show = (value) => view.replaceChildren(jsonTree(value));
  const field = new JsonField(root, { ...options, shown: show, readonlyChanged: (readonly) => { view.hidden = !readonly; } });
  show(options.response);
  return field.contract();
}
