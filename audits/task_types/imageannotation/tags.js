/** A label's name beside its shape: dark or light letters, whichever can be read on its colour. */
const FONT = "600 11px ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
const HEIGHT = 16;
const LONGEST = 28;
const widths = new Map();

function widthOf(context, text) {
  if (!widths.has(text)) {
    if (widths.size > 2000) widths.clear();
    widths.set(text, context.measureText(text).width);
  }
  return widths.get(text);
}

function isDark(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue < 110;
}

/** Above the point (x, y), or below where the stage ends. */
export function drawTag(context, { text, x, y, colour }) {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  context.font = FONT;
  context.textBaseline = "middle";
  const width = widthOf(context, shown) + 8;
  const top = y - HEIGHT < 0 ? Math.max(y, 0) + 2 : y - HEIGHT;
  context.fillStyle = colour;
  context.fillRect(Math.round(x) - 1, Math.round(top), Math.round(width), HEIGHT);
  context.fillStyle = isDark(colour) ? "#fff" : "#10141a";
  context.fillText(shown, Math.round(x) + 3, Math.round(top) + HEIGHT / 2 + 0.5);
}
