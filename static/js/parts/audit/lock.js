/**
 * The lease on the task: heartbeats while the page is visible and in use, the countdown, and what became of it.
 * The server's clock decides; the browser's only counts the seconds between two answers.
 */
import { post } from "./requests.js";
import { gettext } from "../words.js";

const HEARTBEAT_MS = 20000;
const WARN_SECONDS = 120;
const USE_EVENTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

export class Lock {
  #stopping = new AbortController();
  #lastUse = Date.now();
  #lastBeat = Date.now();

  /** told(state, detail): "held", "warning", "expired", "lost" {holder, until}, "signed-out", "offline". */
  constructor(root, told) {
    const { lockToken, lockExpiresAt, serverNow, idleSeconds, heartbeatUrl } = root.dataset;
    Object.assign(this, { token: lockToken, url: heartbeatUrl, idleMs: (Number(idleSeconds) || 120) * 1000, told, lost: false });
    this.display = root.querySelector("[data-countdown]");
    this.#setExpiry(lockExpiresAt, serverNow);
    for (const name of USE_EVENTS) document.addEventListener(name, () => this.#used(), { signal: this.#stopping.signal, passive: true, capture: true });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#used(), { signal: this.#stopping.signal });
    this.timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  #setExpiry(expiresAt, serverNow) {
    this.expiresAt = expiresAt;
    this.endsAt = Date.now() + (new Date(expiresAt) - new Date(serverNow));
  }

  secondsLeft() { return Math.max(0, Math.round((this.endsAt - Date.now()) / 1000)); }

  #used() {
    const wasIdle = Date.now() - this.#lastUse > this.idleMs;
    this.#lastUse = Date.now();
    if (wasIdle) this.beat();
  }

  #inUse() { return document.visibilityState === "visible" && Date.now() - this.#lastUse < this.idleMs; }

  #tick() {
    if (this.lost) return;
    this.#show();
    if (this.#inUse() && Date.now() - this.#lastBeat >= HEARTBEAT_MS) this.beat();
  }

  async beat() {
    if (this.lost) return;
    this.#lastBeat = Date.now();
    const { ok, status, body } = await post(this.url, { lock_token: this.token });
    if (this.#stopping.signal.aborted) return;
    if (ok) this.#renewed(body);
    else this.#refused(status, body);
  }

  #renewed({ expires_at: expiresAt, now, lock_token: token }) {
    if (token) this.token = token;
    if (expiresAt) this.#setExpiry(expiresAt, now || new Date().toISOString());
    this.told("held");
    this.#show();
  }

  #refused(status, body) {
    if ([404, 409, 410, 423].includes(status)) this.lose(body);
    else if (status === 401 || status === 403) this.told("signed-out");
    else if (status !== 429) this.told("offline");
  }

  lose(detail) {
    this.lost = true;
    this.display.dataset.state = "lost";
    this.#text(gettext("Not yours any more"));
    this.told("lost", detail || {});
  }

  #show() {
    const left = this.secondsLeft();
    const state = left === 0 ? "expired" : left <= WARN_SECONDS ? "warning" : "held";
    this.display.dataset.state = state === "expired" ? "lost" : state;
    this.#text(left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : gettext("Time is up"));
    if (state !== this.state) this.told(state, { seconds: left });
    this.state = state;
  }

  #text(text) { this.display.querySelector("[data-countdown-text]").textContent = text; }

  destroy() {
    clearInterval(this.timer);
    this.#stopping.abort();
  }
}
