/** From which choice to which: difference.py in the browser. */
import { compareJson, inWords, same } from "../difference.js";

export function compare(before, after) {
  const [old, now] = [before?.choice ?? null, after?.choice ?? null];
  const changes = same(old, now) ? [] : [{ kind: "changed", text: `${inWords(old)} → ${inWords(now)}` }];
  return { changes: [...changes, ...compareJson(rest(before), rest(after)).changes], noun: "choice" };
}

const rest = (response) => Object.fromEntries(Object.entries(response ?? {}).filter(([key]) => key !== "choice"));
