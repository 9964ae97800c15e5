/** The labels beside the picture: colour, share of the picture, an eye; the first nine have the number keys. */
import { fill, gettext } from "../../../static/js/parts/words.js";
import { writeColour } from "./labels.js";

function element(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

export function renderSegments(list, editor) {
  const { labels } = editor;
  if (list.childElementCount !== labels.length) list.replaceChildren(...labels.map((label, place) => rowOf(label, place, editor.icons)));
  [...list.children].forEach((row, place) => showRow(row, labels[place], place, editor));
}

function rowOf({ name, colour }, place, icons) {
  const row = element("li", "label-list__row");
  const button = row.appendChild(Object.assign(element("button", "label-list__item"), { type: "button" }));
  button.dataset.label = name;
  const swatch = button.appendChild(element("span", "swatch"));
  swatch.style.backgroundColor = writeColour(colour);
  button.append(element("span", "truncate", name), Object.assign(element("span", "label-list__count"), { dir: "ltr" }));
  if (place < 9) button.append(Object.assign(element("kbd", "wide-only", String(place + 1)), { ariaHidden: "true" }));
  row.append(eyeOf(name, icons));
  return row;
}

function eyeOf(name, icons) {
  const eye = Object.assign(element("button", "label-list__eye"), { type: "button", title: fill(gettext("Show or hide %(label)s"), { label: name }) });
  eye.dataset.mute = name;
  eye.setAttribute("aria-label", fill(gettext("Hide %(label)s"), { label: name }));
  eye.append(...icons.map((icon) => icon.cloneNode(true)));
  return eye;
}

function showRow(row, { name }, place, { mask, muted, editable, painter }) {
  const [button, eye] = row.children;
  button.querySelector(".label-list__count").textContent = mask ? shareOf(mask.counts[place + 1], mask.values.length) : "";
  button.title = mask ? fill(gettext("%(number)s pixels"), { number: mask.counts[place + 1].toLocaleString() }) : "";
  button.setAttribute("aria-pressed", Boolean(editable && painter && painter.label === name));
  button.disabled = !editable || !painter;
  eye.setAttribute("aria-pressed", muted.has(name));
  row.toggleAttribute("data-muted", muted.has(name));
  if (place < 9) Object.assign(button.dataset, { shortcut: place + 1, shortcutLabel: fill(gettext("Label: %(label)s"), { label: name }) });
}

function shareOf(count, all) {
  const share = (100 * count) / all;
  return `${share && share < 0.1 ? "< 0.1" : share.toFixed(1)} %`;
}
