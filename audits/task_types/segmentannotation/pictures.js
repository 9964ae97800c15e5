/**
 * Masks out of the pictures that a response names, and back into pictures. Read first: annotations.combined.indexedImage (grey
 * value = labelMapping[label].index), else combined.image (by colour), else one picture for each label.
 */
import { safeAddress } from "../../../static/js/parts/attachments.js";
import { isObject } from "../difference.js";
import { writeColour } from "./labels.js";
import { NONE, OTHER } from "./mask.js";

const MOST_PIXELS = 60e6;

export const addressOf = (one) => (typeof one === "string" ? one : one?.image ?? one?.url ?? "");
const combinedOf = (response) => (isObject(response?.annotations) ? response.annotations.combined : null);
const singlesOf = (response) => (isObject(response?.annotations) ? Object.entries(response.annotations).filter(([name, one]) => name !== "combined" && addressOf(one)) : []);

async function pixelsOf(address) {
  const image = new Image();
  // Another origin has to allow reading; showing it needs no such word.
  if (!address.startsWith("data:")) image.crossOrigin = "anonymous";
  image.src = safeAddress(address) || "data:,";
  await image.decode();
  if (image.naturalWidth * image.naturalHeight > MOST_PIXELS) throw new RangeError("too large");
  const context = contextOf(image.naturalWidth, image.naturalHeight);
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.naturalWidth, image.naturalHeight);
}

function contextOf(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return canvas.getContext("2d", { willReadFrequently: true });
}

/**
 * {width, height, values, keeps}: `keeps` are pictures as they came, {image, indexedImage}, where some pixels are of no label, and
 * the colour of the background; rejects where a picture cannot be read. `size`: of a mask that is not there yet.
 */
export async function readMask(response, labels, size) {
  const combined = combinedOf(response);
  const given = { image: addressOf(combined), indexedImage: combined?.indexedImage };
  if (typeof given.indexedImage === "string") return withKept(byNumber(await pixelsOf(given.indexedImage), labels), given);
  if (given.image) return withKept(byColour(await pixelsOf(given.image), labels), given);
  const singles = await Promise.all(singlesOf(response).map(async ([name, one]) => [name, await pixelsOf(addressOf(one))]));
  return bySingle(singles, labels, size);
}

async function withKept(mask, given) {
  const keeps = { background: mask.background };
  if (!mask.values.includes(OTHER)) return { ...mask, keeps };
  const wanted = Object.entries(given).filter(([, address]) => address);
  return { ...mask, keeps: { ...keeps, ...Object.fromEntries(await Promise.all(wanted.map(async ([name, address]) => [name, await pixelsOf(address)]))) } };
}

function byNumber(pixels, labels) {
  const table = new Uint8Array(256).fill(OTHER);
  table[0] = NONE;
  labels.forEach(({ index }, place) => { if (index >= 0 && index < 256) table[index] = place + 1; });
  const values = new Uint8Array(pixels.width * pixels.height);
  for (let at = 0; at < values.length; at += 1) values[at] = pixels.data[4 * at + 3] < 128 ? NONE : table[pixels.data[4 * at]];
  return { width: pixels.width, height: pixels.height, values };
}

function byColour(pixels, labels) {
  const known = new Map([[0, NONE], ...labels.map(({ colour: [r, g, b] }, place) => [(r << 16) | (g << 8) | b, place + 1])]);
  const values = new Uint8Array(pixels.width * pixels.height);
  const { data } = pixels;
  for (let at = 0, from = 0; at < values.length; at += 1, from += 4) {
    values[at] = data[from + 3] < 128 ? NONE : known.get((data[from] << 16) | (data[from + 1] << 8) | data[from + 2]) ?? OTHER;
  }
  const empty = values.indexOf(NONE);
  return { width: pixels.width, height: pixels.height, values, background: empty < 0 ? 0 : packed([...data.subarray(4 * empty, 4 * empty + 3)], data[4 * empty + 3]) };
}

/** A picture with transparency says it by that; one without by what is not black. */
function bySingle(singles, labels, size) {
  const { width, height } = singles[0]?.[1] ?? size;
  const values = new Uint8Array(width * height);
  for (const [name, { data, width: wide, height: high }] of singles) {
    if (wide !== width || high !== height) throw new RangeError("pictures of several sizes");
    const value = labels.findIndex((one) => one.name === name) + 1;
    const isClear = hasHoles(data);
    for (let at = 0; at < values.length; at += 1) if (isClear ? data[4 * at + 3] > 127 : data[4 * at] || data[4 * at + 1] || data[4 * at + 2]) values[at] = value;
  }
  return { width, height, values, keeps: {} };
}

function hasHoles(data) {
  for (let at = 3; at < data.length; at += 4) if (data[at] < 128) return true;
  return false;
}

function pictureOf({ width, height, values }, table, keeps) {
  const context = contextOf(width, height);
  const pixels = context.createImageData(width, height);
  const words = new Uint32Array(pixels.data.buffer);
  const kept = keeps && new Uint32Array(keeps.data.buffer);
  for (let at = 0; at < values.length; at += 1) words[at] = kept && values[at] === OTHER ? kept[at] : table[values[at]];
  context.putImageData(pixels, 0, 0);
  return context.canvas.toDataURL("image/png");
}

// As a canvas has them in memory: red first, on every machine that runs a browser.
export const packed = ([r, g, b], alpha = 255) => ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;

function tableOf(labels, colour, none = 0) {
  const table = new Uint32Array(256);
  table[NONE] = none;
  labels.forEach((label, place) => { table[place + 1] = colour(label, place); });
  return table;
}

const BLACK = [0, 0, 0];
const singlePicture = (name, mask, labels) => pictureOf(mask, tableOf(labels, (label) => packed(label.name === name ? [255, 255, 255] : BLACK), packed(BLACK)));

/** The response with its pictures drawn anew, in the places where it had them. */
export function writeMask(response, mask, labels, keeps) {
  const singles = new Map(singlesOf(response));
  const annotations = { ...(isObject(response?.annotations) ? response.annotations : {}) };
  for (const name of singles.size ? Object.keys(mask.changesSince()) : []) annotations[name] = put(singles.get(name) ?? [...singles.values()][0], singlePicture(name, mask, labels));
  const combined = combinedOf(response);
  if (combined || !singles.size) annotations.combined = combinedPicture(combined, mask, labels, keeps);
  return { ...response, annotations, labelMapping: mappingOf(response, mask, labels) };
}

const put = (one, image) => (typeof one === "string" ? image : one && "url" in one && !("image" in one) ? { ...one, url: image } : { ...one, image });

function combinedPicture(combined, mask, labels, keeps) {
  const made = put(combined ?? {}, pictureOf(mask, tableOf(labels, ({ colour }) => packed(colour), keeps.background), keeps.image));
  if (typeof made === "string" || (combined && !combined.indexedImage)) return made;
  return { ...made, indexedImage: pictureOf(mask, tableOf(labels, ({ index }) => packed([index, index, index]), packed(BLACK)), keeps.indexedImage) };
}

/** A label that is used now has to be named. */
function mappingOf(response, mask, labels) {
  const mapping = { ...(isObject(response?.labelMapping) ? response.labelMapping : {}) };
  for (const [place, { name, colour, index }] of labels.entries()) if (!(name in mapping) && mask.counts[place + 1]) mapping[name] = { index, color: writeColour(colour) };
  return mapping;
}
