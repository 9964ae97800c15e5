/** JSON as nested lists that a person can read. */
import { gettext } from "../../../static/js/parts/words.js";

function scalar(value) {
  const node = document.createElement("span");
  const empty = value === null || value === undefined || value === "";
  node.textContent = empty ? gettext("empty") : String(value);
  node.className = empty ? "empty-value" : "";
  node.dir = "auto";
  return node;
}

function listTree(values) {
  if (!values.length) return scalar(null);
  const list = document.createElement("ol");
  for (const value of values) {
    const item = document.createElement("li");
    item.append(branch(value));
    list.append(item);
  }
  return list;
}

function objectTree(object) {
  const entries = Object.entries(object);
  if (!entries.length) return scalar(null);
  const list = document.createElement("dl");
  for (const [name, value] of entries) {
    const term = Object.assign(document.createElement("dt"), { textContent: name });
    const detail = document.createElement("dd");
    detail.append(branch(value));
    list.append(term, detail);
  }
  return list;
}

function branch(value) {
  if (Array.isArray(value)) return listTree(value);
  return value && typeof value === "object" ? objectTree(value) : scalar(value);
}

export function jsonTree(value) {
  const tree = document.createElement("div");
  tree.className = "json-tree";
  tree.append(branch(value));
  return tree;
}
