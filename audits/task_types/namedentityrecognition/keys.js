/** Spans without a mouse: a cursor of whole words, grown with Shift; Alt moves the chosen span's end, with Shift its start. */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };

export function handleKey(event, editor) {
  if (event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape" && (editor.cursor || editor.selected)) editor.select(null);
  else if (STEPS[event.key]) onArrow(event, editor);
  else return;
  event.preventDefault();
}

function onArrow(event, editor) {
  // In a text from right to left the left arrow goes on.
  const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
  const by = STEPS[event.key] * (sideways && editor.isRtl ? -1 : 1);
  if (event.altKey && editor.selected && editor.editable) return moveEnd(editor, by, event.shiftKey);
  if (!editor.editable) return editor.step(by);
  return event.shiftKey && editor.cursor ? grow(editor, by) : moveCursor(editor, by);
}

function moveEnd(editor, by, isStart) {
  const { selected } = editor;
  editor.replace(selected, isStart ? { start: selected.start + by } : { end: selected.end + by });
}

function moveCursor(editor, by) {
  const { words } = editor.text;
  const from = editor.cursor || editor.selected;
  let at = from ? words.findIndex((word) => word.start >= from.start) + by : 0;
  if (from && by > 0 && editor.cursor) at = words.findIndex((word) => word.start >= from.end);
  const word = words[Math.min(words.length - 1, Math.max(0, at))];
  if (word) editor.setCursor({ ...word, anchor: word.start });
}

/** Grows away from where the selection began, and shrinks back towards it. */
function grow(editor, by) {
  const { cursor, text: { words } } = editor;
  const anchor = cursor.anchor ?? cursor.start;
  const inside = words.filter((word) => word.start >= cursor.start && word.end <= cursor.end);
  if (!inside.length) return;
  const first = words.indexOf(inside[0]);
  const last = words.indexOf(inside.at(-1));
  const fixed = words.findIndex((word) => word.start >= anchor);
  const free = fixed === first ? last + by : first + by;
  if (free < 0 || free >= words.length) return;
  const [from, to] = [Math.min(fixed, free), Math.max(fixed, free)];
  editor.setCursor({ start: words[from].start, end: words[to].end, anchor });
}
