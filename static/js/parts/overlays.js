/** Menus (<details data-menu>), dialogs (data-open-dialog, data-close-dialog) and questions (data-confirm). */
export function startMenus() {
  document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-menu]")));
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("[data-menu][open]");
    if (!menu) return;
    if (event.key === "Escape") closeMenu(menu);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveInMenu(menu, event);
  });
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("[data-menu][open]")) if (menu !== except) menu.open = false;
}

function closeMenu(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

function moveInMenu(menu, event) {
  const items = [...menu.querySelectorAll(".menu__item")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  event.preventDefault();
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
}

export function startDialogs() {
  document.querySelector("dialog[data-open-at-once]")?.showModal();
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
    if (isBeside(event)) event.target.close();
  });
}

/** A click on the backdrop has the dialog as its target and lies outside of its box. */
function isBeside(event) {
  if (event.target.nodeName !== "DIALOG" || event.detail === 0) return false;
  const box = event.target.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  return !inside;
}

export function startConfirmations() {
  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-confirm]");
    if (!element || element.hasAttribute("data-confirmed")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    askBefore(element);
  }, true);
}

async function askBefore(element) {
  const question = element.dataset.confirm;
  if (!(await confirmAction(question, element.dataset.confirmAction || element.textContent.trim()))) return;
  element.setAttribute("data-confirmed", "");
  element.click();
  element.removeAttribute("data-confirmed");
}

/** Asks in the page's own dialog; resolves to true when the action's button was pressed. */
export function confirmAction(question, action) {
  const dialog = document.getElementById("confirm");
  dialog.returnValue = "cancel";
  dialog.querySelector("[data-confirm-text]").textContent = question;
  dialog.querySelector("[data-confirm-button]").textContent = action;
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}
