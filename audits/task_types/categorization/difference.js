/** From which categories to which: difference.py in the browser. */
import { compareJson, inWords } from "../difference.js";

const KEYS = ["category", "categories"];

export function compare(before, after) {
  const [old, now] = [chosen(before), chosen(after)];
  const changes = old.join("\n") === now.join("\n") ? [] : [{ kind: "changed", text: `${list(old)} → ${list(now)}` }];
  return { changes: [...changes, ...compareJson(rest(before), rest(after)).changes], noun: "category" };
}

function chosen(response) {
  return KEYS.flatMap((key) => response?.[key] ?? []).map(String);
}

const list = (names) => inWords(names.join(", "));

function rest(response) {
  return Object.fromEntries(Object.entries(response ?? {}).filter(([key]) => ![...KEYS, "is_customer_fix"].includes(key)));
}
