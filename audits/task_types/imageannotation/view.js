/** Draws a BoxDocument into the overlay's layer. Only what changed is touched: 2,000 boxes stay quick to drag among. */
import { HANDLES } from "./geometry.js";
import { paint } from "./labels.js";

const SVG = "http://www.w3.org/2000/svg";
const HANDLE_PX = 9;
const HIT_PX = matchMedia("(pointer: coarse)").matches ? 34 : 18;

export function svgElement(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function setRect(element, rect) {
  element.setAttribute("x", rect.left);
  element.setAttribute("y", rect.top);
  element.setAttribute("width", rect.width);
  element.setAttribute("height", rect.height);
}

export class BoxView {
  #nodes = new Map();
  #selected = null;
  #scale = 1;

  /** What is chosen is drawn in a second picture above the first: a drag repaints that one alone. */
  constructor(layer, topLayer) {
    this.shapes = layer.appendChild(svgElement("g"));
    this.boxes = layer.appendChild(svgElement("g"));
    this.top = topLayer.appendChild(svgElement("g"));
    this.handles = topLayer.appendChild(svgElement("g"));
    this.draft = topLayer.appendChild(svgElement("rect", { class: "box-draft", visibility: "hidden" }));
  }

  render(items, labels, selected, editable) {
    const known = new Set(items.map((item) => item.key));
    for (const [key, node] of this.#nodes) if (!known.has(key)) { node.group.remove(); this.#nodes.delete(key); }
    const fresh = items.filter((item) => !this.#nodes.has(item.key));
    for (const item of items) this.#draw(item, labels);
    if (fresh.length) this.#sortByArea(items);
    this.#select(selected);
    this.#drawHandles(editable);
  }

  #draw(item, labels) {
    const node = this.#nodes.get(item.key) || this.#create(item);
    if (node.data === item.data) return;
    node.data = item.data;
    paint(node.group, labels.indexOf(item.data.label));
    node.text.textContent = item.data.label ?? "no label";
    this.place(item.key, item.data);
  }

  #create(item) {
    const group = svgElement("g", { class: "box", "data-key": item.key });
    const under = group.appendChild(svgElement("rect", { class: "box__under" }));
    const rect = group.appendChild(svgElement("rect"));
    const text = group.appendChild(svgElement("text", { dy: "-0.45em" }));
    const node = { group, under, rect, text, data: null };
    this.#nodes.set(item.key, node);
    this.boxes.append(group);
    return node;
  }

  /** Small boxes over large ones, so that each can be reached by a click. */
  #sortByArea(items) {
    const ordered = [...items].sort((a, b) => b.data.width * b.data.height - a.data.width * a.data.height);
    this.boxes.append(...ordered.map((item) => this.#nodes.get(item.key).group));
  }

  #select(key) {
    const before = this.#nodes.get(this.#selected);
    if (before && this.#selected !== key) {
      before.group.removeAttribute("data-selected");
      this.boxes.append(before.group);
    }
    this.#selected = key;
    const node = this.#nodes.get(key);
    node?.group.setAttribute("data-selected", "");
    if (node && node.group.parentNode !== this.top) this.top.append(node.group);
  }

  /** Shows a box elsewhere without changing the document: the picture of a drag. */
  place(key, rect) {
    const node = this.#nodes.get(key);
    setRect(node.under, rect);
    setRect(node.rect, rect);
    node.text.setAttribute("x", rect.left);
    node.text.setAttribute("y", rect.top);
    if (key === this.#selected) this.#placeHandles(rect);
  }

  #drawHandles(editable) {
    const node = this.#nodes.get(this.#selected);
    if (!node || !editable) return this.handles.replaceChildren();
    if (!this.handles.childElementCount) {
      for (const name of HANDLES) {
        this.handles.append(svgElement("rect", { class: "handle", "data-handle": name, rx: 1 }), svgElement("rect", { class: "handle--hit", "data-handle": name }));
      }
    }
    return this.#placeHandles(node.data);
  }

  #placeHandles(rect) {
    for (const element of this.handles.children) {
      const name = element.dataset.handle;
      const size = (element.classList.contains("handle") ? HANDLE_PX : HIT_PX) / this.#scale;
      const x = rect.left + rect.width * (name.includes("w") ? 0 : name.includes("e") ? 1 : 0.5);
      const y = rect.top + rect.height * (name.includes("n") ? 0 : name.includes("s") ? 1 : 0.5);
      setRect(element, { left: x - size / 2, top: y - size / 2, width: size, height: size });
    }
  }

  setScale(scale) {
    this.#scale = scale;
    const node = this.#nodes.get(this.#selected);
    if (node) this.#placeHandles(node.data);
  }

  showDraft(rect) {
    this.draft.setAttribute("visibility", rect ? "visible" : "hidden");
    if (rect) setRect(this.draft, rect);
  }

  /** Polygons, lines and points are shown, not edited. */
  drawShapes(items, labels) {
    this.shapes.replaceChildren(...items.map((item) => shapeOf(item.data, labels)).filter(Boolean));
  }
}

function shapeOf(data, labels) {
  const points = (data?.vertices || data?.points || []).map((point) => `${point.x},${point.y}`).join(" ");
  const shape = points ? svgElement(data.type === "line" ? "polyline" : "polygon", { points, class: "shape" })
    : Number.isFinite(data?.x) ? svgElement("circle", { cx: data.x, cy: data.y, r: 4, class: "shape" }) : null;
  if (shape) paint(shape, labels.indexOf(data.label));
  return shape;
}
