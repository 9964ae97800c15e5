/** data-autosubmit (send the form when a field changes), data-skip-empty (no empty ?a=&b= in the address), data-copy. */
import { showToast } from "./toasts.js";
import { gettext } from "./words.js";

/** [data-fold] hides, where the stylesheet says so, what follows it among its siblings. */
function fold(event) {
  const button = event.target.closest("[data-fold]");
  if (button) button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") === "false");
}

/** [data-toggle="id"] shows and hides that element. */
function toggle(event) {
  const button = event.target.closest("[data-toggle]");
  if (!button) return;
  const shown = document.getElementById(button.dataset.toggle);
  shown.hidden = !shown.hidden;
  button.setAttribute("aria-expanded", !shown.hidden);
  if (!shown.hidden) shown.querySelector("input, select")?.focus();
}

export function startForms() {
  document.addEventListener("click", fold);
  document.addEventListener("click", toggle);
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-autosubmit]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("data-skip-empty")) skipEmpty(event.target);
    if (event.target.method === "post" && !event.target.closest("[hx-post]")) preventTwice(event);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (button) copyText(button.dataset.copy ?? document.getElementById(button.dataset.copyFrom).textContent);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => form.removeAttribute("data-sent")));
}

/** Disabled fields are not sent; they come back at once for whoever returns to the page. */
function skipEmpty(form) {
  const empty = [...form.elements].filter((field) => field.name && field.value === "" && !field.disabled);
  for (const field of empty) field.disabled = true;
  setTimeout(() => empty.forEach((field) => { field.disabled = false; }));
}

function preventTwice(event) {
  const form = event.target;
  if (form.hasAttribute("data-sent")) return event.preventDefault();
  if (event.defaultPrevented || form.target === "_blank") return undefined;
  form.setAttribute("data-sent", "");
  return setTimeout(() => form.removeAttribute("data-sent"), 4000);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    showToast("success", gettext("Copied."));
  } catch {
    showToast("warning", gettext("The browser did not allow copying; select the text and copy it by hand."));
  }
}
