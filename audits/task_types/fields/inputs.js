/** What a task shows, value by value: pictures, sound and film where a value is the address of such, else text. */
import { safeAddress } from "../../../static/js/parts/attachments.js";
import { jsonTree } from "../json/json_tree.js";
import { namesOf } from "./spec.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const ATTACHED = new Set(["attachment", "attachments", "attachment_type"]);
const KINDS = [["image", /\.(png|jpe?g|gif|webp|avif|svg|bmp)$/i], ["audio", /\.(mp3|ogg|oga|wav|m4a|flac|aac)$/i], ["video", /\.(mp4|webm|ogv|mov)$/i]];
const OWN = /^\/[^/]/;
const PICTURED = /image|img|photo|picture|foto|bild/i;

const make = (name, fields = {}) => Object.assign(document.createElement(name), fields);

function kindOf(name, type, value) {
  if (/^data:image\//i.test(value)) return "image";
  const isAddress = /^https?:\/\//i.test(value) || (OWN.test(value) && (type === "file" || type === "url" || /\/files?\/|\/attachments?\//.test(value)));
  if (!isAddress) return "text";
  const path = value.split(/[?#]/)[0];
  const known = KINDS.find(([, ending]) => ending.test(path));
  if (known) return known[0];
  return PICTURED.test(name) || type === "file" || OWN.test(value) ? "image" : "link";
}

function link(value) {
  const href = safeAddress(value);
  return href.startsWith("http") ? make("a", { href, target: "_blank", rel: "noreferrer noopener", textContent: value }) : text(value);
}

function text(value) { return make("div", { className: "attachment-text", dir: "auto", textContent: value }); }

const SHOW = {
  link: (name, value) => link(value),
  text: (name, value) => text(value),
  audio: (name, value) => make("audio", { src: safeAddress(value), controls: true }),
  video: (name, value) => make("video", { className: "attachment-image", src: safeAddress(value), controls: true }),
  image: (name, value) => {
    const image = make("img", { className: "attachment-image", src: safeAddress(value), alt: fill(gettext("Picture: %(name)s"), { name }) });
    // No picture after all, or one that cannot be had: then its address.
    image.addEventListener("error", () => image.replaceWith(link(value)), { once: true });
    return image;
  },
};

function shown(name, type, value) {
  if (typeof value === "string" && value) return SHOW[kindOf(name, type, value)](name, value);
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.map((one) => shown(name, type.replace(/^array_/, ""), one));
  return jsonTree(value);
}

/** A list of the task's values, in the order of the specification; null where it has none to show. */
export function inputList(params, spec, order) {
  const told = spec && typeof spec === "object" ? spec : {};
  const names = [...new Set([...namesOf(told, order).filter((name) => name in params), ...Object.keys(params)])];
  const open = names.filter((name) => !ATTACHED.has(name) && !told[name]?.hidden);
  if (!open.length) return null;
  const list = make("dl", { className: "task-input" });
  for (const name of open) {
    const box = list.appendChild(make("div"));
    box.append(make("dt", { textContent: told[name]?.title || name, dir: "auto" }), make("dd"));
    box.lastChild.append(...[shown(name, String(told[name]?.type || ""), params[name])].flat());
  }
  return list;
}
