/** Which labels and kinds may be drawn, their colours, and the limits that a task sets for its boxes. */
const COLOURS = ["#56b4e9", "#e69f00", "#cc79a7", "#009e73", "#f0e442", "#d55e00", "#0072b2", "#b8b8b8"];
const KINDS = ["box", "polygon", "line", "point"];

function choiceName(choice) {
  if (typeof choice === "string") return choice;
  return String(choice?.choice ?? choice?.value ?? choice?.name ?? choice?.label ?? "");
}

/** Labels of the task first (they have the number keys), then those that only the response knows. */
export function labelsOf(params, items) {
  // In one order: the database sorts the names of an object.
  const geometries = [...KINDS, ...Object.keys(params?.geometries || {}).filter((kind) => !KINDS.includes(kind))].map((kind) => params?.geometries?.[kind]).flatMap((one) => one?.objects_to_annotate || []);
  const wanted = geometries.length ? geometries : params?.objects_to_annotate || [];
  const found = items.map((item) => item.data?.label).filter((label) => typeof label === "string");
  return [...new Set([...wanted.map(choiceName), ...found])].filter(Boolean);
}

/** What the task asks for; else what the response has; else the type's own. */
export function kindsOf(params, items, fallback) {
  const asked = KINDS.filter((kind) => params?.geometries && kind in params.geometries);
  const found = KINDS.filter((kind) => items.some((item) => item.kind === kind));
  if (asked.length) return asked;
  return found.length ? found : [fallback || "box"];
}

export function limitsOf(params, width, height) {
  const box = params?.geometries?.box || params || {};
  return { width, height, minWidth: Math.max(1, Number(box.min_width) || 1), minHeight: Math.max(1, Number(box.min_height) || 1) };
}

/** Okabe and Ito's colours, told apart with any colour vision; the dash changes after eight. */
export function colourOf(index) {
  const place = Math.max(0, index);
  return { colour: COLOURS[place % COLOURS.length], isDashed: place >= COLOURS.length };
}

export function paint(element, index) {
  element.dataset.hue = Math.max(0, index) % COLOURS.length;
  element.toggleAttribute("data-dash", index >= COLOURS.length);
}
