/**
 * The annotations of one response with undo. Items are {key, data, isBox}; data is never changed in place, so a view may
 * compare by identity. Everything that is not a box, and every unknown field, goes out as it came in.
 */
function isBox(annotation) {
  const numbers = ["left", "top", "width", "height"].every((name) => Number.isFinite(annotation?.[name]));
  return numbers && (annotation.type === undefined || annotation.type === "box");
}

function itemsOf(response, prefix) {
  const annotations = Array.isArray(response?.annotations) ? response.annotations : [];
  return annotations.map((data, index) => ({ key: `${prefix}${index}`, data, isBox: isBox(data) }));
}

function newUuid() {
  // randomUUID exists in secure contexts only; the embedded default is plain http on a loopback or a local network.
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class BoxDocument {
  #response;
  #initial;
  #past = [];
  #future = [];
  #lastTag = null;

  constructor(response, changed) {
    this.#response = response && typeof response === "object" ? response : {};
    this.#initial = itemsOf(this.#response, "a");
    this.items = this.#initial;
    this.changed = changed;
  }

  get boxes() { return this.items.filter((item) => item.isBox); }
  get others() { return this.items.filter((item) => !item.isBox); }
  find(key) { return this.items.find((item) => item.key === key); }

  value() {
    if (this.items === this.#initial) return this.#response;
    return { ...this.#response, annotations: this.items.map((item) => item.data) };
  }

  isDirty() {
    return this.items !== this.#initial && JSON.stringify(this.items.map((i) => i.data)) !== JSON.stringify(this.#initial.map((i) => i.data));
  }

  canUndo() { return this.#past.length > 0; }
  canRedo() { return this.#future.length > 0; }

  /** Changes with the same tag in a row (a held arrow key) are one step of undo. */
  #replace(items, tag = null) {
    if (!tag || tag !== this.#lastTag) this.#past.push(this.items);
    this.#lastTag = tag;
    this.#future = [];
    this.items = items;
    this.changed();
  }

  update(key, fields, tag) {
    this.#replace(this.items.map((item) => (item.key === key ? { ...item, data: { ...item.data, ...fields } } : item)), tag);
  }

  add(rect, label) {
    const data = { uuid: newUuid(), type: "box", label, ...rect };
    this.#replace([...this.items, { key: data.uuid, data, isBox: true }]);
    return data.uuid;
  }

  remove(key) {
    this.#replace(this.items.filter((item) => item.key !== key));
  }

  undo() { this.#travel(this.#past, this.#future); }
  redo() { this.#travel(this.#future, this.#past); }
  /** A kept draft comes in as one step that can be undone. */
  load(response) { this.#replace(itemsOf(response, `draft${this.#past.length}-`)); }
  reset() { if (this.items !== this.#initial) this.#replace(this.#initial); }

  #travel(from, to) {
    if (!from.length) return;
    to.push(this.items);
    this.items = from.pop();
    this.#lastTag = null;
    this.changed();
  }
}
