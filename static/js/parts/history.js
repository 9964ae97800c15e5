/** Undo for an editor whose whole state is one value. `show` draws a value; `same` compares two. */
export class History {
  #past = [];
  #future = [];
  #tag = null;

  constructor(initial, { show, same, changed }) {
    Object.assign(this, { initial, now: initial, show, same, changed });
  }

  /** Changes with the same tag in a row (letters of one field) are one step of undo. */
  set(value, tag = null) {
    if (this.same(value, this.now)) return;
    if (!tag || tag !== this.#tag) this.#past.push(this.now);
    this.#tag = tag;
    this.#future = [];
    this.#go(value);
  }

  #go(value) {
    this.now = value;
    this.show(value);
    this.changed(this.isDirty());
  }

  isDirty() { return !this.same(this.now, this.initial); }

  undo() {
    if (!this.#past.length) return;
    this.#future.push(this.now);
    this.#tag = null;
    this.#go(this.#past.pop());
  }

  redo() {
    if (!this.#future.length) return;
    this.#past.push(this.now);
    this.#tag = null;
    this.#go(this.#future.pop());
  }
}
