/** What was typed and drawn: in sessionStorage at once (survives a reload without network), on the server after 2 s. */
import { post } from "./requests.js";
import { gettext } from "../words.js";

const WAIT_MS = 2000;

export class Drafts {
  constructor(root, { collect, fields }) {
    Object.assign(this, { collect, fields, url: root.dataset.draftUrl, key: `labelops:draft:${root.dataset.taskId}:${root.dataset.version}`, timer: 0 });
    this.display = root.querySelector("[data-draft-state]");
    const script = root.querySelector("[data-draft] script");
    this.fromServer = script ? JSON.parse(script.textContent) : null;
  }

  /** The newer of the two; this tab's own wins where the server has none. */
  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) || this.fromServer;
    } catch {
      return this.fromServer;
    }
  }

  changed() {
    this.mirror();
    this.display.textContent = "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), WAIT_MS);
  }

  mirror() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.collect()));
    } catch { /* Full or forbidden: the server's copy remains. */ }
  }

  async save() {
    clearTimeout(this.timer);
    this.mirror();
    const { comment, response, reasons, pins } = this.collect();
    const remarks = reasons || pins ? JSON.stringify({ reasons, pins }) : "";
    const answer = await post(this.url, { comment, remarks, response: response === null ? "" : JSON.stringify(response), ...this.fields() });
    this.display.textContent = answer.ok ? gettext("Draft saved") : gettext("Draft kept in this tab only");
    return answer.ok;
  }

  forget() {
    clearTimeout(this.timer);
    sessionStorage.removeItem(this.key);
  }

  destroy() { clearTimeout(this.timer); }
}
