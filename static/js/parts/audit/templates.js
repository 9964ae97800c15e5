/** Comment templates: a list that is narrowed by typing; Enter puts one into the comment. New ones are kept from the comment. */
import { failureSentence } from "../requests.js";
import { showToast } from "../toasts.js";
import { post } from "./requests.js";
import { changeTemplates } from "./tools.js";

export class Templates {
  constructor(dialog, current) {
    Object.assign(this, { dialog, current, at: 0, search: dialog.querySelector("[data-template-search]"), list: dialog.querySelector("[data-template-list]"), row: dialog.querySelector("template") });
    new MutationObserver(() => dialog.open && this.#opened()).observe(dialog, { attributeFilter: ["open"] });
    this.search.addEventListener("input", () => this.#show());
    this.search.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("click", (event) => this.#clicked(event.target));
  }

  #opened() {
    this.search.value = "";
    const { tools, comment } = this.current();
    const text = comment.value.trim();
    const adding = this.dialog.querySelector("[data-template-add]");
    adding.hidden = !text;
    adding.querySelector("[data-template-text]").textContent = text;
    adding.querySelector("[data-add-template='everybody']").hidden = !tools?.may_share;
    this.#show();
    this.search.focus();
  }

  get #found() {
    const wanted = this.search.value.trim().toLowerCase();
    return (this.current().tools?.templates || []).filter(({ text }) => text.toLowerCase().includes(wanted));
  }

  #show(at = 0) {
    this.at = at;
    const rows = this.#found.map((template, index) => this.#row(template, index));
    this.list.replaceChildren(...rows);
    this.dialog.querySelector("[data-no-template]").hidden = rows.length > 0;
    this.#mark();
  }

  #row({ id, text, mine }, index) {
    const row = this.row.content.firstElementChild.cloneNode(true);
    const option = row.querySelector("[role=option]");
    Object.assign(option, { id: `template-${index}` });
    option.querySelector("[data-text]").textContent = text;
    row.querySelector("[data-shared]").hidden = mine;
    const remove = row.querySelector("[data-delete-template]");
    remove.dataset.deleteTemplate = id;
    remove.hidden = !mine && !this.current().tools.may_share;
    return row;
  }

  #mark() {
    const options = [...this.list.querySelectorAll("[role=option]")];
    options.forEach((option, index) => { option.ariaSelected = String(index === this.at); });
    this.search.setAttribute("aria-activedescendant", options[this.at]?.id || "");
    options[this.at]?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { length } = this.#found;
    if (step && length) {
      event.preventDefault();
      this.at = (this.at + step + length) % length;
      this.#mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#take(this.#found[this.at]);
    }
  }

  #clicked(element) {
    const option = element.closest("[role=option]");
    const remove = element.closest("[data-delete-template]");
    const add = element.closest("[data-add-template]");
    if (remove) this.#delete(remove.dataset.deleteTemplate);
    else if (add) this.#add(add.dataset.addTemplate === "everybody");
    else if (option) this.#take(this.#found[[...this.list.querySelectorAll("[role=option]")].indexOf(option)]);
  }

  #take(template) {
    if (!template) return;
    const { comment } = this.current();
    this.dialog.close();
    comment.focus();
    comment.value = comment.value.trim() ? `${comment.value.trimEnd()}\n${template.text}` : template.text;
    comment.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async #add(everybody) {
    const { comment } = this.current();
    const values = everybody ? { text: comment.value, for_everybody: "on" } : { text: comment.value };
    const { ok, status, body } = await post(this.dialog.dataset.addUrl, values);
    if (!ok) return showToast("error", failureSentence(status, JSON.stringify(body)));
    await changeTemplates((all) => (body.mine ? [body, ...all.filter((one) => one.id !== body.id)] : [...all.filter((one) => one.id !== body.id), body]));
    this.dialog.querySelector("[data-template-add]").hidden = true;
    return this.#show();
  }

  async #delete(id) {
    const { ok, status, body } = await post(this.dialog.dataset.deleteUrl.replace("0".repeat(32), id), {});
    if (!ok) return showToast("error", failureSentence(status, JSON.stringify(body)));
    await changeTemplates((all) => all.filter((one) => one.id !== id));
    this.#show(Math.max(0, this.at - 1));
    return this.search.focus();
  }
}
