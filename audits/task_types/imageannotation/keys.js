/** Keys that belong to the stage while it has the focus. What has a button (undo, tools, labels) is a page shortcut instead. */
import { SHAPES, withoutVertex } from "./shapes.js";
import { tooFew } from "./words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function handleStageKey(event, editor) {
  if (event.ctrlKey || event.metaKey) return;
  const handled = ARROWS[event.key] ? onArrow(event, editor) : onNamed(event, editor);
  if (handled) event.preventDefault();
}

function onNamed(event, editor) {
  if (event.key === "Escape") return editor.escape();
  if (editor.tool !== "select") return onDrawing(event, editor);
  if (event.key === "Tab") return onTab(event, editor);
  if (event.key === "Home" || event.key === "End") return editor.selectAt(event.key === "Home" ? 0 : -1);
  if (event.key === "," || event.key === ".") return editor.chooseHandle(event.key === "," ? -1 : 1);
  if (event.altKey && event.key === "Delete") return removeVertex(editor);
  return false;
}

/** Past the last one Tab leaves the image, as it leaves any list; after Escape it leaves at once: two thousand are no trap. */
function onTab(event, editor) {
  if (editor.leaving) { editor.leaving = false; return false; }
  return editor.selectNext(event.shiftKey ? -1 : 1, false);
}

function onDrawing(event, editor) {
  if (event.key === "Enter" && editor.tool === "box") return editor.addInTheMiddle();
  if (event.key === "Enter") return editor.tool === "point" ? editor.cornerAtCross() : editor.closeDrawing();
  if (event.key === " ") return editor.cornerAtCross();
  if (event.key === "Backspace") return editor.dropCorner();
  return false;
}

function onArrow(event, editor) {
  const [x, y] = ARROWS[event.key];
  const step = event.shiftKey ? 10 : 1;
  if (editor.drawing) return editor.moveCross(x * step, y * step);
  const item = editor.selected && editor.document.find(editor.selected);
  if (!item || !editor.editable) return editor.selectNext(x + y, true);
  const shape = SHAPES[item.kind];
  const fields = event.altKey && shape.first
    ? shape.dragged(item.data, editor.handle || shape.first, x * step, y * step, editor.limits)
    : shape.moved(item.data, x * step, y * step, editor.limits);
  editor.document.update(item.key, fields, `${event.altKey ? "resize" : "move"}:${item.key}`);
  editor.announceSelected();
  return true;
}

function removeVertex(editor) {
  const item = editor.selected && editor.document.find(editor.selected);
  const at = Number(editor.handle);
  if (!item || !editor.editable || !editor.handle || !Number.isInteger(at)) return false;
  const fields = withoutVertex(item.kind, item.data, at);
  if (!fields) return editor.announce(tooFew(item.kind, SHAPES[item.kind].least)) ?? true;
  editor.handle = null;
  editor.document.update(item.key, fields);
  editor.announceSelected();
  return true;
}
