/** The toolbar, and drawing by corners. Mixed into the editor so that editor.js stays about shapes. */
import { Drawing } from "./drawing.js";
import { SHAPES } from "./shapes.js";
import { pointsInWords, tooFew } from "./words.js";
import { fill, gettext } from "../../../static/js/parts/words.js";

const hints = () => ({
  box: gettext("Drag to draw a box. Enter puts one in the middle, Escape stops."),
  polygon: gettext("Click corner after corner; the first one again or Enter closes. Keys: arrows, Space sets a corner, Backspace takes it back."),
  line: gettext("Click point after point; Enter or a double click ends. Keys: arrows, Space sets a point, Backspace takes it back."),
  point: gettext("Click to set a point. Keys: arrows, then Space."),
});
const CLOSE_PX = 12;

export function startTools(editor, signal) {
  Object.assign(editor, DRAWING);
  editor.root.addEventListener("click", (event) => clicked(editor, event.target.closest("button")), { signal });
  editor.root.addEventListener("input", (event) => adjust(editor, event.target), { signal });
  const adjustments = editor.root.querySelector("[data-part=adjust]");
  document.addEventListener("pointerdown", (event) => { if (adjustments.open && !adjustments.contains(event.target)) adjustments.open = false; }, { signal });
  adjustments.addEventListener("keydown", (event) => { if (event.key === "Escape") { adjustments.open = false; adjustments.firstElementChild.focus(); event.stopPropagation(); } }, { signal });
}

function clicked(editor, button) {
  if (!button || button.disabled) return;
  const { label, mute, shape, action } = button.dataset;
  if (mute !== undefined) return toggleLabel(editor, mute);
  if (label !== undefined) return editor.chooseLabel(label);
  if (shape) { editor.select(shape); return editor.parts.stage.focus({ preventScroll: true }); }
  return ACTIONS[action]?.(editor);
}

function toggleLabel(editor, label) {
  if (!editor.muted.delete(label)) editor.muted.add(label);
  editor.muted = new Set(editor.muted);
  editor.announce(fill(editor.muted.has(label) ? gettext("%(label)s hidden") : gettext("%(label)s shown"), { label }));
  editor.refresh();
}

function toggle(editor, name) {
  editor[name] = !editor[name];
  editor.refresh();
}

const draw = (kind) => (editor) => editor.setTool(editor.tool === kind ? "select" : kind);

const ACTIONS = {
  undo: (editor) => editor.document.undo(),
  redo: (editor) => editor.document.redo(),
  remove: (editor) => editor.removeSelected(),
  "draw-box": draw("box"), "draw-polygon": draw("polygon"), "draw-line": draw("line"), "draw-point": draw("point"),
  copy: (editor) => editor.announce(fill(gettext("%(number)s taken over from the prior response"), { number: editor.document.copyFrom(editor.prior) })),
  next: (editor) => editor.jump(1),
  previous: (editor) => editor.jump(-1),
  fit: (editor) => editor.viewport.fit(),
  "zoom-in": (editor) => editor.viewport.zoomCentre(1.25),
  "zoom-out": (editor) => editor.viewport.zoomCentre(0.8),
  labels: (editor) => toggle(editor, "names"),
  hide: (editor) => toggle(editor, "hidden"),
  changes: (editor) => toggle(editor, "comparing"),
  "reset-light": (editor) => {
    for (const input of editor.root.querySelectorAll("[data-adjust]")) input.value = 100;
    light(editor);
  },
};

function adjust(editor, input) {
  if (input.dataset.adjust) light(editor);
}

function light(editor) {
  const values = [...editor.root.querySelectorAll("[data-adjust]")].map((input) => [input.dataset.adjust, input.value]);
  const isChanged = values.some(([, value]) => value !== "100");
  editor.parts.image.style.filter = isChanged ? values.map(([name, value]) => `${name}(${value}%)`).join(" ") : "";
  for (const [name, value] of values) editor.root.querySelector(`[data-adjusted="${name}"]`).textContent = `${value} %`;
}

const DRAWING = {
  newDrawing(kind) { return new Drawing(kind); },

  showHint() {
    this.parts.hint.hidden = this.tool === "select";
    this.parts.hint.textContent = hints()[this.tool] || "";
    if (this.tool !== "select") this.announce(hints()[this.tool]);
  },

  /** A click, or the key that stands for it. */
  corner(point) {
    const { drawing, limits, viewport } = this;
    if (!drawing) return;
    const inside = { x: Math.min(Math.max(point.x, 0), limits.width), y: Math.min(Math.max(point.y, 0), limits.height) };
    if (drawing.kind === "point") { this.addShape("point", SHAPES.point.settled(inside)); return; }
    if (drawing.closesAt(inside, CLOSE_PX / viewport.k)) { this.closeDrawing(); return; }
    drawing.add(inside);
    this.showDrawing(inside);
    this.announce(pointsInWords(drawing.vertices.length));
  },

  showDrawing(point) {
    this.drawing.at = point;
    this.view.show({ draft: this.drawing.draft() });
  },

  moveCross(dx, dy) {
    const { drawing, limits, viewport } = this;
    const seen = viewport.visible();
    const from = drawing.cross || { x: Math.round(seen.left + seen.width / 2), y: Math.round(seen.top + seen.height / 2) };
    drawing.cross = { x: Math.min(Math.max(from.x + dx, 0), limits.width), y: Math.min(Math.max(from.y + dy, 0), limits.height) };
    viewport.reveal({ left: drawing.cross.x, top: drawing.cross.y, width: 0, height: 0 });
    this.showDrawing(drawing.cross);
    this.announce(`${drawing.cross.x}, ${drawing.cross.y}`);
    return true;
  },

  cornerAtCross() {
    if (!this.drawing?.cross) this.moveCross(0, 0);
    this.corner(this.drawing.cross);
    return true;
  },

  dropCorner() {
    if (!this.drawing?.back()) return false;
    this.showDrawing(this.drawing.at);
    return true;
  },

  closeDrawing() {
    const { drawing } = this;
    if (!drawing?.least) return false;
    if (!drawing.canClose) { this.announce(tooFew(drawing.kind, drawing.least)); return true; }
    this.addShape(drawing.kind, { vertices: drawing.vertices });
    return true;
  },

  showTools() {
    const { document: doc, editable } = this;
    const find = (action) => this.root.querySelector(`[data-action="${action}"]`);
    const usable = { undo: doc.canUndo(), redo: doc.canRedo(), remove: Boolean(this.selected) };
    for (const [action, can] of Object.entries(usable)) Object.assign(find(action), { disabled: !can, hidden: !editable });
    for (const kind of Object.keys(SHAPES)) {
      const button = find(`draw-${kind}`);
      button.hidden = !editable || !this.kinds.includes(kind);
      button.setAttribute("aria-pressed", this.tool === kind);
    }
    find("copy").hidden = !editable || !this.prior;
    find("changes").hidden = !(this.before || doc.isDirty() || this.comparing);
    const pressed = { labels: this.names, hide: this.hidden, changes: this.comparing };
    for (const [action, on] of Object.entries(pressed)) find(action).setAttribute("aria-pressed", on);
    for (const action of ["next", "previous"]) find(action).disabled = !doc.shapes.length;
  },
};
