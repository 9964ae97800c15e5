/** A choice as a card with a key: the first nine have the number keys while they can be chosen. */
export function optionRow({ value, name }, index, { name: group, type }) {
  const label = document.createElement("label");
  label.className = "option";
  const input = label.appendChild(document.createElement("input"));
  Object.assign(input, { type, value, name: group });
  // No form of the page owns these fields: the answer travels as `response`.
  input.setAttribute("form", "");
  label.append(Object.assign(document.createElement("span"), { textContent: name, dir: "auto" }));
  if (index < 9) label.append(Object.assign(document.createElement("kbd"), { textContent: index + 1, ariaHidden: "true" }));
  return label;
}

export function setOption(row, index, name, readonly) {
  row.querySelector("input").disabled = readonly;
  const key = row.querySelector("kbd");
  if (key) key.hidden = readonly;
  if (readonly || index > 8) delete row.dataset.shortcut;
  else Object.assign(row.dataset, { shortcut: index + 1, shortcutLabel: name });
}
