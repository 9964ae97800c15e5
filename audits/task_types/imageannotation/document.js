/**
 * The annotations of one response with undo. Items are {key, data, kind}; kind is empty for what cannot be edited here. data
 * is never changed in place, so a view may compare by identity. Every unknown field goes out as it came in.
 */
import { same } from "../difference.js";
import { kindOf } from "./geometry.js";

function newUuid() {
  // randomUUID exists in secure contexts only; the embedded default is plain http on a loopback or a local network.
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class ShapeDocument {
  #response;
  #initial;
  #past = [];
  #future = [];
  #lastTag = null;

  /** `fallback`: what kind vertices without a type are. */
  constructor(response, fallback, changed) {
    this.#response = response && typeof response === "object" ? response : {};
    this.fallback = fallback;
    this.#initial = this.#itemsOf(this.#response, "a");
    this.changed = changed;
    this.#set(this.#initial);
  }

  #itemsOf(response, prefix) {
    const annotations = Array.isArray(response?.annotations) ? response.annotations : [];
    return annotations.map((data, index) => ({ key: `${prefix}${index}`, data, kind: kindOf(data, this.fallback) }));
  }

  #set(items) {
    this.items = items;
    this.shapes = items.filter((item) => item.kind);
    this.places = new Map(items.map((item) => [item.key, item]));
  }

  find(key) { return this.places.get(key); }
  get initial() { return this.#response; }

  value() {
    if (this.items === this.#initial) return this.#response;
    return { ...this.#response, annotations: this.items.map((item) => item.data) };
  }

  isDirty() {
    if (this.items === this.#initial) return false;
    return this.items.length !== this.#initial.length || this.items.some(({ data }, index) => data !== this.#initial[index].data && !same(data, this.#initial[index].data));
  }

  canUndo() { return this.#past.length > 0; }
  canRedo() { return this.#future.length > 0; }

  /** Changes with the same tag in a row (a held arrow key) are one step of undo. */
  #replace(items, tag = null) {
    if (!tag || tag !== this.#lastTag) this.#past.push(this.items);
    this.#lastTag = tag;
    this.#future = [];
    this.#set(items);
    this.changed();
  }

  update(key, fields, tag) {
    this.#replace(this.items.map((item) => (item.key === key ? { ...item, data: { ...item.data, ...fields } } : item)), tag);
  }

  add(kind, fields, label) {
    const data = { uuid: newUuid(), type: kind, label, ...fields };
    this.#replace([...this.items, { key: data.uuid, data, kind }]);
    return data.uuid;
  }

  remove(key) { this.#replace(this.items.filter((item) => item.key !== key)); }

  /** What the other response has and this one has not, by uuid or else by everything; answers how many. */
  copyFrom(response) {
    const uuids = new Set(this.items.map(({ data }) => data?.uuid).filter(Boolean));
    const missing = this.#itemsOf(response, `copy${this.#past.length}-`).filter(({ data }) => (data?.uuid ? !uuids.has(data.uuid) : !this.items.some((item) => same(item.data, data))));
    if (missing.length) this.#replace([...this.items, ...missing]);
    return missing.length;
  }

  undo() { this.#travel(this.#past, this.#future); }
  redo() { this.#travel(this.#future, this.#past); }
  /** A kept draft comes in as one step that can be undone. */
  load(response) { this.#replace(this.#itemsOf(response, `draft${this.#past.length}-`)); }
  reset() { if (this.items !== this.#initial) this.#replace(this.#initial); }

  #travel(from, to) {
    if (!from.length) return;
    to.push(this.items);
    this.#lastTag = null;
    this.#set(from.pop());
    this.changed();
  }
}
