/** The dialogs of the workspace: skip, flag, templates, pin. They stand in the page once and work for the task that is on it. */
import { failureSentence } from "../requests.js";
import { post } from "./requests.js";
import { Templates } from "./templates.js";

let aside = null;
let started = false;

export function mountDialogs(current) {
  aside = current;
  if (started) return;
  started = true;
  start("skip", { opened: resetSkip, sent: skip });
  start("flag", { opened: openFlag, sent: flag });
  start("pin", { opened: openPin, sent: pin });
  new Templates(document.getElementById("templates"), () => aside);
}

function start(id, { opened, sent }) {
  const dialog = document.getElementById(id);
  const form = dialog.querySelector("form");
  new MutationObserver(() => dialog.open && opened(dialog, form)).observe(dialog, { attributeFilter: ["open"] });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sent(dialog, form);
  });
}

function say(dialog, text) {
  const error = dialog.querySelector("[data-error]");
  error.hidden = !text;
  error.querySelector("[data-error-text]").textContent = text || "";
}

const field = (root, name) => root.querySelector("[data-verdict-form]").elements[name]?.value || "";

// --- skip -----------------------------------------------------------------------------------------------------------
function resetSkip(dialog, form) {
  form.reset();
  form.elements.reason.focus();
}

function skip(dialog, form) {
  const { root } = aside;
  const reason = [form.elements.preset.value, form.elements.reason.value.trim()].filter(Boolean).join(": ");
  const values = { lock_token: field(root, "lock_token"), origins: field(root, "origins"), shell: field(root, "shell"), reason };
  dialog.close();
  window.htmx.ajax("POST", root.dataset.skipUrl, { source: root, target: root, swap: "outerHTML settle:0ms", values });
}

// --- flag -----------------------------------------------------------------------------------------------------------
function openFlag(dialog, form) {
  const choice = form.elements.assignee;
  const before = choice.value;
  const colleagues = aside.tools?.colleagues || [];
  choice.replaceChildren(...colleagues.map(({ id, name }) => new Option(name, id, false, id === before)));
  dialog.querySelector("[data-nobody]").hidden = colleagues.length > 0;
  form.hidden = !colleagues.length;
  form.elements.note.value = aside.comment.value;
  say(dialog, "");
}

async function flag(dialog, form) {
  const { root } = aside;
  const { assignee, note } = form.elements;
  const values = { lock_token: field(root, "lock_token"), session: root.dataset.sessionId || "", assignee: assignee.value, note: note.value };
  if (!note.value.trim()) return say(dialog, note.dataset.missing);
  const { ok, status, body } = await post(root.dataset.flagUrl, values);
  if (ok) return location.assign(body.url);
  return say(dialog, failureSentence(status, JSON.stringify(body)));
}

// --- pin ------------------------------------------------------------------------------------------------------------
let place = null;

function openPin(dialog, form) {
  place = aside.pins.place;
  form.reset();
  dialog.querySelector("[data-nothing]").hidden = Boolean(place);
  form.hidden = !place;
  dialog.querySelector("[data-place]").textContent = place?.words || "";
  if (place) form.elements.about.focus();
}

function pin(dialog, form) {
  const text = form.elements.about.value.trim();
  if (!text || !place) return;
  aside.pins.add(place.target, text);
  dialog.close();
}
