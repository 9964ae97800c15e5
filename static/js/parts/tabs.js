/** Tabs that do not fit scroll sideways: the current one comes into sight, without moving the page. */
function showCurrent(tabs) {
  const current = tabs.querySelector("[aria-current]");
  if (!current || tabs.scrollWidth <= tabs.clientWidth) return;
  const room = tabs.getBoundingClientRect();
  const place = current.getBoundingClientRect();
  tabs.scrollLeft += place.left + place.width / 2 - (room.left + room.width / 2);
}

export function startTabs() {
  document.querySelectorAll(".tabs").forEach(showCurrent);
  document.addEventListener("htmx:load", ({ target }) => { if (target.matches?.(".tabs")) showCurrent(target); });
}
