/**
 * The last verdict can be taken back for half a minute, from whatever page comes next: the page of the verdict remembers it
 * in sessionStorage, every page of the tab offers it. Markup: templates/components/undo.html.
 * Before it goes, `labelops:before-undo` lets the page keep what is typed: event.detail.wait(promise).
 */
import { failureSentence } from "../requests.js";
import { showToast } from "../toasts.js";
import { post } from "./requests.js";

const KEY = "labelops:undo";
// The server's half minute began before its answer was here.
const OFFERED_MS = 28000;
let timer = 0;

function remembered() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    return kept && kept.until > Date.now() ? kept : null;
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
    else sessionStorage.removeItem(KEY);
  } catch { /* Forbidden by the browser: undo is offered on this page only. */ }
}

/** {url, name, verdict}: call it when the server has taken a verdict. */
export function offerUndo({ url, name, verdict }) {
  const offer = { url, name, verdict, until: Date.now() + OFFERED_MS };
  keep(offer);
  show(offer);
}

function show(offer) {
  const bar = document.getElementById("undo");
  if (!bar) return;
  clearTimeout(timer);
  bar.hidden = !offer;
  if (!offer) return;
  bar.dataset.kind = offer.verdict;
  bar.querySelector("[data-undo-verdict]").textContent = bar.dataset[offer.verdict] || "";
  bar.querySelector("[data-undo-name]").textContent = offer.name;
  timer = setTimeout(() => forget(), offer.until - Date.now());
}

function forget() {
  keep(null);
  show(null);
}

async function undo(button) {
  const offer = remembered();
  if (!offer || button.getAttribute("aria-busy")) return forget();
  button.setAttribute("aria-busy", "true");
  const before = [];
  document.dispatchEvent(new CustomEvent("labelops:before-undo", { detail: { wait: (promise) => before.push(promise) } }));
  await Promise.allSettled(before);
  const { ok, status, body } = await post(offer.url, {});
  button.removeAttribute("aria-busy");
  if (ok) {
    keep(null);
    return location.assign(body.url);
  }
  // Without an answer nothing is known: the offer stays, and asking twice does no harm.
  if (status !== 0) forget();
  return showToast(status === 0 ? "warning" : "error", failureSentence(status, JSON.stringify(body)));
}

export function startUndo() {
  show(remembered());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-undo]");
    if (button) undo(button);
    if (event.target.closest("[data-undo-close]")) forget();
  });
}
