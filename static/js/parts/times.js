/**
 * <time data-relative> reads "3 minutes ago", <time data-local> the reader's date and time, with data-zone those of that
 * zone; the title has the reader's and UTC.
 */
import { gettext } from "./words.js";

const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
// As the server writes dates: 9 Dec 2026, 20:03; one page has both.
export const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang || undefined;
const STYLE = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
const local = written();
const zones = new Map();

function written(timeZone) {
  return new Intl.DateTimeFormat(language, { ...STYLE, timeZone });
}

/** A zone that the browser does not know reads as the reader's. */
function writtenIn(zone) {
  if (!zone) return local;
  if (!zones.has(zone)) {
    try { zones.set(zone, written(zone)); } catch { zones.set(zone, local); }
  }
  return zones.get(zone);
}

function relativeText(date) {
  const seconds = (date - Date.now()) / 1000;
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return unit ? relative.format(Math.round(seconds / unit[1]), unit[0]) : seconds > 0 ? gettext("in a moment") : gettext("just now");
}

function showTime(element) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) return;
  element.title = `${local.format(date)} (${date.toISOString().replace("T", " ").slice(0, 16)} UTC)`;
  element.textContent = element.hasAttribute("data-relative") ? relativeText(date) : writtenIn(element.dataset.zone).format(date);
}

function showTimes(root) {
  root.querySelectorAll("time[data-relative], time[data-local]").forEach(showTime);
}

export function startTimes() {
  showTimes(document);
  document.addEventListener("htmx:load", (event) => showTimes(event.target));
  setInterval(() => showTimes(document), 30000);
}
