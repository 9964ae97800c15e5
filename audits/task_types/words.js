/** Which words of a text changed: words.py in the browser, step for step; both pass the cases of words.json. */
const MOST_EDITS = 300;

/** [["same" | "removed" | "added", text], …] */
export function diffWords(before, after) {
  const old = before.match(/\S+|\s+/g) || [];
  const now = after.match(/\S+|\s+/g) || [];
  const head = common(old, now);
  const tail = common(old.slice(head).reverse(), now.slice(head).reverse());
  const steps = old.slice(0, head).map((word) => ["same", word]);
  steps.push(...align(old.slice(head, old.length - tail), now.slice(head, now.length - tail)));
  steps.push(...old.slice(old.length - tail).map((word) => ["same", word]));
  return joined(steps);
}

function common(one, other) {
  let number = 0;
  while (number < Math.min(one.length, other.length) && one[number] === other[number]) number += 1;
  return number;
}

function align(old, now) {
  const reached = new Map([[1, 0]]);
  const trace = [];
  for (let edits = 0; edits <= Math.min(old.length + now.length, MOST_EDITS); edits += 1) {
    trace.push(new Map(reached));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let at = goesDown(reached, diagonal, edits) ? reached.get(diagonal + 1) : reached.get(diagonal - 1) + 1;
      while (at < old.length && at - diagonal < now.length && old[at] === now[at - diagonal]) at += 1;
      reached.set(diagonal, at);
      if (at >= old.length && at - diagonal >= now.length) return wayBack(trace, old, now);
    }
  }
  return [...old.map((word) => ["removed", word]), ...now.map((word) => ["added", word])];
}

function goesDown(reached, diagonal, edits) {
  return diagonal === -edits || (diagonal !== edits && reached.get(diagonal - 1) < reached.get(diagonal + 1));
}

function wayBack(trace, old, now) {
  const steps = [];
  let [x, y] = [old.length, now.length];
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const diagonal = x - y;
    const down = goesDown(trace[edits], diagonal, edits);
    const came = down ? diagonal + 1 : diagonal - 1;
    const xBefore = edits ? trace[edits].get(came) : 0;
    const yBefore = edits ? xBefore - came : 0;
    while (x > xBefore && y > yBefore) { x -= 1; y -= 1; steps.push(["same", old[x]]); }
    if (!edits) break;
    steps.push(down ? ["added", now[yBefore]] : ["removed", old[xBefore]]);
    [x, y] = [xBefore, yBefore];
  }
  return steps.reverse();
}

function joined(steps) {
  const found = [];
  for (const [kind, text] of steps) {
    if (found.length && found.at(-1)[0] === kind) found.at(-1)[1] += text;
    else found.push([kind, text]);
  }
  return found;
}
