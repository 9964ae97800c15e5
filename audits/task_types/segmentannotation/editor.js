/**
 * A segmentation as an overlay on its picture; the response itself is edited as JSON. Markup: editor.html. response
 * {"annotations": {"combined": {"image": address}} | {label: address}, "labelMapping": {label: {"color": "#rrggbb"}}}.
 */
import { safeAddress } from "../../../static/js/parts/attachments.js";
import { JsonField } from "../json/field.js";

export { compare } from "./difference.js";

const addressOf = (one) => (typeof one === "string" ? one : one?.image ?? one?.url ?? "");

/** [[label, address]]: the combined picture where there is one, else one for each label. */
function masksOf(response) {
  const given = response?.annotations && typeof response.annotations === "object" ? response.annotations : {};
  if (addressOf(given.combined)) return [["combined", addressOf(given.combined)]];
  return Object.entries(given).map(([label, one]) => [label, addressOf(one)]).filter(([, address]) => address);
}

function coloursOf(response) {
  return Object.entries(response?.labelMapping || {}).map(([label, one]) => [label, String(one?.color ?? one ?? "")]).filter(([, colour]) => /^#[0-9a-f]{3,8}$/i.test(colour));
}

class SegmentViewer {
  constructor(root, { attachmentUrl, params }) {
    const find = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { root, ending: new AbortController(), parts: Object.fromEntries(["image", "masks", "labels", "opacity", "strength", "none", "segments"].map((name) => [name, find(name)])) });
    this.parts.image.src = safeAddress(attachmentUrl || params?.attachment || "") || "data:,";
    const { signal } = this.ending;
    this.parts.opacity.addEventListener("input", () => this.#setOpacity(), { signal });
    const hide = root.querySelector("[data-action=hide]");
    hide.addEventListener("click", () => hide.setAttribute("aria-pressed", this.parts.masks.toggleAttribute("hidden")), { signal });
  }

  show(response) {
    const masks = masksOf(response);
    const { parts } = this;
    parts.masks.replaceChildren(...masks.map(([, address]) => Object.assign(document.createElement("img"), { src: safeAddress(address), alt: "", className: "segments__mask" })));
    parts.labels.replaceChildren(...coloursOf(response).map(([label, colour]) => this.#label(label, colour)));
    parts.none.hidden = masks.length > 0;
    this.#setOpacity();
  }

  #label(label, colour) {
    const item = document.createElement("li");
    const swatch = item.appendChild(Object.assign(document.createElement("span"), { className: "swatch" }));
    swatch.style.backgroundColor = colour;
    item.append(label);
    return item;
  }

  #setOpacity() {
    this.parts.masks.style.opacity = this.parts.opacity.value / 100;
    this.parts.strength.textContent = `${this.parts.opacity.value} %`;
  }
}

export function mount(root, options) {
  const viewer = new SegmentViewer(root, options);
  const field = new JsonField(root, { ...options, shown: (value) => viewer.show(value) });
  viewer.show(options.response);
  return { ...field.contract(), destroy: () => { viewer.ending.abort(); field.destroy(); } };
}
