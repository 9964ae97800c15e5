/** Keys that belong to the stage while it has the focus. What has a button (undo, new box, labels) is a page shortcut instead. */
import { movedBy, resizedBy } from "./geometry.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function handleStageKey(event, editor) {
  if (event.ctrlKey || event.metaKey) return;
  const handled = ARROWS[event.key] ? onArrow(event, editor) : onNamed(event, editor);
  if (handled) event.preventDefault();
}

function onNamed(event, editor) {
  if (event.key === "Tab") return editor.selectNext(event.shiftKey ? -1 : 1, false);
  if (event.key === "Escape") return editor.escape();
  if (event.key === "Enter" && editor.tool === "draw") return editor.addInTheMiddle();
  return false;
}

function onArrow(event, editor) {
  const [x, y] = ARROWS[event.key];
  const item = editor.selected && editor.document.find(editor.selected);
  if (!item || !editor.editable) return editor.selectNext(x + y, true);
  const step = event.shiftKey ? 10 : 1;
  const rect = event.altKey
    ? resizedBy(item.data, "se", x * step, y * step, editor.limits)
    : movedBy(item.data, x * step, y * step, editor.limits);
  editor.document.update(item.key, rect, `${event.altKey ? "resize" : "move"}:${item.key}`);
  editor.announceSelected();
  return true;
}
