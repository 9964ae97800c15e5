/** Undo for an editor whose whole state is one value. `show` draws a value; `same` compares two. */
export class History {
  #past = [];
  #future = [];

  constructor(initial, { show, same, changed }) {
    Object.assign(this, { initial, now: initial, show, same, changed });
  }

  set(value) {
    if (this.same(value, this.now)) return;
    this.#past.push(this.now);
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
    this.#go(this.#past.pop());
  }

  redo() {
    if (!this.#future.length) return;
    this.#past.push(this.now);
    this.#go(this.#future.pop());
  }
}
