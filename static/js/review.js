/** Review of submitted assignments: J and K through the list, X chooses, O opens; a rejection asks for its comment first. */
import { isTyping } from "./parts/shortcuts.js";
import { showBulk } from "./parts/bulk.js";

let at = -1;

const rows = () => [...document.querySelectorAll("[data-review-table] tbody tr")];

function move(step) {
  const all = rows();
  if (!all.length) return;
  all[at]?.removeAttribute("data-current");
  at = Math.min(Math.max(at + step, 0), all.length - 1);
  all[at].setAttribute("data-current", "");
  all[at].querySelector("[data-open-row]").focus();
  all[at].scrollIntoView({ block: "nearest" });
}

function choose() {
  const box = rows()[at]?.querySelector("[data-select]");
  if (!box) return;
  box.checked = !box.checked;
  showBulk(box.form);
}

const KEYS = { j: () => move(1), k: () => move(-1), x: choose, o: () => rows()[at]?.querySelector("[data-open-row]").click() };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (!document.querySelector("[data-review-table]") || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// Before what sees that nothing is sent twice: it would take a rejection that waits for its comment for one that was sent.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-review-form]");
  const comment = form?.elements.public_comment;
  if (!form || !event.submitter?.matches("[data-reject]") || comment.value.trim()) return;
  event.preventDefault();
  form.querySelector("[data-comment-error]").hidden = false;
  comment.setAttribute("aria-invalid", "true");
  comment.focus();
}, true);
