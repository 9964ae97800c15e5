/**
 * Comments pinned to a place of the response. The contract with editors and viewers, in events on their element:
 *   labelops:selection   from the editor, bubbling: {target, words}; target as in audits/pins.py, or null for nothing
 *   labelops:pins        to the editor: {pins: [{target, comment}]}, to mark those places
 *   labelops:show-target to the editor: {target}: select it and bring it into sight
 * Text that is marked inside of [data-span-field="name"] needs no editor's help.
 */
export function tellSelection(root, target, words = "") {
  root.dispatchEvent(new CustomEvent("labelops:selection", { bubbles: true, detail: { target, words } }));
}

export function showTarget(root, target) {
  root?.dispatchEvent(new CustomEvent("labelops:show-target", { detail: { target } }));
}

/** A pinned comment of an earlier audit shows its place in the page's first viewer. */
export function startTargets() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-target]");
    if (button) showTarget(document.querySelector("[data-task-editor]"), JSON.parse(button.dataset.showTarget));
  });
}

export function placeInWords(target) {
  if (target.kind === "span") return target.text ? `“${target.text}”` : `${target.start}–${target.end}`;
  const number = Number.isInteger(target.index) ? target.index + 1 : target.id;
  return target.label ? `${target.label} ${number}` : `#${number}`;
}

/** What is marked inside of one [data-span-field], as a target; offsets count characters of its text. */
export function markedSpan(editor) {
  const marked = getSelection();
  if (!marked || marked.isCollapsed || !marked.rangeCount) return null;
  const range = marked.getRangeAt(0);
  const field = (range.commonAncestorContainer.closest ? range.commonAncestorContainer : range.commonAncestorContainer.parentElement)?.closest("[data-span-field]");
  if (!field || !editor.contains(field)) return null;
  const before = range.cloneRange();
  before.selectNodeContents(field);
  before.setEnd(range.startContainer, range.startOffset);
  const start = [...before.toString()].length;
  const text = range.toString();
  return { kind: "span", start, end: start + [...text].length, field: field.dataset.spanField, text: text.slice(0, 200) };
}

export class Pins {
  constructor(list, { editor, changed }) {
    Object.assign(this, { list, editor, changed, all: [], target: null, words: "" });
    list.addEventListener("click", (event) => this.#clicked(event.target));
  }

  select({ target, words }) { Object.assign(this, { target, words: target ? words || placeInWords(target) : "" }); }

  /** What a comment would be pinned to now, or null. */
  get place() {
    const span = markedSpan(this.editor);
    if (span) return { target: span, words: placeInWords(span) };
    return this.target && { target: this.target, words: this.words };
  }

  add(target, comment) {
    this.set([...this.all, { target, comment }]);
    this.changed();
  }

  set(pins) {
    this.all = pins;
    this.list.replaceChildren(...pins.map(pinRow));
    this.list.hidden = !pins.length;
    this.editor?.dispatchEvent(new CustomEvent("labelops:pins", { detail: { pins } }));
  }

  #clicked(element) {
    const row = element.closest("[data-pin]");
    if (!row) return;
    const pin = this.all[Number(row.dataset.pin)];
    if (!element.closest("[data-remove-pin]")) return showTarget(this.editor, pin.target);
    this.set(this.all.filter((one) => one !== pin));
    this.changed();
  }
}

function pinRow({ target, comment }, index) {
  const row = document.getElementById("pin-row").content.firstElementChild.cloneNode(true);
  row.dataset.pin = index;
  row.querySelector("[data-pin-place]").textContent = placeInWords(target);
  row.querySelector("[data-pin-comment]").textContent = comment;
  return row;
}
