/** Pixels of each label that came and went, and how far old and new cover each other: difference.py in the browser. */
import { compareJson, isObject } from "../difference.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const RECORD = "repainted";
const PICTURES = ["annotations", RECORD];

/** What a mask was painted over is known by its pictures' addresses: a short sum of them (CRC-32). */
export function sumOf(addresses) {
  let sum = ~0;
  for (const byte of new TextEncoder().encode(addresses.join("\n"))) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return (~sum >>> 0).toString(16).padStart(8, "0");
}

const addressOf = (one) => (typeof one === "string" ? one : isObject(one) ? one.image ?? one.url ?? "" : "");

/** Every address that a mask is read from, in one order. */
export function addressesOf(response) {
  const given = isObject(response) && isObject(response.annotations) ? response.annotations : {};
  const { combined } = given;
  const singles = Object.keys(given).filter((name) => name !== "combined").sort().map((name) => addressOf(given[name]));
  return [isObject(combined) ? combined.indexedImage : "", addressOf(combined), ...singles].filter((one) => typeof one === "string" && one);
}

export function compare(before, after) {
  const record = isObject(after) ? after[RECORD] : null;
  if (!isObject(record) || !isObject(record.labels) || record.from !== sumOf(addressesOf(before))) return compareJson(withoutPictures(before), withoutPictures(after));
  const changes = Object.keys(record.labels).sort().map((label) => ({ kind: "repainted", text: sentenceOf(label, record.labels[label]) }));
  return { changes: [...changes, ...compareJson(rest(before), rest(after)).changes], noun: "label" };
}

function sentenceOf(label, told) {
  const [added, removed, iou] = ["added", "removed", "iou"].map((name) => (typeof told?.[name] === "number" ? told[name] : 0));
  return fill(gettext("%(label)s: %(added)s pixels added, %(removed)s removed, IoU %(iou)s"), { label, added: Math.trunc(added), removed: Math.trunc(removed), iou: iou.toFixed(3) });
}

/** A picture inside of the response is no text to read. */
function withoutPictures(response) {
  if (!isObject(response)) return response;
  const { [RECORD]: record, ...others } = response;
  return shortened(others);
}

function shortened(value) {
  if (typeof value === "string" && value.startsWith("data:")) return `picture:${sumOf([value])}`;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]));
}

const rest = (response) => (isObject(response) ? Object.fromEntries(Object.entries(response).filter(([key]) => !PICTURES.includes(key))) : {});
