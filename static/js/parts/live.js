/**
 * [data-live="5"] asks every 5 seconds whether its page has changed, with the tag of what it shows (data-live-tag): 304
 * says no. What has another data-state than before is replaced where it stands ([data-row]); rows never move under
 * anybody's hand: where other rows belong here now, [data-live-note] says so.
 * While nobody sees the page nothing is asked; while nobody touches it, ever less often.
 */
import { showBulk } from "./bulk.js";

const SLOWEST_MS = 60000;
const AWAKE_MS = 60000;
let touched = Date.now();

class Live {
  constructor(root) {
    Object.assign(this, { root, tag: root.dataset.liveTag, wait: Number(root.dataset.live) * 1000, failures: 0 });
    this.plan();
  }

  plan() {
    const idle = Math.max(0, Date.now() - touched - AWAKE_MS);
    const wait = Math.min(SLOWEST_MS, (this.wait + idle / 4) * 2 ** this.failures);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  stop() { clearTimeout(this.timer); this.stopped = true; }

  async ask() {
    if (!this.root.isConnected) return this.stop();
    if (document.visibilityState !== "visible") return this.plan();
    const headers = { "HX-Request": "true", "HX-Target": this.root.id, "X-Live": "1", "If-None-Match": this.tag, "X-Requested-With": "fetch" };
    try {
      const answer = await fetch(location.href, { headers, cache: "no-store", redirect: "manual" });
      if (answer.status === 200) this.show(await answer.text(), answer.headers.get("ETag"));
      else if (answer.status !== 304) this.failures += 1;
      if (answer.status < 400 && answer.status) this.failures = 0;
      if ([401, 403, 404].includes(answer.status) || answer.type === "opaqueredirect") return this.stop();
    } catch { this.failures = Math.min(6, this.failures + 1); }
    return this.stopped || this.plan();
  }

  show(html, tag) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(this.root.id);
    if (!fresh || !this.root.isConnected) return;
    this.tag = tag || fresh.dataset.liveTag;
    const rows = new Map([...fresh.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));
    const shown = [...this.root.querySelectorAll("[data-row]")];
    for (const row of shown) if (rows.has(row.dataset.row)) replace(row, rows.get(row.dataset.row));
    const [words, newWords] = [this.root, fresh].map((part) => part.querySelector("[data-summary]"));
    if (words && newWords) words.textContent = newWords.textContent;
    const note = this.root.querySelector("[data-live-note]");
    if (note) note.hidden = [...rows.keys()].join() === shown.map((row) => row.dataset.row).join();
  }
}

/** Never under the hand or the eye of whoever is in it. */
function replace(old, fresh) {
  if (old.dataset.state === fresh.dataset.state || old.matches(":focus-within") && !old.matches(":has([data-select]:focus)")) return;
  const box = old.querySelector("[data-select]");
  const isChosen = box?.checked;
  const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
  old.replaceWith(fresh);
  fresh.setAttribute("data-fresh", "");
  for (const id of open) fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  const newBox = fresh.querySelector("[data-select]");
  if (newBox) { newBox.checked = isChosen; showBulk(newBox.form); }
  window.htmx?.process(fresh);
  fresh.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: fresh } }));
}

export function startLive() {
  let running = [];
  const start = () => {
    running = running.filter((one) => one.root.isConnected || one.stop());
    for (const root of document.querySelectorAll("[data-live]")) if (!running.some((one) => one.root === root)) running.push(new Live(root));
  };
  for (const event of ["pointermove", "keydown", "scroll"]) document.addEventListener(event, () => { touched = Date.now(); }, { passive: true });
  document.addEventListener("visibilitychange", () => { touched = Date.now(); });
  document.addEventListener("htmx:load", start);
  start();
}
