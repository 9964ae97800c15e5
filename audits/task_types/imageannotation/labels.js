/** Which labels may be chosen, their colours, and the limits that a task sets for its boxes. */
const HUES = 8;

function choiceName(choice) {
  if (typeof choice === "string") return choice;
  return String(choice?.choice ?? choice?.value ?? choice?.name ?? choice?.label ?? "");
}

/** Labels of the task first (they have the number keys), then those that only the response knows. */
export function labelsOf(params, items) {
  const wanted = params?.geometries?.box?.objects_to_annotate || params?.objects_to_annotate || [];
  const found = items.map((item) => item.data?.label).filter((label) => typeof label === "string");
  return [...new Set([...wanted.map(choiceName), ...found])].filter(Boolean);
}

export function limitsOf(params, width, height) {
  const box = params?.geometries?.box || params || {};
  return { width, height, minWidth: Math.max(1, Number(box.min_width) || 1), minHeight: Math.max(1, Number(box.min_height) || 1) };
}

export function paint(element, index) {
  element.dataset.hue = Math.max(0, index) % HUES;
  element.toggleAttribute("data-dash", index >= HUES);
}
