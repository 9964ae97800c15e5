/**
 * The text with its spans: cut where any span begins or ends, each piece underlined once for every span on it. Offsets are code
 * points, as the response counts them; the browser's own are UTF-16 units.
 */
import { paint } from "../imageannotation/labels.js";
import { gettext } from "../../../static/js/parts/words.js";

const MOST_LANES = 5;
const LANE_PX = 4;

export class SpanText {
  constructor(element, text) {
    Object.assign(this, { element, characters: [...text] });
    this.words = [...text.matchAll(/[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]+/gu)].map((found) => {
      const start = [...text.slice(0, found.index)].length;
      return { start, end: start + [...found[0]].length };
    });
  }

  slice(start, end) { return this.characters.slice(start, end).join(""); }

  /** Which line of the underlining each span has: the first one that is free where it begins. */
  #lanes(spans) {
    const ends = [];
    const lanes = new Map();
    for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
      let lane = ends.findIndex((end) => end <= span.start);
      if (lane < 0) lane = Math.min(ends.length, MOST_LANES - 1);
      ends[lane] = span.end;
      lanes.set(span, lane);
    }
    return lanes;
  }

  render(spans, { labels, selected, cursor }) {
    const shown = spans.filter((span) => span.end > span.start);
    const lanes = this.#lanes(shown);
    const cuts = new Set([0, this.characters.length, ...shown.flatMap((span) => [span.start, span.end]), ...(cursor ? [cursor.start, cursor.end] : [])]);
    const places = [...cuts].filter((at) => at >= 0 && at <= this.characters.length).sort((a, b) => a - b);
    const ending = Map.groupBy ? Map.groupBy(shown, (span) => span.end) : null;
    const nodes = places.slice(0, -1).map((start, index) => this.#piece(start, places[index + 1], shown, { labels, selected, cursor, lanes, ending }));
    this.element.replaceChildren(...nodes);
  }

  #piece(start, end, spans, { labels, selected, cursor, lanes }) {
    const piece = document.createElement("span");
    piece.textContent = this.slice(start, end);
    piece.dataset.start = start;
    const over = spans.filter((span) => span.start <= start && span.end >= end);
    if (cursor && cursor.start <= start && cursor.end >= end) piece.dataset.cursor = "";
    if (!over.length) return piece;
    piece.className = "span";
    piece.dataset.spans = over.map((span) => spans.indexOf(span)).join(" ");
    piece.toggleAttribute("data-selected", over.includes(selected));
    const colours = over.map((span) => [lanes.get(span), labels.indexOf(span.label)]);
    piece.style.backgroundImage = colours.map(([, at]) => `linear-gradient(var(--hue-${Math.max(0, at) % 8}), var(--hue-${Math.max(0, at) % 8}))`).join();
    piece.style.backgroundSize = colours.map(() => "100% 3px").join();
    piece.style.backgroundPosition = colours.map(([lane]) => `0 calc(100% - ${(MOST_LANES - 1 - lane) * LANE_PX}px)`).join();
    const named = over.filter((span) => span.end === end);
    if (named.length) piece.append(...named.map((span) => this.#tag(span, labels)));
    return piece;
  }

  #tag(span, labels) {
    const tag = document.createElement("span");
    tag.className = "span__tag";
    tag.dataset.text = span.label ?? gettext("no label");
    tag.ariaHidden = "true";
    paint(tag, labels.indexOf(span.label));
    return tag;
  }

  /** What the mouse has selected, as code points, grown to whole words; null where nothing is. */
  selection() {
    const chosen = getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed || !this.element.contains(chosen.anchorNode) || !this.element.contains(chosen.focusNode)) return null;
    const range = chosen.getRangeAt(0);
    const [start, end] = [this.#offset(range.startContainer, range.startOffset), this.#offset(range.endContainer, range.endOffset)];
    return this.trimmed(start, end);
  }

  trimmed(start, end) {
    let [from, to] = [start, end];
    while (from < to && /\s/.test(this.characters[from])) from += 1;
    while (to > from && /\s/.test(this.characters[to - 1])) to -= 1;
    return to > from ? { start: from, end: to } : null;
  }

  #offset(node, offset) {
    if (node === this.element) return Number(this.element.childNodes[offset]?.dataset.start ?? this.characters.length);
    const piece = node.nodeType === Node.TEXT_NODE ? node.parentNode : node;
    const text = node.nodeType === Node.TEXT_NODE ? node.data.slice(0, offset) : offset ? piece.textContent : "";
    return Number(piece.closest("[data-start]").dataset.start) + [...text].length;
  }
}
