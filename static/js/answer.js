/** A control task's input or answer, in a task's own form: what it comes to travels as JSON in the field named by the step. */
import { mountEditor } from "./task_types/index.js";

const form = document.querySelector("[data-answer-form]");
const root = form?.querySelector("[data-task-editor]");
if (root) {
  const editor = mountEditor(root, { onChange: () => tell("") });
  const problems = form.querySelector("[data-problems] script");
  if (problems) editor.refuse(JSON.parse(problems.textContent));

  form.addEventListener("submit", (event) => {
    const wrong = editor.error();
    if (wrong) event.preventDefault();
    tell(wrong);
    form.elements[form.dataset.answerForm].value = JSON.stringify(editor.value());
  });
}

function tell(sentence) {
  const place = form.querySelector("[data-answer-error]");
  place.hidden = !sentence;
  place.querySelector("span").textContent = sentence || "";
}
