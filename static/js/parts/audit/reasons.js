/**
 * The project's reasons as buttons that stay pressed. Digits press them, arrows go from one to the next; any other character
 * goes on in the comment, so that "R 2 too small" is a rejection with a reason and a comment.
 */
export class Reasons {
  constructor(group, { comment, changed }) {
    Object.assign(this, { group, comment, changed, wanted: new Set() });
    group.addEventListener("click", (event) => this.#toggle(event.target.closest("button")));
    group.addEventListener("keydown", (event) => this.#key(event));
  }

  get buttons() { return [...this.group.querySelectorAll("button")]; }
  get chosen() { return this.buttons.filter((button) => button.ariaPressed === "true").map((button) => button.value); }

  fill(reasons) {
    this.group.replaceChildren(...reasons.map((reason, index) => reasonButton(reason, index)));
    this.#press(this.wanted);
  }

  set(reasons) {
    this.wanted = new Set(reasons);
    this.#press(this.wanted);
  }

  #press(wanted) { for (const button of this.buttons) button.ariaPressed = String(wanted.has(button.value)); }

  /** Where there is nothing to choose from, false. */
  focus() {
    this.buttons[0]?.focus();
    return this.buttons.length > 0;
  }

  #toggle(button) {
    if (!button) return;
    button.ariaPressed = String(button.ariaPressed !== "true");
    this.wanted = new Set(this.chosen);
    this.changed();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { buttons } = this;
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (/^[1-9]$/.test(event.key)) this.#take(event, () => this.#toggle(buttons[Number(event.key) - 1]));
    else if (step) this.#take(event, () => buttons[(at + step + buttons.length) % buttons.length].focus());
    else if (event.key === "Escape") this.#take(event, () => this.group.closest("[data-audit-workspace]").focus());
    // The character itself lands in the field that has the focus when its key event is over.
    else if (event.key.length === 1 && event.key !== " ") { event.stopPropagation(); this.comment.focus(); }
  }

  #take(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

function reasonButton(reason, index) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "reason", value: reason, ariaPressed: "false" });
  button.append(Object.assign(document.createElement("span"), { textContent: reason, dir: "auto" }));
  if (index < 9) button.append(Object.assign(document.createElement("kbd"), { textContent: index + 1, ariaHidden: "true" }));
  return button;
}
