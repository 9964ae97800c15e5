/**
 * The audit workspace. Page contract: templates/audits/parts/workspace_layout.html; docs/front-end.md has the list of
 * attributes and the answers that the server gives. A verdict's answer replaces the whole [data-audit-workspace].
 */
import { nextTask, startBack } from "./parts/audit/back.js";
import { startTargets } from "./parts/audit/pins.js";
import { Workspace } from "./parts/audit/workspace.js";

let current = null;

function start() {
  const root = document.querySelector("[data-audit-workspace]");
  if (current?.root === root) return;
  const isNext = Boolean(current) && root;
  current?.destroy();
  current = root && root.querySelector("[data-verdict-form]") ? new Workspace(root) : null;
  // htmx gives the focus to the new comment field when the old one had it; keys would be text and not verdicts.
  if (!isNext) return;
  nextTask();
  root.focus({ preventScroll: true });
}

start();
startBack();
startTargets();
document.addEventListener("htmx:load", start);
// Else htmx gives the focus on to the next task's comment field, and a key pressed meanwhile would be text, no verdict.
document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.shouldSwap) document.activeElement?.blur(); });
// A page that comes back from the browser's cache gave its lock away when it was left.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
