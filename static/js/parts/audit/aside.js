/**
 * What stands beside the verdict of one task: reasons, pinned comments, templates, the colleague's note, the pace. Its markup is
 * in the page once (templates/audits/parts/workspace_tools.html), so that the answer to a verdict stays small.
 */
import { mountDialogs } from "./dialogs.js";
import { paceOf } from "./pace.js";
import { Pins } from "./pins.js";
import { Reasons } from "./reasons.js";
import { toolsFor } from "./tools.js";

function copyOf(name) { return document.querySelector(`template[data-aside="${name}"]`)?.content.cloneNode(true); }

export class Aside {
  #stopping = new AbortController();

  constructor(root, { comment, editor, changed }) {
    Object.assign(this, { root, comment, gone: false });
    if (!document.querySelector("template[data-aside]")) return;
    const field = comment.closest(".field");
    field.querySelector("label").after(copyOf("comment"));
    field.after(copyOf("remarks"));
    root.querySelector("[data-skip]")?.closest(".workspace__quiet").prepend(copyOf("hand-over"));
    root.querySelector(".workspace__panels").prepend(copyOf("note"));
    root.querySelector(".workspace__panels").append(copyOf("pace"));
    this.group = root.querySelector("[data-reasons]");
    this.reasons = new Reasons(this.group.querySelector("[data-reason-list]"), { comment, changed });
    this.pins = new Pins(root.querySelector("[data-pins]"), { editor, changed });
    this.#listen();
    this.#showPace();
    mountDialogs(this);
    toolsFor(root).then((tools) => !this.gone && this.#fill(tools));
  }

  #listen() {
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.#stopping.signal });
    on(this.root, "labelops:selection", (event) => this.pins.select(event.detail));
    on(this.root, "click", (event) => {
      if (event.target.closest("[data-show-reasons]")) this.focusReasons();
    });
    for (const details of this.root.querySelectorAll("details[data-remember]")) this.#remember(details, on);
  }

  /** Folded or not is this person's choice, in all tabs and from now on. */
  #remember(details, on) {
    const key = `labelops:open:${details.dataset.remember}`;
    try {
      if (localStorage.getItem(key)) details.open = localStorage.getItem(key) === "yes";
      on(details, "toggle", () => localStorage.setItem(key, details.open ? "yes" : "no"));
    } catch { /* Forbidden: it opens as the page has it. */ }
  }

  #fill(tools) {
    this.tools = tools;
    this.reasons.fill(tools.reasons);
    this.#showReasons();
    const flag = tools.flags[this.root.dataset.taskId];
    const note = this.root.querySelector("[data-note]");
    note.hidden = !flag;
    if (!flag) return;
    note.querySelector("[data-note-by]").textContent = flag.by;
    note.querySelector("[data-note-text]").textContent = flag.note;
  }

  #showPace() {
    const panel = this.root.querySelector("[data-pace]");
    const progress = this.root.querySelector(".workspace__progress progress");
    const { number, one, rest } = paceOf(this.root.dataset.sessionId, progress ? progress.max - progress.value : 0);
    panel.hidden = !this.root.dataset.sessionId || !number;
    panel.querySelector("[data-pace-number]").textContent = number;
    for (const [name, text] of [["one", one], ["rest", rest]]) {
      const row = panel.querySelector(`[data-pace-row="${name}"]`);
      row.hidden = !text;
      row.querySelector("dd").textContent = text || "";
    }
  }

  /** Offered while somebody rejects or changes; what is chosen stays in sight. */
  show(offered) {
    this.offered = offered;
    this.#showReasons();
  }

  #showReasons() {
    if (!this.group) return;
    this.group.hidden = !this.reasons.buttons.length || !(this.offered || this.reasons.chosen.length);
    this.root.querySelector("[data-show-reasons]").disabled = !this.reasons.buttons.length;
  }

  get hasReasons() { return Boolean(this.reasons?.buttons.length); }

  focusReasons() {
    if (!this.reasons?.buttons.length) return false;
    this.group.hidden = false;
    return this.reasons.focus();
  }

  get work() {
    const found = {};
    if (this.reasons?.wanted.size) found.reasons = [...this.reasons.wanted];
    if (this.pins?.all.length) found.pins = this.pins.all;
    return found;
  }

  get hasWork() { return Object.keys(this.work).length > 0; }
  /** As the server wants it: empty where nothing is said. */
  get remarks() { return this.hasWork ? JSON.stringify(this.work) : ""; }

  restore({ reasons = [], pins = [] }) {
    this.reasons?.set(reasons);
    this.pins?.set(pins);
    this.#showReasons();
  }

  destroy() {
    this.gone = true;
    this.#stopping.abort();
  }
}
