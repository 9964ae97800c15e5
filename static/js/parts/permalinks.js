/**
 * Addresses of what is inside of a task: #annotation-<id> chooses that annotation in the viewer, #audit-<id> and
 * #response-<n> open what they name. Viewers say which annotation is chosen with the event labelops:annotation-chosen
 * ({detail: {id}}, bubbling), so that the address of the page is always the link to it, and hear labelops:choose-annotation.
 */
const PREFIX = "annotation-";

function choose(id) {
  for (const viewer of document.querySelectorAll("[data-task-editor]")) {
    viewer.dispatchEvent(new CustomEvent("labelops:choose-annotation", { detail: { id } }));
    const found = viewer.querySelector(`[data-annotation="${CSS.escape(id)}"], [data-key="${CSS.escape(id)}"]`);
    found?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    found?.scrollIntoView({ block: "nearest" });
  }
}

function go() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (name.startsWith(PREFIX)) return choose(name.slice(PREFIX.length));
  const named = name && document.getElementById(name);
  if (named?.nodeName === "DETAILS") named.open = true;
  return named?.scrollIntoView?.({ block: "start" });
}

export function followAddress() {
  window.addEventListener("hashchange", go);
  document.addEventListener("labelops:annotation-chosen", (event) => {
    const hash = event.detail?.id ? `#${PREFIX}${encodeURIComponent(event.detail.id)}` : location.pathname + location.search;
    history.replaceState(history.state, "", hash);
  });
  requestAnimationFrame(go);
}
