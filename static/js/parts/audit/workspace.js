/** One task on the screen: its editor, verdict, lock and draft, until the server's answer replaces it by the next one. */
import { mountEditor } from "../../task_types/index.js";
import { failureSentence } from "../requests.js";
import { prettyKeys } from "../shortcuts.js";
import { fill, gettext } from "../words.js";
import { Aside } from "./aside.js";
import { markJudged } from "./back.js";
import { Banners } from "./banners.js";
import { Drafts } from "./drafts.js";
import { Lock } from "./lock.js";
import { countVerdict } from "./pace.js";
import { sendLast } from "./requests.js";
import { Resend } from "./resend.js";
import { Tabs } from "./tabs.js";
import { offerUndo } from "./undo.js";

const REFUSED = [404, 409, 410, 423];
// No answer, or one of a server before the server: nobody knows whether the verdict arrived.
const UNKNOWN = [0, 502, 503, 504];
const ANSWER_WITHIN_MS = 20000;

export class Workspace {
  #stopping = new AbortController();

  constructor(root, { onNext }) {
    const find = (selector) => root.querySelector(selector);
    Object.assign(this, { root, onNext, form: find("[data-verdict-form]"), editing: false, submitting: false, blocked: false, asking: null });
    this.comment = this.form.elements.comment;
    this.hint = find("[data-hint]");
    this.commentError = find("[data-comment-error]");
    this.buttons = { accepted: find('[data-verdict="accepted"]'), fixed: find('[data-verdict="fixed"]'), rejected: find('[data-verdict="rejected"]'), discard: find("[data-discard]"), skip: find("[data-skip]") };
    this.fixedLabel = this.buttons.fixed.querySelector("[data-label]");
    this.fixedWords = this.fixedLabel.textContent;
    this.banners = new Banners(root);
    this.drafts = new Drafts(root, { collect: () => this.#collect(), fields: () => this.#identity() });
    this.shownAt = performance.now();
    this.editor = mountEditor(find("[data-task-editor]"), { onChange: () => this.#changed() });
    this.aside = new Aside(root, { comment: this.comment, editor: find("[data-task-editor]"), changed: () => this.#changed() });
    this.resend = new Resend(() => this.form.requestSubmit());
    this.tabs = new Tabs(root.dataset.taskId, (what) => this.#elsewhere(what));
    this.lock = new Lock(root, (state, detail) => this.#lockTold(state, detail));
    this.#listen();
    this.#restore();
    this.#show();
    root.dataset.ready = ""; // From here on it hears keys.
  }

  #listen() {
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.#stopping.signal });
    on(this.root, "click", (event) => this.#clicked(event));
    on(this.comment, "input", () => this.#changed());
    on(this.root, "htmx:beforeRequest", (event) => this.#sending(event));
    on(this.root, "htmx:beforeOnLoad", (event) => this.#answered(event.detail.xhr));
    on(this.root, "htmx:beforeSwap", (event) => this.#beforeSwap(event));
    for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) on(this.root, name, (event) => this.#failed(event));
    on(this.form, "submit", (event) => event.preventDefault());
    on(window, "pagehide", () => this.#left());
    on(window, "online", () => this.submitting || this.lock.beat());
    // Whoever signed in again in another tab comes back here.
    on(window, "focus", () => this.banners.shown === "signed-out" && this.lock.beat());
    on(document, "labelops:before-undo", (event) => this.#hasWork() && event.detail.wait(this.drafts.save()));
  }

  #identity() {
    const { lock_token: token, version } = this.form.elements;
    return { lock_token: this.lock?.token || token.value, version: version.value };
  }

  #collect() {
    const dirty = this.editor.isDirty();
    return { comment: this.comment.value, response: dirty ? this.editor.value() : null, editing: this.editing, ...this.aside.work };
  }

  #clicked(event) {
    const verdict = event.target.closest("[data-verdict]");
    if (verdict) this.#judge(verdict.dataset.verdict);
    else if (event.target.closest("[data-discard]")) this.#discard();
    else if (event.target.closest("[data-submit-shortcut]")) this.#submitWhatIsMeant();
    else if (event.target.closest("[data-keep-lock]")) this.lock.beat();
    else if (event.target.closest("[data-send-now]")) this.resend.now();
    else if (event.target.closest("[data-send-again]")) this.#judge(this.lastVerdict);
    else if (event.target.closest("[data-change-it]")) this.#changeIt();
    else if (event.target.closest("[data-drop-draft]")) this.#dropDraft();
  }

  #judge(verdict) {
    if (this.blocked || this.submitting) return;
    if (verdict === "fixed" && !this.editing) return this.#startEditing();
    if (verdict === "rejected" && !this.comment.value.trim() && this.#mustAsk()) return this.#askForComment();
    if (verdict === "fixed" && this.editor.error?.()) return this.#say(this.editor.error());
    if (this.editor.isDirty() !== (verdict === "fixed")) return this.#say(verdict === "fixed" ? gettext("Nothing is changed yet.") : gettext("Submit or discard your changes first."));
    return this.#submit(verdict);
  }

  #submit(verdict) {
    const { elements } = this.form;
    this.lastVerdict = verdict;
    elements.verdict.value = verdict;
    elements.response.value = verdict === "fixed" ? JSON.stringify(this.editor.value()) : "";
    elements.lock_token.value = this.lock.token;
    if (elements.remarks) elements.remarks.value = this.aside.remarks;
    this.drafts.mirror();
    this.form.requestSubmit();
  }

  /** Ctrl/Cmd+Enter: what the state of the form means, and nothing when it means nothing. */
  #submitWhatIsMeant() {
    if (this.editor.isDirty()) this.#judge("fixed");
    else if (this.asking === "rejected") this.#judge("rejected");
    else this.#say(gettext("Choose: approve, make changes or reject."));
  }

  #startEditing() {
    this.editing = true;
    this.editor.setReadonly(false);
    this.#show();
  }

  #discard() {
    this.editor.reset();
    this.editing = false;
    this.editor.setReadonly(true);
    this.drafts.changed();
    this.#show();
  }

  /** A pinned comment says what is wrong too, but the reasons are offered once before it is sent. */
  #mustAsk() {
    const { reasons, pins } = this.aside.work;
    return !reasons && (!pins || (this.aside.hasReasons && this.asking !== "rejected"));
  }

  #askForComment() {
    this.asking = "rejected";
    this.commentError.hidden = false;
    this.comment.setAttribute("aria-invalid", "true");
    this.#show();
    if (!this.aside.focusReasons()) this.comment.focus();
  }

  #changed() {
    if (this.comment.value.trim() || this.aside?.hasWork) {
      this.commentError.hidden = true;
      this.comment.removeAttribute("aria-invalid");
    }
    this.drafts?.changed();
    this.#show();
  }

  #say(text) { this.hint.textContent = text; }

  /** Approve and Reject judge the response as it is; with changes in hand the one way on is to submit or discard them. */
  #show() {
    const dirty = this.editor.isDirty();
    const { accepted, fixed, rejected, discard, skip } = this.buttons;
    const closed = this.blocked || this.submitting;
    accepted.disabled = rejected.disabled = closed || dirty;
    if (skip) skip.disabled = closed; // A task audited by itself has no queue to be put back into.
    fixed.disabled = closed || (this.editing && !dirty);
    this.fixedLabel.textContent = this.editing ? this.fixedLabel.dataset.editingLabel : this.fixedWords;
    fixed.classList.toggle("verdicts__main", this.editing);
    accepted.classList.toggle("verdicts__main", !this.editing);
    accepted.hidden = dirty;
    discard.hidden = !dirty;
    this.root.toggleAttribute("data-editing", this.editing);
    this.aside.show(this.asking === "rejected" || this.editing || Boolean(this.comment.value.trim()));
    this.#say(dirty ? gettext("Your changes are not submitted yet.") : this.asking === "rejected" ? fill(gettext("%(keys)s rejects it."), { keys: prettyKeys("mod+enter") }) : "");
  }

  #sending(event) {
    event.detail.xhr.timeout = ANSWER_WITHIN_MS;
    this.submitting = true;
    this.banners.clear("failed", "offline", "draft");
    this.#show();
    if (this.lastVerdict) this.buttons[this.lastVerdict].setAttribute("aria-busy", "true");
  }

  #stopSending() {
    this.submitting = false;
    for (const button of Object.values(this.buttons)) button.removeAttribute("aria-busy");
    this.#show();
  }

  /** The server has taken the verdict, whatever it answers to show next. */
  #answered(xhr) {
    const isTaken = xhr.status === 200 && (xhr.getResponseHeader("HX-Redirect") || xhr.responseText.includes("data-audit-workspace") || parsed(xhr).editor);
    if (!isTaken || !this.lastVerdict) return;
    const { undoUrl, taskUrl, sessionId } = this.root.dataset;
    this.drafts.forget();
    // A second audit changes nothing, so there is nothing to take back.
    if (undoUrl) offerUndo({ url: undoUrl, name: this.root.querySelector("h1").textContent, verdict: this.lastVerdict });
    if (sessionId) countVerdict(sessionId, performance.now() - this.shownAt);
    markJudged(taskUrl);
    this.tabs.judged();
  }

