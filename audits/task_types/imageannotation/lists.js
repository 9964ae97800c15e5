/** The two lists beside the image: labels with counts and an eye each, and every shape; of thousands only the rows in sight exist. */
import { boundsOfShape } from "./shapes.js";
import { paint } from "./labels.js";
import { shapeInWords } from "./words.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const ROW_PX = 28;
const SPARE_ROWS = 6;

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
  if (list.childElementCount !== editor.labels.length) list.replaceChildren(...editor.labels.map((label, index) => labelRow(label, index, editor.icons)));
  [...list.children].forEach((row, index) => showLabel(row, editor, editor.labels[index], counts));
}

function labelRow(label, index, icons) {
  const row = element("li", "label-list__row");
  const button = row.appendChild(element("button", "label-list__item"));
  button.type = "button";
  button.dataset.label = label;
  button.append(swatch(index), element("span", "truncate", label), element("span", "label-list__count"));
  if (index < 9) button.append(Object.assign(element("kbd", "wide-only", String(index + 1)), { ariaHidden: "true" }));
  const eye = row.appendChild(element("button", "label-list__eye"));
  Object.assign(eye, { type: "button", title: fill(gettext("Show or hide %(label)s"), { label }) });
  Object.assign(eye.dataset, { mute: label });
  eye.setAttribute("aria-label", fill(gettext("Hide %(label)s"), { label }));
  eye.append(...icons.map((icon) => icon.cloneNode(true)));
  return row;
}

function showLabel(row, editor, label, counts) {
  const [button, eye] = row.children;
  const current = editor.selected ? editor.document.find(editor.selected)?.data.label : editor.currentLabel;
  const index = editor.labels.indexOf(label);
  button.querySelector(".label-list__count").textContent = counts.get(label) || 0;
  button.setAttribute("aria-pressed", editor.editable && label === current);
  button.disabled = !editor.editable;
  eye.setAttribute("aria-pressed", editor.muted.has(label));
  row.toggleAttribute("data-muted", editor.muted.has(label));
  if (index < 9) Object.assign(button.dataset, { shortcut: index + 1, shortcutLabel: fill(gettext("Label: %(label)s"), { label }) });
}

export class ShapeList {
  constructor(list, editor) {
    Object.assign(this, { list, editor, items: [], from: -1, to: -1 });
    list.addEventListener("scroll", () => this.#show(false), { passive: true });
    this.resizing = new ResizeObserver(() => this.#show(false));
    this.resizing.observe(list);
  }

  render(items) {
    this.items = items;
    this.#reveal();
    this.#show(true);
  }

  /** The chosen row comes into sight where it is not. */
  #reveal() {
    const { selected } = this.editor;
    const at = selected === this.revealed ? -1 : this.items.findIndex((item) => item.key === selected);
    this.revealed = selected;
    if (at < 0) return;
    const { scrollTop, clientHeight } = this.list;
    if (at * ROW_PX < scrollTop || (at + 1) * ROW_PX > scrollTop + clientHeight) this.list.scrollTop = (at + 0.5) * ROW_PX - clientHeight / 2;
  }

  #show(anew) {
    const { scrollTop, clientHeight } = this.list;
    const from = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE_ROWS);
    const to = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / ROW_PX) + SPARE_ROWS);
    if (!anew && from === this.from && to === this.to) return;
    Object.assign(this, { from, to });
    const rows = this.items.slice(from, to).map((item, index) => this.#row(item, from + index));
    if (rows.length) rows[0].style.marginBlockStart = `${from * ROW_PX}px`;
    if (rows.length) rows.at(-1).style.marginBlockEnd = `${(this.items.length - to) * ROW_PX}px`;
    this.list.replaceChildren(...rows);
  }

  #row({ key, kind, data }, index) {
    const row = document.createElement("li");
    row.setAttribute("aria-setsize", this.items.length);
    row.setAttribute("aria-posinset", index + 1);
    const button = row.appendChild(element("button", "box-list__item"));
    button.type = "button";
    button.tabIndex = -1;
    button.dataset.shape = key;
    if (key === this.editor.selected) button.setAttribute("aria-current", "true");
    row.toggleAttribute("data-muted", this.editor.muted.has(data.label));
    row.toggleAttribute("data-pinned", this.editor.pinned.has(key));
    const { width, height } = boundsOfShape(kind, data);
    const size = kind === "box" ? `${Math.round(width)} × ${Math.round(height)}` : shapeInWords(kind);
    button.append(swatch(this.editor.labels.indexOf(data.label)), element("span", "truncate", data.label ?? gettext("no label")), Object.assign(element("span", "box-list__size", size), { dir: "ltr" }));
    return row;
  }

  destroy() { this.resizing.disconnect(); }
}
