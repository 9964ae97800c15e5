/**
 * The command palette (Ctrl/Cmd+K): where to go, and what can be done on this page. Places are the links of its template
 * (templates/components/command_palette.html); actions are whatever declares a shortcut and can be pressed now.
 */
import { prettyKeys, press, usableShortcuts } from "./shortcuts.js";

const MOST_SHOWN = 12;
// Tools of a picture are many and seldom looked for here: they come last.
const isTool = (element) => Boolean(element.closest("[role=toolbar], [data-task-editor]"));

class Palette {
  constructor(dialog) {
    Object.assign(this, { dialog, at: 0, found: [], field: dialog.querySelector("[data-palette-field]"), list: dialog.querySelector("[data-palette-list]"), row: dialog.querySelector("template") });
    this.field.addEventListener("input", () => this.#show());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => this.#run(this.found[this.#indexOf(event.target)]));
    this.list.addEventListener("pointermove", (event) => this.#point(this.#indexOf(event.target)));
    // A click on its own button comes too late to know what had the focus: shortcuts need no such care.
    document.addEventListener("click", (event) => event.target.closest("[data-open-palette]") && this.open());
  }

  open() {
    if (this.dialog.open) return this.dialog.close();
    if (document.querySelector("dialog[open]")) return undefined;
    const usable = actions().sort((a, b) => b.isVerdict - a.isVerdict);
    this.commands = [...usable.filter((one) => !one.isTool), ...places(this.dialog), ...usable.filter((one) => one.isTool)];
    this.field.value = "";
    this.dialog.showModal();
    this.#show();
    return this.field.focus();
  }

  #indexOf(element) { return [...this.list.querySelectorAll("[role=option]")].indexOf(element.closest("[role=option]")); }

  #show() {
    const wanted = this.field.value.trim();
    const ranked = this.commands.map((command) => ({ command, rank: rankOf(command.label, wanted) })).filter(({ rank }) => rank > 0);
    ranked.sort((a, b) => b.rank - a.rank);
    this.found = [...(wanted ? ranked.slice(0, MOST_SHOWN) : ranked).map(({ command }) => command), ...searches(this.dialog, wanted)];
    this.list.replaceChildren(...this.found.map((command, index) => this.#option(command, index)));
    this.dialog.querySelector("[data-palette-nothing]").hidden = this.found.length > 0;
    this.#point(0);
  }

  #option({ label, group, keys }, index) {
    const option = this.row.content.firstElementChild.cloneNode(true);
    option.id = `palette-${index}`;
    option.querySelector("[data-label]").textContent = label;
    option.querySelector("[data-group]").textContent = group;
    const key = option.querySelector("kbd");
    key.hidden = !keys;
    key.textContent = keys ? prettyKeys(keys) : "";
    return option;
  }

  #point(index) {
    const options = [...this.list.querySelectorAll("[role=option]")];
    if (index < 0 || index >= options.length) return this.field.removeAttribute("aria-activedescendant");
    this.at = index;
    options.forEach((option, place) => { option.ariaSelected = String(place === index); });
    this.field.setAttribute("aria-activedescendant", options[index].id);
    return options[index].scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const { length } = this.found;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && length) this.#point((this.at + step + length) % length);
    else if (event.key === "Enter") this.#run(this.found[this.at]);
    else return;
    event.preventDefault();
  }

  #run(command) {
    if (!command) return;
    this.dialog.close();
    command.run();
  }
}

function actions() {
  return usableShortcuts().filter((element) => element.dataset.shortcutLabel && !element.hasAttribute("data-open-palette"))
    .map((element) => ({ label: element.dataset.shortcutLabel, group: "", keys: element.dataset.shortcut, isTool: isTool(element), isVerdict: element.matches("[data-verdict]"), run: () => press(element) }));
}

function places(dialog) {
  return [...dialog.querySelectorAll("[data-palette-place]")].map((link) => ({
    label: link.dataset.palettePlace, group: link.dataset.group || "", keys: "", run: () => link.click(),
  }));
}

function searches(dialog, wanted) {
  if (!wanted) return [];
  return [...dialog.querySelectorAll("[data-palette-search]")].map((link) => ({
    label: link.dataset.paletteSearch.replace("{}", wanted), group: "", keys: "", run: () => location.assign(link.href + encodeURIComponent(wanted)),
  }));
}

/** 0: does not fit. Beginnings before words before letters in order; without a wish everything fits as it comes. */
export function rankOf(label, wanted) {
  if (!wanted) return 1;
  const [text, part] = [label.toLowerCase(), wanted.toLowerCase()];
  if (text.startsWith(part)) return 4;
  if (text.includes(` ${part}`)) return 3;
  if (text.includes(part)) return 2;
  let from = 0;
  for (const letter of part) {
    from = text.indexOf(letter, from) + 1;
    if (!from) return 0;
  }
  return 1;
}

export function startPalette() {
  const dialog = document.getElementById("palette");
  if (dialog) new Palette(dialog);
}