  /** The same submit again is one audit to the server, so it is repeated until an answer comes; meanwhile it stays as it is. */
  #sendLater() {
    this.submitting = true;
    this.comment.readOnly = true;
    this.resend.later();
    this.banners.show("sending");
    this.#show();
  }

  #changeIt() {
    this.resend.stop();
    this.comment.readOnly = false;
    this.banners.clear("sending");
    this.#stopSending();
  }

  #elsewhere(what) {
    if (what === "open") return this.blocked || this.banners.show("elsewhere");
    this.blocked = true;
    this.lock.lost = true;
    this.banners.show("judged-elsewhere");
    return this.#show();
  }

  /** A sign-in page that came by redirect must not take the place of somebody's work. */
  #beforeSwap(event) {
    const { xhr } = event.detail;
    if (xhr.status >= 300) return;
    if (xhr.responseText.includes("data-audit-workspace")) return this.drafts.forget();
    event.detail.shouldSwap = false;
    const facts = parsed(xhr);
    if (facts.editor) return this.#next(facts);
    this.#signedOut();
  }

  #next(facts) {
    this.drafts.forget();
    // htmx has still to look at the element that it sent the request for.
    queueMicrotask(() => this.onNext(facts));
  }

  #failed(event) {
    event.preventDefault();
    const xhr = event.detail.xhr;
    const status = event.type === "htmx:responseError" ? xhr.status : 0;
    this.#stopSending();
    this.drafts.save();
    if (this.lastVerdict && UNKNOWN.includes(status)) return this.#sendLater();
    this.comment.readOnly = false;
    if (status === 401 || (status === 403 && !parsed(xhr).error)) return this.#signedOut();
    if (REFUSED.includes(status) && parsed(xhr).code !== "invalid") return this.lock.lose({ ...parsed(xhr), text: failureSentence(status, xhr.responseText) });
    // What is wrong with the response is said at its fields too.
    if (status === 400) this.editor.refuse?.(parsed(xhr).places || {});
    return this.banners.show("failed", { text: failureSentence(status, xhr?.responseText || "") });
  }

  #signedOut() {
    this.#stopSending();
    this.unsent = Boolean(this.lastVerdict);
    this.drafts.mirror();
    this.banners.show("signed-out");
  }

  #lockTold(state, detail) {
    // A heartbeat that comes after the verdict finds no lock: what became of it is the answer to the verdict.
    if (state === "lost" && this.submitting) return undefined;
    if (state === "held" && this.unsent) return this.#sendUnsent();
    if (state === "offline" && this.resend.waiting) return undefined;
    if (state === "held") this.banners.clear("warning", "expired", "offline", "signed-out");
    if (state === "lost") return this.#lost(detail);
    if (state !== "held" && this.banners.shown !== "lost") this.banners.show(state, detail);
    return undefined;
  }

  #sendUnsent() {
    this.unsent = false;
    this.banners.clear("signed-out");
    this.#judge(this.lastVerdict);
  }

  #lost(detail) {
    this.resend.stop();
    this.blocked = true;
    const moved = detail.code === "version_conflict";
    this.banners.show(moved ? "moved-on" : "lost", detail);
    if (this.#hasWork()) this.drafts.save();
    this.#show();
  }

  #hasWork() { return Boolean(this.comment.value.trim()) || this.editor.isDirty() || this.aside.hasWork; }

  #restore() {
    const kept = this.drafts.kept();
    if (!kept || !(kept.comment || kept.response || kept.reasons?.length || kept.pins?.length)) return;
    this.aside.restore(kept);
    this.comment.value = kept.comment || this.comment.value;
    if (kept.response) {
      this.#startEditing();
      this.editor.load(kept.response);
    }
    this.banners.show("draft");
  }

  #dropDraft() {
    this.comment.value = "";
    this.aside.restore({});
    this.#discard();
    this.drafts.forget();
    this.drafts.save().then(() => this.drafts.forget());
    this.banners.clear("draft");
  }

  #left() {
    if (this.submitting || this.lock.lost) return;
    if (this.#hasWork()) this.drafts.mirror();
    // The server gives the lock back only if nobody renewed it since: after a reload, or in another tab, it is in use.
    sendLast(this.root.dataset.releaseUrl, { ...this.#identity(), expires_at: this.lock.expiresAt });
  }

  destroy() {
    this.#stopping.abort();
    this.lock.destroy();
    this.drafts.destroy();
    this.aside.destroy();
    this.tabs.destroy();
    this.resend.destroy();
    this.editor.destroy();
  }
}

function parsed(xhr) {
  try {
    return JSON.parse(xhr.responseText);
  } catch {
    return {};
  }
}
