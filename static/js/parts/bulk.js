/**
 * Rows to choose: [data-select] boxes of a table[data-selectable], and the [data-bulk-bar] form that they belong to.
 * A button with data-bulk asks first, with the number in its question: data-confirm-one, data-confirm-many ("{n}").
 */
import { fill, inDigits, ngettext } from "./words.js";

let last = null;

const barOf = (box) => box.form;
const boxesOf = (bar) => [...document.querySelectorAll("[data-select]")].filter((box) => box.form === bar);
const allOf = (bar) => bar.querySelector("[data-bulk-all]");

function numberOf(bar) {
  const all = allOf(bar);
  if (all?.value) return { number: Number(bar.querySelector("[data-bulk-choose-all]").dataset.number), words: bar.querySelector("[data-bulk-choose-all]").dataset.words };
  const number = boxesOf(bar).filter((box) => box.checked).length;
  return { number, words: fill(ngettext("%(number)s chosen", "%(number)s chosen", number), { number: inDigits(number) }) };
}

export function showBulk(bar) {
  const boxes = boxesOf(bar);
  for (const box of boxes) box.closest("tr").toggleAttribute("data-chosen", box.checked);
  const { number, words } = numberOf(bar);
  bar.hidden = !number;
  bar.querySelector("[data-bulk-count]").textContent = words;
  const choose = bar.querySelector("[data-bulk-choose-all]");
  if (choose) choose.hidden = Boolean(allOf(bar).value) || !boxes.every((box) => box.checked);
  for (const button of bar.querySelectorAll("[data-bulk][data-confirm-one]")) {
    button.dataset.confirm = (number === 1 ? button.dataset.confirmOne : button.dataset.confirmMany).replace("{n}", inDigits(number));
  }
  const head = boxes[0]?.closest("table").querySelector("[data-select-all]");
  if (!head) return;
  head.checked = boxes.every((box) => box.checked);
  head.indeterminate = !head.checked && boxes.some((box) => box.checked);
}

function choose(bar, boxes, checked) {
  for (const box of boxes) box.checked = checked;
  if (allOf(bar)) allOf(bar).value = "";
  showBulk(bar);
}

/** Shift chooses everything between this box and the one before. */
function onBox(event) {
  const box = event.target.closest("input[data-select]");
  if (!box) return;
  const boxes = boxesOf(barOf(box));
  const range = event.shiftKey && last && boxes.includes(last) ? boxes.slice(...[boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b).map((at, index) => at + index)) : [box];
  last = box;
  choose(barOf(box), range, box.checked);
}

export function startBulk() {
  document.addEventListener("click", onBox);
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-select-all]")) return;
    const boxes = [...event.target.closest("table").querySelectorAll("[data-select]")];
    if (boxes.length) choose(barOf(boxes[0]), boxes, event.target.checked);
  });
  document.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-bulk-bar]");
    if (bar && event.target.closest("[data-bulk-clear]")) choose(bar, boxesOf(bar), false);
    if (bar && event.target.closest("[data-bulk-choose-all]")) { allOf(bar).value = "1"; showBulk(bar); }
  });
  // A page out of the browser's memory has its boxes as they were left.
  const show = () => document.querySelectorAll("[data-bulk-bar]").forEach(showBulk);
  window.addEventListener("pageshow", show);
  document.addEventListener("htmx:load", show);
}
