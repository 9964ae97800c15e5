/** The list of changes in [data-difference] of the same workspace: what would be submitted now. */
import { kindInWords, summary } from "../../../audits/task_types/difference.js";
import { fill, gettext } from "./words.js";

const WAIT_MS = 120;
const MOST = 30;
const TAGS = { added: "ins", removed: "del" };

export class DifferencePanel {
  constructor(root) { Object.assign(this, { root, timer: 0 }); }

  get #panel() { return this.root.closest("[data-audit-workspace]")?.querySelector("[data-difference]"); }

  /** `changes` is asked when the hand rests; null: nothing is changed. */
  show(changes) {
    clearTimeout(this.timer);
    if (changes) this.timer = setTimeout(() => this.#render(changes()), WAIT_MS);
    else if (this.#panel) this.#panel.hidden = true;
  }

  #render(difference) {
    const panel = this.#panel;
    if (!panel) return;
    panel.hidden = !difference.changes.length;
    panel.querySelector("[data-difference-summary]").textContent = summary(difference);
    panel.querySelector("[data-difference-list]").replaceChildren(...listOf(difference.changes));
  }
}

export function listOf(changes) {
  const rows = changes.slice(0, MOST).map(rowOf);
  if (changes.length > MOST) rows.push(Object.assign(document.createElement("li"), { className: "faint", textContent: fill(gettext("and %(number)s more"), { number: changes.length - MOST }) }));
  return rows;
}

function rowOf({ kind, text, words = [] }) {
  const row = document.createElement("li");
  row.append(Object.assign(document.createElement("span"), { className: "strong", textContent: kindInWords(kind) }), ` ${text}`);
  if (words.length) row.append(wordsOf(words));
  return row;
}

function wordsOf(words) {
  const paragraph = Object.assign(document.createElement("p"), { className: "words", dir: "auto" });
  for (const [kind, text] of words) paragraph.append(TAGS[kind] ? Object.assign(document.createElement(TAGS[kind]), { textContent: text }) : shortened(text));
  return paragraph;
}

/** Of a long unchanged run only its ends are of use. */
function shortened(text) {
  return text.length <= 120 ? text : `${text.slice(0, 50)} … ${text.slice(-50)}`;
}
