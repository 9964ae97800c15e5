/**
 * Which label each pixel has, with undo by strokes: a byte a pixel, NONE, OTHER (a colour that no label has; it is kept), or
 * 1 + the label's place in `labels`. Nothing here knows the page.
 */
export const NONE = 0;
export const OTHER = 255;
export const MOST_LABELS = 254;
const MOST_STEPS = 200;
const MOST_KEPT_BYTES = 128e6;

export class Mask {
  #past = [];
  #future = [];
  #before = null;
  #touched = null;

  constructor(width, height, values, labels, changed = () => {}) {
    Object.assign(this, { width, height, values, labels, changed, initial: values.slice(), revision: 0 });
    this.#count();
  }

  valueOf(label) { return this.labels.indexOf(label) + 1; }
  labelAt(x, y) { return this.labels[this.values[Math.floor(y) * this.width + Math.floor(x)] - 1] ?? null; }

  begin() {
    this.#before = this.values.slice();
    this.#touched = null;
  }

  /** A round brush drawn from one place to another. `only`: change pixels of that value and no others. Gives what it touched. */
  paint(from, to, radius, value, only = null) {
    const box = clip({ left: Math.floor(Math.min(from.x, to.x) - radius), top: Math.floor(Math.min(from.y, to.y) - radius), right: Math.ceil(Math.max(from.x, to.x) + radius), bottom: Math.ceil(Math.max(from.y, to.y) + radius) }, this);
    if (box.right <= box.left || box.bottom <= box.top) return null;
    const reach = Math.max(0.5, radius) ** 2;
    for (let y = box.top; y < box.bottom; y += 1) this.#row(y, box, (x) => distance2(x + 0.5, y + 0.5, from, to) <= reach, value, only);
    this.#touched = this.#touched ? around(this.#touched, box) : box;
    return box;
  }

  #row(y, { left, right }, covers, value, only) {
    const { values, width } = this;
    for (let x = left, at = y * width + left; x < right; x += 1, at += 1) {
      if (values[at] !== value && (only === null || values[at] === only) && covers(x)) values[at] = value;
    }
  }

  /** Ends a stroke; one that changed nothing is no step. */
  end() {
    const [before, box] = [this.#before, this.#touched];
    this.#before = this.#touched = null;
    if (!before || !box) return;
    const step = { box, before: this.#cut(before, box), after: this.#cut(this.values, box) };
    if (step.before.every((value, at) => value === step.after[at])) return;
    this.#keep(step);
    this.#told();
  }

  /** Escape in mid-stroke. Tells whether there was one. */
  cancel() {
    const [before, box] = [this.#before, this.#touched];
    this.#before = this.#touched = null;
    if (before && box) this.#paste(box, this.#cut(before, box));
    return box;
  }

  #keep(step) {
    this.#past.push(step);
    this.#future = [];
    let bytes = 0;
    const from = this.#past.findLastIndex((one) => (bytes += 2 * one.after.length) > MOST_KEPT_BYTES);
    this.#past = this.#past.slice(Math.max(from + 1, this.#past.length - MOST_STEPS));
  }

  #cut(values, { left, top, right, bottom }) {
    const [wide, found] = [right - left, new Uint8Array((right - left) * (bottom - top))];
    for (let y = top; y < bottom; y += 1) found.set(values.subarray(y * this.width + left, y * this.width + right), (y - top) * wide);
    return found;
  }

  #paste({ left, top, right, bottom }, part) {
    const wide = right - left;
    for (let y = top; y < bottom; y += 1) this.values.set(part.subarray((y - top) * wide, (y - top + 1) * wide), y * this.width + left);
  }

  /** The whole mask at once, as one step: a draft that is put back, or everything as it came. */
  replace(values) {
    const box = { left: 0, top: 0, right: this.width, bottom: this.height };
    const before = this.values.slice();
    if (values.length !== before.length || values.every((value, at) => value === before[at])) return;
    this.values.set(values);
    this.#keep({ box, before, after: values.slice() });
    this.#told();
  }

  reset() { this.replace(this.initial); }
  canUndo() { return this.#past.length > 0; }
  canRedo() { return this.#future.length > 0; }
  undo() { this.#travel(this.#past, this.#future, "before"); }
  redo() { this.#travel(this.#future, this.#past, "after"); }

  #travel(from, to, side) {
    const step = from.pop();
    if (!step) return;
    to.push(step);
    this.#paste(step.box, step[side]);
    this.#told();
  }

  #told() {
    this.revision += 1;
    this.#count();
    this.changed();
  }

  #count() {
    const { values, initial } = this;
    this.counts = new Array(256).fill(0);
    this.isDirty = false;
    for (let at = 0; at < values.length; at += 1) {
      this.counts[values[at]] += 1;
      if (values[at] !== initial[at]) this.isDirty = true;
    }
  }

  /** {label: {added, removed, iou}}: pixels that came and went since `before`, and how far old and new cover each other. */
  changesSince(before = this.initial) {
    const [added, removed, kept] = [1, 2, 3].map(() => new Array(256).fill(0));
    for (let at = 0; at < before.length; at += 1) {
      const [old, now] = [before[at], this.values[at]];
      if (old === now) kept[now] += 1;
      else { added[now] += 1; removed[old] += 1; }
    }
    const found = {};
    for (const [place, label] of this.labels.entries()) {
      const value = place + 1;
      if (added[value] + removed[value]) found[label] = { added: added[value], removed: removed[value], iou: Number((kept[value] / (kept[value] + added[value] + removed[value])).toFixed(3)) };
    }
    return found;
  }
}

const clip = ({ left, top, right, bottom }, { width, height }) => ({ left: Math.max(0, left), top: Math.max(0, top), right: Math.min(width, right), bottom: Math.min(height, bottom) });
const around = (a, b) => ({ left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) });

function distance2(x, y, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share = length ? Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length)) : 0;
  return (x - from.x - share * dx) ** 2 + (y - from.y - share * dy) ** 2;
}
