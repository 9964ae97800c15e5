/**
 * Spans of a text. Markup: editor.html. params.text, params.labels (texts, or {name}); response {"annotations": [{start, end,
 * text, label}]}, in code points, end exclusive. Spans may overlap.
 */
import { History } from "../../../static/js/parts/history.js";
import { tellSelection } from "../../../static/js/parts/audit/pins.js";
import { paint } from "../imageannotation/labels.js";
import { same } from "../difference.js";
import { handleKey } from "./keys.js";
import { SpanText } from "./text.js";
import { fill, gettext, ngettext } from "../../../static/js/parts/words.js";

export { compare } from "./difference.js";

function labelsOf(params, spans) {
  const given = Array.isArray(params?.labels) ? params.labels : [];
  const names = given.map((one) => (typeof one === "object" && one ? one.name ?? one.label ?? one.value : one));
  return [...new Set([...names, ...spans.map((span) => span.label)].filter(Boolean).map(String))];
}

const isSpan = (one) => Number.isInteger(one?.start) && Number.isInteger(one?.end);

class SpanEditor {
  constructor(root, { params, response, readonly, onChange }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, response, selected: null, cursor: null, ending: new AbortController() });
    this.parts = Object.fromEntries(["text", "labels", "spans", "count", "position", "live"].map((name) => [name, find(name)]));
    this.text = new SpanText(this.parts.text, String(params?.text ?? ""));
    const initial = Array.isArray(response?.annotations) ? response.annotations : [];
    this.labels = labelsOf(params, initial);
    this.history = new History(initial, { show: () => this.#shown(), same, changed: (dirty) => onChange?.(dirty) });
    this.#listen();
    this.setReadonly(readonly);
  }

  get spans() { return this.history.now.filter(isSpan); }
  get isRtl() { return getComputedStyle(this.parts.text).direction === "rtl"; }

  #listen() {
    const { signal } = this.ending;
    const { text } = this.parts;
    this.root.addEventListener("click", (event) => this.#clicked(event.target.closest("button")), { signal });
    this.root.addEventListener("labelops:show-target", ({ detail: { target } }) => {
      if (target.kind === "span") this.setCursor({ start: target.start, end: target.end });
    }, { signal });
    text.addEventListener("keydown", (event) => handleKey(event, this), { signal });
    text.addEventListener("pointerup", (event) => setTimeout(() => this.#pointed(event)), { signal });
    text.addEventListener("pointerdown", (event) => { this.byTouch = event.pointerType === "touch"; this.marked = null; }, { signal });
    document.addEventListener("selectionchange", () => this.byTouch && this.#marked(), { signal });
  }

  /**
   * A finger marks by a long press and by the browser's handles, and no pointerup tells of it. What is marked stays as it is, so that
   * the handles do; a tap on a label takes the selection away, so it is remembered.
   */
  #marked() {
    const range = this.editable && this.text.selection();
    if (!range) return;
    this.marked = range;
    this.#tellMarked(range);
  }

  #tellMarked(range) {
    this.announce(fill(gettext("“%(text)s” selected"), { text: this.text.slice(range.start, range.end) }));
    this.#tell(range);
  }

  /** With something selected it waits for its label; a mere click chooses the shortest span there. */
  #pointed(event) {
    const range = this.text.selection();
    if (range && event.pointerType === "touch") return;
    if (range && this.editable) {
      getSelection().removeAllRanges();
      this.setCursor(range);
      return;
    }
    const numbers = event.target.closest?.("[data-spans]")?.dataset.spans.split(" ").map(Number) ?? [];
    const shown = this.spans.filter((span) => span.end > span.start);
    this.select(numbers.map((at) => shown[at]).sort((a, b) => a.end - a.start - (b.end - b.start))[0] ?? null);
  }

  #clicked(button) {
    if (!button || button.disabled) return;
    const { action, label, span } = button.dataset;
    if (label !== undefined) this.chooseLabel(label);
    if (span !== undefined) this.select(this.spans[Number(span)]);
    const actions = { undo: () => this.history.undo(), redo: () => this.history.redo(), remove: () => this.remove(), next: () => this.step(1), previous: () => this.step(-1) };
    actions[action]?.();
  }

  setCursor(range) {
    this.cursor = range;
    this.selected = null;
    this.refresh();
    this.#tellMarked(range);
    this.parts.text.querySelector("[data-cursor]")?.scrollIntoView({ block: "nearest" });
  }

  select(span) {
    Object.assign(this, { selected: span, cursor: null });
    this.refresh();
    this.#tell(span);
    if (!span) return;
    this.parts.text.querySelector("[data-selected]")?.scrollIntoView({ block: "nearest" });
    this.announceSelected();
  }

  #tell(range) {
    tellSelection(this.root, range && { kind: "span", start: range.start, end: range.end, field: "text", text: this.text.slice(range.start, range.end).slice(0, 200) });
  }

  announceSelected() {
    const { spans, selected } = this;
    this.announce(fill(gettext("%(label)s, “%(text)s”, span %(number)s of %(all)s"), { label: selected.label ?? gettext("no label"), text: this.text.slice(selected.start, selected.end), number: spans.indexOf(selected) + 1, all: spans.length }));
  }

  announce(text) { this.parts.live.textContent = text; }

  step(by) {
    const ordered = [...this.spans].sort((a, b) => a.start - b.start || a.end - b.end);
    if (!ordered.length) return;
    const at = ordered.indexOf(this.selected);
    this.select(ordered[at < 0 ? (by > 0 ? 0 : ordered.length - 1) : (at + by + ordered.length) % ordered.length]);
  }

  chooseLabel(label) {
    if (!this.editable) return;
    if (this.marked) getSelection().removeAllRanges();
    const range = this.cursor || this.marked;
    this.marked = null;
    if (range) this.#add({ ...range, label });
    else if (this.selected) this.replace(this.selected, { label });
    this.parts.text.focus({ preventScroll: true });
  }

  #add({ start, end, label }) {
    const span = { start, end, text: this.text.slice(start, end), label };
    const isThere = this.spans.find((one) => one.start === start && one.end === end && one.label === label);
    if (!isThere) this.history.set([...this.history.now, span]);
    this.select(isThere || span);
  }

  replace(span, fields) {
    const next = { ...span, ...fields };
    next.text = this.text.slice(next.start, next.end);
    if (next.end <= next.start || next.start < 0 || next.end > this.text.characters.length) return;
    this.history.set(this.history.now.map((one) => (one === span ? next : one)));
    this.select(next);
  }

  remove() {
    if (!this.selected) return;
    const { label } = this.selected;
    this.history.set(this.history.now.filter((one) => one !== this.selected));
    this.announce(fill(ngettext("%(label)s deleted. %(number)s span left.", "%(label)s deleted. %(number)s spans left.", this.spans.length), { label: label ?? gettext("Span"), number: this.spans.length }));
  }

  #shown() {
    if (this.selected && !this.history.now.includes(this.selected)) this.selected = null;
    this.refresh();
  }

  refresh() {
    const { spans, labels, selected, cursor, parts } = this;
    this.text.render(spans, { labels, selected, cursor });
    parts.count.textContent = spans.length;
    const ordered = [...spans].sort((a, b) => a.start - b.start || a.end - b.end);
    parts.position.textContent = spans.length ? `${ordered.indexOf(selected) + 1 || "–"} / ${spans.length}` : "";
    parts.labels.replaceChildren(...labels.map((label, index) => this.#labelRow(label, index)));
    parts.spans.replaceChildren(...ordered.map((span) => this.#spanRow(span)));
    const remove = this.root.querySelector("[data-action=remove]");
    remove.disabled = !selected;
  }

  #labelRow(label, index) {
    const row = this.#row("label-list__item", index, label, String(this.spans.filter((span) => span.label === label).length));
    const button = row.firstElementChild;
    button.dataset.label = label;
    button.disabled = !this.editable;
    button.setAttribute("aria-pressed", this.selected?.label === label);
    button.lastElementChild.className = "label-list__count";
    if (index < 9) {
      Object.assign(button.dataset, { shortcut: index + 1, shortcutLabel: fill(gettext("Label: %(label)s"), { label }) });
      button.append(Object.assign(document.createElement("kbd"), { className: "wide-only", textContent: index + 1, ariaHidden: "true" }));
    }
    return row;
  }

  #spanRow(span) {
    const row = this.#row("box-list__item", this.labels.indexOf(span.label), this.text.slice(span.start, span.end), span.label ?? "");
    const button = row.firstElementChild;
    button.tabIndex = -1;
    button.dataset.span = this.spans.indexOf(span);
    if (span === this.selected) button.setAttribute("aria-current", "true");
    return row;
  }

  #row(className, hue, text, extra) {
    const row = document.createElement("li");
    const button = row.appendChild(Object.assign(document.createElement("button"), { type: "button", className }));
    const swatch = button.appendChild(Object.assign(document.createElement("span"), { className: "swatch" }));
    paint(swatch, hue);
    button.append(Object.assign(document.createElement("span"), { className: "truncate", textContent: text, dir: "auto" }));
    button.append(Object.assign(document.createElement("span"), { className: "box-list__size", textContent: extra }));
    return row;
  }

  setReadonly(readonly) {
    this.editable = !readonly;
    this.root.dataset.readonly = readonly;
    if (readonly) this.cursor = null;
    for (const element of this.root.querySelectorAll(".editor__edit")) element.hidden = readonly;
    this.refresh();
    if (!readonly) this.parts.text.focus({ preventScroll: true });
  }

  value() { return this.history.isDirty() ? { ...this.response, annotations: this.history.now } : this.response; }
}

export function mount(root, options) {
  const editor = new SpanEditor(root, options);
  const { history } = editor;
  return {
    value: () => editor.value(),
    isDirty: () => history.isDirty(),
    undo: () => history.undo(),
    redo: () => history.redo(),
    reset: () => history.set(history.initial),
    load: (response) => history.set(Array.isArray(response?.annotations) ? response.annotations : []),
    setReadonly: (readonly) => editor.setReadonly(readonly),
    destroy: () => editor.ending.abort(),
  };
}
