/**
 * A suite on the screen: one task at a time, each with its editor, mounted when it is first shown (an editor that draws
 * must know its size). Submitting sends all answers as JSON; what is refused is said at its task, and nothing is lost.
 */
import { mountEditor } from "../../task_types/index.js";
import { post } from "../audit/requests.js";
import { failureSentence } from "../requests.js";
import { Answers } from "./answers.js";
import { Countdown } from "./countdown.js";

export class Suite {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    Object.assign(this, { root, at: 0, sending: false, words: document.querySelector("[data-words]").dataset });
    this.tasks = [...root.querySelectorAll("[data-task]")].map((section) => new Task(section));
    this.steps = [...root.querySelectorAll("[data-go]")];
    this.parts = { at: find("[data-at]"), progress: find("[data-progress]"), previous: find("[data-previous]"), next: find("[data-next]"), submit: find("[data-submit]"), hint: find("[data-hint]"), banner: find("[data-banner]") };
    this.dialog = document.getElementById("submit-all-the-same");
    this.answers = new Answers(root.dataset.assignment);
    if (!this.answers.isEmpty) this.parts.hint.textContent = this.words.kept;
    root.addEventListener("click", (event) => this.#clicked(event));
    root.addEventListener("submit", () => this.answers.forget());
    this.dialog.querySelector("[data-submit-anyway]").addEventListener("click", () => { this.dialog.close(); this.#send(); });
    this.show(0);
    new Countdown(root, { words: this.words, over: () => this.#over() });
    root.dataset.ready = "";
  }

  #clicked(event) {
    const step = event.target.closest("[data-go]");
    if (step) this.show(Number(step.dataset.go));
    else if (event.target.closest("[data-previous]")) this.show(this.at - 1);
    else if (event.target.closest("[data-next]")) this.show(this.at + 1);
    else if (event.target.closest("[data-submit]")) this.#submit();
  }

  show(index) {
    this.at = Math.min(Math.max(index, 0), this.tasks.length - 1);
    this.tasks.forEach((task, number) => { task.section.hidden = number !== this.at; });
    const task = this.tasks[this.at];
    const number = this.at;
    if (!task.editor) task.mount(this.answers.of(number), () => this.#changed(number));
    task.tellPlaces();
    this.#tell();
  }

  #changed(index) {
    const task = this.tasks[index];
    // An editor tells while it is being made; what was kept is put in after that.
    if (!task.editor) return;
    task.mend();
    this.answers.keep(index, task.editor.value());
    this.#tell();
  }

  #answered(index) { return this.tasks[index].isAnswered || this.answers.of(index) !== undefined; }

  #tell() {
    const { at, progress, previous, next, submit } = this.parts;
    const last = this.at === this.tasks.length - 1;
    at.textContent = this.at + 1;
    progress.value = this.at + 1;
    if (previous) previous.disabled = this.at === 0;
    if (next) next.hidden = last;
    submit.hidden = !last;
    this.steps.forEach((step, index) => this.#tellStep(step, index));
  }

  #tellStep(step, index) {
    const state = this.tasks[index].isWrong ? "wrong" : this.#answered(index) ? "answered" : "";
    step.dataset.state = state;
    step.toggleAttribute("aria-current", index === this.at);
    step.querySelector("[data-step-state]").textContent = { wrong: this.words.wrong, answered: this.words.answered }[state] || this.words.noAnswer;
  }

  #submit() {
    if (this.sending) return;
    const broken = this.tasks.findIndex((task) => task.editor?.error());
    if (broken >= 0) return this.#refuse({ [broken]: this.tasks[broken].editor.error() });
    const open = this.tasks.filter((_, index) => !this.#answered(index)).length;
    if (!open) return this.#send();
    this.dialog.querySelector("[data-question]").textContent = open === 1 ? this.words.unansweredOne : this.words.unanswered.replace("{n}", open);
    return this.dialog.showModal();
  }

  async #send() {
    this.#busy(true);
    const solutions = this.tasks.map((task, index) => task.editor?.value() ?? this.answers.of(index) ?? task.initial);
    const stop = this.root.querySelector("[data-stop]").checked ? "1" : "";
    const { ok, status, body } = await post(this.root.dataset.submitUrl, { solutions: JSON.stringify(solutions), stop });
    if (ok) {
      this.answers.forget();
      location.assign(body.url);
      return;
    }
    this.#busy(false);
    if (body.over) this.answers.forget();
    if (status === 0) this.#say(this.words.notSent);
    else if (status === 401 || (status === 403 && !body.error)) this.#say(this.words.signedOut);
    else if (Object.keys(body.fields || {}).length) this.#refuse(body.fields, body.places);
    else this.#say(failureSentence(status, JSON.stringify(body)));
  }

  #busy(sending) {
    this.sending = sending;
    this.parts.submit.disabled = sending;
    this.parts.submit.toggleAttribute("aria-busy", sending);
    if (sending) this.parts.banner.hidden = true;
  }

  /** {index: sentence}: said at each task, and the first of them shown; `places`: {index: {field: sentence}} for its form. */
  #refuse(fields, places = {}) {
    for (const [index, sentence] of Object.entries(fields)) this.tasks[index]?.refuse(sentence, places[index]);
    this.show(Number(Object.keys(fields)[0]));
  }

  #say(text) {
    this.parts.banner.querySelector("[data-banner-text]").textContent = text;
    this.parts.banner.hidden = false;
  }

  #over() {
    this.#say(this.words.over);
    this.parts.submit.disabled = true;
    this.answers.forget();
  }
}

/** One task: its section, and its editor once it has been shown. */
class Task {
  constructor(section) {
    Object.assign(this, { section, editor: null, root: section.querySelector("[data-task-editor]"), problem: section.querySelector("[data-task-error]") });
    this.initial = JSON.parse(this.root.querySelector(":scope > [data-response] script").textContent);
  }

  get isAnswered() { return Boolean(this.editor?.isDirty()); }
  get isWrong() { return !this.problem.hidden; }

  mount(kept, changed) {
    const editor = mountEditor(this.root, { onChange: changed });
    this.editor = editor;
    if (kept !== undefined) editor.load(kept);
  }

  refuse(sentence, places) {
    this.places = places;
    this.problem.querySelector("[data-task-error-text]").textContent = sentence;
    this.problem.hidden = false;
  }

  /** Once it is on the page: the field that is wrong takes the focus. */
  tellPlaces() {
    if (Object.keys(this.places || {}).length) this.editor.refuse(this.places);
    this.places = null;
  }

  mend() { this.problem.hidden = true; }
}
