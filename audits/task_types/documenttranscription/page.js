/** The page with the places of its fields: the place of the field in hand stands out, a click on one goes to its field. */
import { safeAddress } from "../../../static/js/parts/attachments.js";

const SVG = "http://www.w3.org/2000/svg";

export function outlineOf(one) {
  const corners = Array.isArray(one?.vertices) ? one.vertices : [];
  if (corners.length > 2 && corners.every((c) => Number.isFinite(c?.x) && Number.isFinite(c?.y))) return corners;
  if (!["left", "top", "width", "height"].every((side) => Number.isFinite(one?.[side]))) return [];
  const [right, bottom] = [one.left + one.width, one.top + one.height];
  return [{ x: one.left, y: one.top }, { x: right, y: one.top }, { x: right, y: bottom }, { x: one.left, y: bottom }];
}

export class Page {
  constructor(parts, { chosen, signal }) {
    Object.assign(this, { parts, zoom: 1 });
    const { image, overlay, message } = parts;
    image.addEventListener("load", () => {
      message.hidden = true;
      overlay.setAttribute("viewBox", `0 0 ${image.naturalWidth} ${image.naturalHeight}`);
    }, { signal });
    image.addEventListener("error", () => { message.hidden = false; }, { signal });
    overlay.addEventListener("click", (event) => event.target.dataset.place && chosen(Number(event.target.dataset.place)), { signal });
  }

  show(address) { this.parts.image.src = safeAddress(address); }

  /** `fields` are [{index, one}] of this page. */
  draw(fields, selected) {
    this.parts.overlay.replaceChildren(...fields.map(({ index, one }) => this.#shape(index, one, selected)).filter(Boolean));
  }

  #shape(index, one, selected) {
    const corners = outlineOf(one);
    if (!corners.length) return null;
    const shape = document.createElementNS(SVG, "polygon");
    shape.setAttribute("points", corners.map(({ x, y }) => `${x},${y}`).join(" "));
    shape.setAttribute("class", "document__place");
    shape.dataset.place = index;
    shape.toggleAttribute("data-selected", index === selected);
    return shape;
  }

  setZoom(zoom) {
    this.zoom = Math.min(5, Math.max(0.5, zoom));
    this.parts.page.style.inlineSize = `${this.zoom * 100}%`;
    this.parts.zoom.textContent = `${Math.round(this.zoom * 100)} %`;
  }

  reveal() { this.parts.overlay.querySelector("[data-selected]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); }
}
