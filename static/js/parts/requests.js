/** What goes with every request of the page: the CSRF header, a busy line, and a sentence when it fails. */
import { showToast } from "./toasts.js";
import { gettext } from "./words.js";

/** The cookie is newer than the page after a sign-in in another tab; the meta element serves where cookies are HttpOnly. */
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((pair) => /^(__Host-)?csrf=/.test(pair));
  return cookie ? decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1)) : document.querySelector("meta[name=csrf-token]")?.content || "";
}

export function startCsrf() {
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb === "get") return;
    event.detail.headers["X-CSRFToken"] = csrfToken();
    // Django asks the field before the header, and the form's own is of the time before a sign-in in another tab.
    const { formData } = event.detail;
    if (formData.has("csrfmiddlewaretoken")) formData.set("csrfmiddlewaretoken", csrfToken());
  });
}

export function startBusyLine() {
  const line = document.querySelector("[data-busy-line]");
  let running = 0;
  const count = (step) => {
    running = Math.max(0, running + step);
    line.toggleAttribute("data-busy", running > 0);
  };
  document.addEventListener("htmx:beforeRequest", () => count(1));
  document.addEventListener("htmx:afterRequest", () => count(-1));
}

/** A function, so that the catalog is read when it is there. */
const sentences = () => ({
  0: gettext("The server could not be reached. Check your connection and try again."),
  401: gettext("You were signed out. Sign in again in another tab, then repeat this."),
  403: gettext("You may not do this. Ask an owner of the organization for the right."),
  404: gettext("This no longer exists, or you may not see it. Go back and reload the list."),
  409: gettext("Somebody else changed this meanwhile. Reload the page and look again."),
  413: gettext("This is too large for the server. Send a smaller file."),
  429: gettext("Too many requests. Wait a moment and try again."),
});

/** The server's own sentence (JSON {"error": ...} or {"message": ...}) if there is one, else one by status. */
export function failureSentence(status, text) {
  try {
    const body = JSON.parse(text);
    if (typeof (body.error || body.message) === "string") return body.error || body.message;
  } catch { /* An HTML page is not for a toast. */ }
  return sentences()[status] || (status >= 500 ? gettext("The server failed at this; it has been logged. Try again in a moment.") : gettext("This was refused. Check what you entered."));
}

/** A page that tells of failures itself (the audit workspace) calls preventDefault on the htmx event. */
export function startFailureMessages() {
  const tell = (event) => {
    if (event.defaultPrevented) return;
    showToast("error", failureSentence(event.detail.xhr?.status || 0, event.detail.xhr?.responseText || ""));
  };
  document.addEventListener("htmx:responseError", tell);
  document.addEventListener("htmx:sendError", tell);
  document.addEventListener("htmx:timeout", tell);
}
