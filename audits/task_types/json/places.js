/** On which line each value of a JSON text stands: Map of "/a/0" to a line counted from 1. The text is valid JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

export function linesOf(text) {
  const lines = new Map();
  const stack = [];
  let [line, seen, key] = [1, 0, null];
  const path = () => stack.map((one) => `/${one.step}`).join("");
  const begin = () => {
    const top = stack.at(-1);
    if (top) top.step = top.isList ? (top.step += 1) : key;
    lines.set(path(), line);
  };
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    for (; seen < index; seen += 1) if (text[seen] === "\n") line += 1;
    const top = stack.at(-1);
    if (token === "{" || token === "[") { begin(); stack.push({ isList: token === "[", step: token === "[" ? -1 : "", wantsKey: token === "{" }); }
    else if (token === "}" || token === "]") stack.pop();
    else if (token === ",") top.wantsKey = !top.isList;
    else if (token === ":") top.wantsKey = false;
    else if (top?.wantsKey) key = JSON.parse(token);
    else begin();
  }
  return lines;
}
