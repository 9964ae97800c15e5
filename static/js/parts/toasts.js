/** Toasts: Django's messages, and document.dispatchEvent(new CustomEvent("labelops:toast", {detail: {level, text}})). */
const SHOWN_FOR_MS = 6000;

export function showToast(level, text) {
  document.dispatchEvent(new CustomEvent("labelops:toast", { detail: { level, text } }));
}

function addToast({ level, text }) {
  const region = document.getElementById("toasts");
  const template = region.querySelector(`[data-toast-template="${level}"]`) || region.querySelector("[data-toast-template]");
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector(".toast__text").textContent = text;
  region.append(toast);
  letFade(toast);
}

/** Errors and warnings stay until they are closed: somebody may be looking at something else. */
function letFade(toast) {
  if (toast.dataset.fading || ["error", "warning"].includes(toast.dataset.toast)) return;
  toast.dataset.fading = "true";
  const wait = () => setTimeout(() => (toast.matches(":hover, :focus-within") ? wait() : leave(toast)), SHOWN_FOR_MS);
  wait();
}

function leave(toast) {
  toast.setAttribute("data-leaving", "");
  setTimeout(() => toast.remove(), 220);
}

export function startToasts() {
  const fadeAll = () => document.querySelectorAll("#toasts > [data-toast]").forEach(letFade);
  fadeAll();
  document.addEventListener("htmx:oobAfterSwap", fadeAll);
  document.addEventListener("labelops:toast", (event) => addToast(event.detail));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toast-close]");
    if (button) leave(button.closest("[data-toast]"));
  });
}
