/** The two lists beside the image: labels with their counts, and every box. */
import { paint } from "./labels.js";

function element(name, className, text) {
  const node = document.createElement(name);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function swatch(index) {
  const node = element("span", "swatch");
  paint(node, index);
  return node;
}

/** Buttons are made once, so that the focus stays where it is; a click chooses, a number key presses the button. */
export function renderLabels(list, editor) {
  const counts = new Map();
  for (const { data } of editor.document.items) counts.set(data?.label, (counts.get(data?.label) || 0) + 1);
  if (list.childElementCount !== editor.labels.length) list.replaceChildren(...editor.labels.map(labelRow));
  [...list.children].forEach((row, index) => showLabel(row.firstElementChild, editor, editor.labels[index], counts));
}

function labelRow(label, index) {
  const row = document.createElement("li");
  const button = row.appendChild(element("button", "label-list__item"));
  button.type = "button";
  button.dataset.label = label;
  button.append(swatch(index), element("span", "truncate", label), element("span", "label-list__count"));
  if (index < 9) button.append(Object.assign(element("kbd", "wide-only", String(index + 1)), { ariaHidden: "true" }));
  return row;
}

function showLabel(button, editor, label, counts) {
  const current = editor.selected ? editor.document.find(editor.selected)?.data.label : editor.currentLabel;
  const index = editor.labels.indexOf(label);
  button.querySelector(".label-list__count").textContent = counts.get(label) || 0;
  button.setAttribute("aria-pressed", editor.editable && label === current);
  button.disabled = !editor.editable;
  if (index < 9) Object.assign(button.dataset, { shortcut: index + 1, shortcutLabel: `Label: ${label}` });
}

export function renderBoxes(list, editor) {
  const rows = editor.document.boxes.map(({ key, data }) => boxRow(key, data, editor));
  list.replaceChildren(...rows);
  list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

function boxRow(key, data, editor) {
  const row = document.createElement("li");
  const button = row.appendChild(element("button", "box-list__item"));
  button.type = "button";
  button.tabIndex = -1;
  button.dataset.select = key;
  if (key === editor.selected) button.setAttribute("aria-current", "true");
  const size = `${Math.round(data.width)} × ${Math.round(data.height)}`;
  button.append(swatch(editor.labels.indexOf(data.label)), element("span", "truncate", data.label ?? "no label"), Object.assign(element("span", "box-list__size", size), { dir: "ltr" }));
  return row;
}
