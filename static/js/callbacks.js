/**
 * The callback pages. [data-polled] asks every few seconds whether it has changed (htmx; 204 says no): not while nobody
 * sees it, nor under the hand of somebody, and ever less often while nobody touches the page or the server is away.
 * [data-choosing] is the form that boxes in a list belong to; [data-choose-all] chooses all on the page.
 */
const IDLE_MS = 60000;
const HAND_MS = 1500;
let touched = Date.now();
let pointed = 0;
let failures = 0;
let passed = 0;

const boxesOf = (id) => [...document.querySelectorAll(`input[type=checkbox][form="${id}"]`)];

function isBusy(region) {
  if (document.visibilityState !== "visible" || document.querySelector("dialog[open]")) return true;
  if (Date.now() - pointed < HAND_MS && region.matches(":hover")) return true;
  return Boolean(region.querySelector("tbody input:checked, .menu[open], :focus-visible"));
}

/** With every failure, and with time, more of the turns are passed over. */
function isPassed() {
  const every = Math.min(20, 2 ** failures * (Date.now() - touched > IDLE_MS ? 5 : 1));
  passed = (passed + 1) % every;
  return passed !== 0;
}

function beforePoll(event) {
  const region = event.detail.elt;
  if (!region.matches("[data-polled]")) return;
  const isFirst = event.detail.requestConfig?.triggeringEvent?.type === "load";
  if (!isFirst && (isBusy(region) || isPassed())) event.preventDefault();
}

/** What was opened or closed by hand stays so in what takes its place. */
function keepOpen(event) {
  const region = event.detail.target;
  if (!region?.matches?.("[data-polled]") || !event.detail.shouldSwap) return;
  const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
  for (const old of region.querySelectorAll("details[data-key]")) {
    fresh.querySelector(`details[data-key="${old.dataset.key}"]`)?.toggleAttribute("open", old.open);
  }
  event.detail.serverResponse = fresh.body.innerHTML;
}

/** An open page that cannot reach the server says so once, by standing still: no toast every three seconds. */
function failed(event) {
  if (!event.detail.elt?.matches?.("[data-polled]")) return;
  failures += 1;
  event.preventDefault();
}

function showChoice() {
  for (const form of document.querySelectorAll("[data-choosing]")) {
    const boxes = boxesOf(form.id);
    const number = boxes.filter((box) => box.checked).length;
    const count = form.querySelector("[data-choosing-count]");
    form.dataset.hint ??= count.textContent;
    count.textContent = number ? form.dataset.words.replace("%n", number) : form.dataset.hint;
    form.toggleAttribute("data-has-choice", number > 0);
    form.hidden = boxes.length === 0;
    const all = document.querySelector(`[data-choose-all="${form.id}"]`);
    if (!all) continue;
    all.checked = number > 0 && number === boxes.length;
    all.indeterminate = number > 0 && number < boxes.length;
  }
}

function changed(event) {
  const all = event.target.closest("[data-choose-all]");
  if (all) for (const box of boxesOf(all.dataset.chooseAll)) box.checked = all.checked;
  if (all || event.target.form?.matches("[data-choosing]")) showChoice();
}

document.addEventListener("htmx:beforeRequest", beforePoll);
document.addEventListener("htmx:beforeSwap", keepOpen);
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) failures = 0; });
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, failed, true);
document.addEventListener("pointermove", () => { touched = pointed = Date.now(); }, { passive: true });
for (const name of ["keydown", "scroll", "click"]) document.addEventListener(name, () => { touched = Date.now(); }, { passive: true });
document.addEventListener("change", changed);
document.addEventListener("htmx:load", showChoice);
window.addEventListener("pageshow", showChoice);
document.addEventListener("submit", (event) => {
  const back = event.target.matches("[data-choosing]") && event.target.elements.back;
  if (back) back.value = location.pathname + location.search;
});
showChoice();
