/** One task on the screen: its editor, verdict, lock and draft, until the server's answer replaces it by the next one. */
import { mountEditor } from "../../task_types/index.js";
import { failureSentence } from "../requests.js";
import { Banners } from "./banners.js";
import { Drafts } from "./drafts.js";
import { Lock } from "./lock.js";
import { sendLast } from "./requests.js";

const REFUSED = [404, 409, 410, 423];

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
    this.editor = mountEditor(find("[data-task-editor]"), { onChange: () => this.#changed() });
    this.lock = new Lock(root, (state, detail) => this.#lockTold(state, detail));
    this.#listen();
    this.#restore();
    this.#show();
  }

  #listen() {
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.#stopping.signal });
    on(this.root, "click", (event) => this.#clicked(event));
    on(this.comment, "input", () => this.#changed());
    on(this.root, "htmx:beforeRequest", () => this.#sending());
    on(this.root, "htmx:beforeSwap", (event) => this.#beforeSwap(event));
    for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) on(this.root, name, (event) => this.#failed(event));
    on(this.form, "submit", (event) => event.preventDefault());
    on(window, "pagehide", () => this.#left());
    on(window, "online", () => this.lock.beat());
  }

  #identity() {
    const { lock_token: token, version } = this.form.elements;
    return { lock_token: this.lock?.token || token.value, version: version.value };
  }

  #collect() {
    const dirty = this.editor.isDirty();
    return { comment: this.comment.value, response: dirty ? this.editor.value() : null, editing: this.editing };
  }

  #clicked(event) {
    const verdict = event.target.closest("[data-verdict]");
    if (verdict) this.#judge(verdict.dataset.verdict);
    else if (event.target.closest("[data-discard]")) this.#discard();
    else if (event.target.closest("[data-submit-shortcut]")) this.#submitWhatIsMeant();
    else if (event.target.closest("[data-keep-lock]")) this.lock.beat();
    else if (event.target.closest("[data-send-again]")) this.#judge(this.lastVerdict);
    else if (event.target.closest("[data-drop-draft]")) this.#dropDraft();
  }

  #judge(verdict) {
    if (this.blocked || this.submitting) return;
    if (verdict === "fixed" && !this.editing) return this.#startEditing();
    if (verdict === "rejected" && !this.comment.value.trim()) return this.#askForComment();
    if (verdict === "fixed" && this.editor.error?.()) return this.#say(this.editor.error());
    if (this.editor.isDirty() !== (verdict === "fixed")) return this.#say(verdict === "fixed" ? "Nothing is changed yet." : "Submit or discard your changes first.");
    return this.#submit(verdict);
  }

  #submit(verdict) {
    const { elements } = this.form;
    this.lastVerdict = verdict;
    elements.verdict.value = verdict;
    elements.response.value = verdict === "fixed" ? JSON.stringify(this.editor.value()) : "";
    elements.lock_token.value = this.lock.token;
    this.drafts.mirror();
    this.form.requestSubmit();
  }

  /** Ctrl/Cmd+Enter: what the state of the form means, and nothing when it means nothing. */
  #submitWhatIsMeant() {
    if (this.editor.isDirty()) this.#judge("fixed");
    else if (this.asking === "rejected") this.#judge("rejected");
    else this.#say("Choose: approve, make changes or reject.");
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

  #askForComment() {
    this.asking = "rejected";
    this.commentError.hidden = false;
    this.comment.setAttribute("aria-invalid", "true");
    this.comment.focus();
  }

  #changed() {
    if (this.comment.value.trim()) {
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
    this.#say(dirty ? "Your changes are not submitted yet." : "");
  }

  #sending() {
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
    if (status === 401 || (status === 403 && !parsed(xhr).error)) return this.#signedOut();
    if (REFUSED.includes(status) && parsed(xhr).code !== "invalid") return this.lock.lose({ ...parsed(xhr), text: failureSentence(status, xhr.responseText) });
    return this.banners.show("failed", { text: failureSentence(status, xhr?.responseText || "") });
  }

  #signedOut() {
    this.#stopSending();
    this.drafts.mirror();
    this.banners.show("signed-out");
  }

  #lockTold(state, detail) {
    if (state === "held") this.banners.clear("warning", "expired", "offline", "signed-out");
    if (state === "lost") return this.#lost(detail);
    if (state !== "held" && this.banners.shown !== "lost") this.banners.show(state, detail);
    return undefined;
  }

  #lost(detail) {
    this.blocked = true;
    const moved = detail.code === "version_conflict";
    this.banners.show(moved ? "moved-on" : "lost", detail);
    if (this.#hasWork()) this.drafts.save();
    this.#show();
  }

  #hasWork() { return Boolean(this.comment.value.trim()) || this.editor.isDirty(); }

  #restore() {
    const kept = this.drafts.kept();
    if (!kept || (!kept.comment && !kept.response)) return;
    this.comment.value = kept.comment || this.comment.value;
    if (kept.response) {
      this.#startEditing();
      this.editor.load(kept.response);
    }
    this.banners.show("draft");
  }

  #dropDraft() {
    this.comment.value = "";
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
