/**
 * The next task in a copy of the page that the one before came in. The server sends the facts (audits.views.next_task),
 * the template marks their places: data-next-text, data-next-part (hidden where there is none), data-next-time, data-next-url.
 */
const ADDRESSES = ["action", "href", "hx-post"];

export function nextWorkspace(shell, facts) {
  const root = shell.cloneNode(true);
  Object.assign(root.dataset, facts.data);
  root.setAttribute("aria-label", facts.name);
  const each = (mark, name, change) => root.querySelectorAll(`[data-next-${mark}="${name}"]`).forEach(change);
  for (const [name, text] of Object.entries({ ...facts.texts, ...facts.times })) each("part", name, (part) => { part.hidden = !text; });
  for (const [name, text] of Object.entries(facts.texts)) each("text", name, (place) => { place.textContent = text; });
  for (const [name, time] of Object.entries(facts.times)) each("time", name, (place) => { place.dateTime = time || ""; });
  for (const [name, url] of Object.entries(facts.urls)) each("url", name, (place) => point(place, url));
  for (const [name, value] of Object.entries(facts.fields)) root.querySelectorAll(`input[name="${name}"]`).forEach((input) => input.setAttribute("value", value));
  const progress = root.querySelector("[data-next-progress]");
  if (progress) Object.assign(progress, { value: facts.texts.judged, max: facts.texts.total });
  fillEditor(root.querySelector("[data-task-editor]"), facts.editor);
  return root;
}

function point(place, url) {
  for (const name of ADDRESSES) if (place.hasAttribute(name)) place.setAttribute(name, url);
  if (place.title) place.title = url.split("/").at(-2);
}

function fillEditor(editor, { params, response, attachmentUrl }) {
  editor.dataset.attachmentUrl = attachmentUrl;
  editor.querySelector("[data-params] script").textContent = JSON.stringify(params);
  editor.querySelector("[data-response] script").textContent = JSON.stringify(response);
}
