/**
 * Shortcuts are declared on the element they press: data-shortcut="a" data-shortcut-label="Approve".
 * Keys: one character, or names joined by +, e.g. "mod+enter" (mod is Command on a Mac, else Control), "shift+n".
 * Several choices are parted by a blank: "arrowright n". While somebody types, only those of WHILE_TYPING work: the
 * field keeps its own undo.
 */
import { gettext } from "./words.js";

const WHILE_TYPING = new Set(["mod+enter", "mod+k", "mod+s"]);
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const PRETTY = { mod: IS_MAC ? "⌘" : "Ctrl", shift: IS_MAC ? "⇧" : "Shift", alt: IS_MAC ? "⌥" : "Alt", enter: "Enter", escape: "Esc", delete: "Del", arrowright: "→", arrowleft: "←", arrowup: "↑", arrowdown: "↓", space: "Space", tab: "Tab" };

export function keyName(event) {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  const modifiers = [];
  if (event.ctrlKey || event.metaKey) modifiers.push("mod");
  if (event.altKey) modifiers.push("alt");
  if (event.shiftKey && (key.length > 1 || /[a-z]/.test(key))) modifiers.push("shift");
  return [...modifiers, key].join("+");
}

export function prettyKeys(keys) {
  const first = keys.split(" ")[0];
  return (first === "+" ? ["+"] : first.split("+")).map((part) => PRETTY[part] || (part.length === 1 ? part.toUpperCase() : part)).join(" ");
}

export function isTyping(target) {
  if (target.isContentEditable || target.nodeName === "TEXTAREA" || target.nodeName === "SELECT") return true;
  return target.nodeName === "INPUT" && !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
}

export function usableShortcuts() { return candidates(); }

function candidates() {
  const dialog = document.querySelector("dialog[open]");
  return [...(dialog || document).querySelectorAll("[data-shortcut]")].filter(isUsable);
}

function isUsable(element) {
  return !element.disabled && element.getAttribute("aria-disabled") !== "true" && !element.closest("[inert]") && element.getClientRects().length > 0;
}

function handleKey(event) {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const name = keyName(event);
  if (isTyping(event.target) && !WHILE_TYPING.has(name)) return;
  if (name === "?" && !document.querySelector("dialog[open]")) return openOverview(event);
  const element = candidates().find((one) => one.dataset.shortcut.split(" ").includes(name));
  if (!element) return;
  event.preventDefault();
  press(element);
}

export function press(element) {
  if (element.matches("input:not([type=checkbox], [type=radio]), textarea, select")) element.focus();
  else element.click();
}

function openOverview(event) {
  event.preventDefault();
  document.getElementById("shortcuts").showModal();
}

/** Elements that are hidden now (a verdict that does not fit the moment) are listed too: people learn from the list. */
function fillOverview() {
  const entries = new Map([["?", gettext("This list")]]);
  // What a dialog that is closed now would do with the same key is no shortcut of this page.
  for (const element of document.querySelectorAll("[data-shortcut]")) {
    if (element.closest("dialog")) continue;
    entries.set(element.dataset.shortcut, element.dataset.shortcutLabel || element.textContent.trim());
  }
  for (const hint of document.querySelectorAll("[data-shortcut-hint]")) entries.set(hint.dataset.keys, hint.dataset.shortcutHint);
  document.querySelector("[data-shortcut-list]").replaceChildren(...[...entries].map(overviewRow));
}

function overviewRow([keys, label]) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const detail = document.createElement("dd");
  const key = document.createElement("kbd");
  term.textContent = label;
  key.textContent = prettyKeys(keys);
  detail.append(key);
  row.append(term, detail);
  return row;
}

function prettify(root) {
  for (const key of root.querySelectorAll("kbd[data-keys]")) key.textContent = prettyKeys(key.dataset.keys);
}

export function startShortcuts() {
  prettify(document);
  document.addEventListener("htmx:load", (event) => prettify(event.target));
  document.addEventListener("keydown", handleKey);
  const dialog = document.getElementById("shortcuts");
  new MutationObserver(() => dialog.open && fillOverview()).observe(dialog, { attributeFilter: ["open"] });
}
