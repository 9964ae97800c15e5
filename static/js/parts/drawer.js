/** [data-drawer-open="id"] slides [data-drawer] in on narrow screens; what lies behind becomes inert until it closes. */
function setOpen(drawer, open) {
  drawer.toggleAttribute("data-open", open);
  for (const behind of document.querySelectorAll("[data-behind-drawer]")) behind.inert = open;
  for (const button of document.querySelectorAll(`[data-drawer-open="${drawer.id}"]`)) button.setAttribute("aria-expanded", open);
  document.querySelector(".shell__scrim")?.remove();
  if (open) addScrim(drawer);
}

function addScrim(drawer) {
  const scrim = document.createElement("div");
  scrim.className = "shell__scrim";
  scrim.addEventListener("click", () => close(drawer));
  drawer.after(scrim);
  drawer.querySelector("a, button, summary")?.focus();
}

function close(drawer) {
  setOpen(drawer, false);
  document.querySelector(`[data-drawer-open="${drawer.id}"]`)?.focus();
}

export function startDrawer() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-drawer-open]");
    if (opener) setOpen(document.getElementById(opener.dataset.drawerOpen), true);
  });
  document.addEventListener("keydown", (event) => {
    const drawer = document.querySelector("[data-drawer][data-open]");
    if (event.key === "Escape" && drawer) close(drawer);
  });
}
