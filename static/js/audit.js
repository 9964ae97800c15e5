/**
 * The audit workspace. Page contract: templates/audits/parts/workspace_layout.html; docs/front-end.md has the list of
 * attributes and the answers that the server gives. A verdict's answer replaces the whole [data-audit-workspace], or holds
 * the facts that make the next one out of a copy of this.
 */
import { nextTask, startBack } from "./parts/audit/back.js";
import { nextWorkspace } from "./parts/audit/next.js";
import { startTargets } from "./parts/audit/pins.js";
import { Workspace } from "./parts/audit/workspace.js";

let current = null;
// The newest page of a plain task, as the server sent it, before the editor and a person changed it: what the next plain
// task is put into.
let shell = null;
const SHELL = 'input[name="shell"]';

function start() {
  const root = document.querySelector("[data-audit-workspace]");
  if (current?.root === root) return;
  const isNext = Boolean(current) && root;
  current?.destroy();
  keepShell(root);
  current = root && root.querySelector("[data-verdict-form]") ? new Workspace(root, { onNext: show }) : null;
  // htmx gives the focus to the new comment field when the old one had it; keys would be text and not verdicts.
  if (!isNext) return;
  // The answer is the workspace alone: the page's title is the script's to change.
  document.title = `${root.querySelector("h1").textContent} · LabelOps`;
  nextTask();
  root.focus({ preventScroll: true });
}

/** A page that has more on it (an earlier audit, a draft) names the one that is kept: the task after it may go into that. */
function keepShell(root) {
  if (root?.querySelector(SHELL)) shell = root.cloneNode(true);
  else if (shell) root?.querySelector("[data-verdict-form]")?.append(shell.querySelector(SHELL).cloneNode());
}

function show(facts) {
  const next = nextWorkspace(shell, facts);
  current.root.replaceWith(next);
  window.htmx.process(next);
  next.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
}

start();
startBack();
startTargets();
document.addEventListener("htmx:load", start);
// Else htmx gives the focus on to the next task's comment field, and a key pressed meanwhile would be text, no verdict.
document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.shouldSwap) document.activeElement?.blur(); });
// A page that comes back from the browser's cache gave its lock away when it was left.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
