/** One banner at a time above the work, from <template data-banner="name"> in the page: {holder} and {until} are filled in. */
import { language } from "../times.js";
import { fill, gettext } from "../words.js";

const localTime = new Intl.DateTimeFormat(language, { timeStyle: "short" });

export class Banners {
  constructor(root) {
    this.region = root.querySelector("[data-banners]");
    this.shown = null;
  }

  show(name, detail = {}) {
    const template = this.region.querySelector(`template[data-banner="${name}"]`);
    if (!template) return;
    this.clear();
    const banner = template.content.firstElementChild.cloneNode(true);
    const holder = banner.querySelector("[data-holder]");
    const until = banner.querySelector("[data-until]");
    const text = banner.querySelector("[data-text]");
    if (holder) holder.textContent = detail.holder || gettext("Somebody else");
    if (until) until.textContent = detail.until ? ` ${fill(gettext("until %(time)s"), { time: localTime.format(new Date(detail.until)) })}` : "";
    if (text && detail.text) text.textContent = detail.text;
    this.region.append(banner);
    this.shown = name;
  }

  clear(...names) {
    if (names.length && !names.includes(this.shown)) return;
    this.region.querySelector(":scope > .notice")?.remove();
    this.shown = null;
  }
}
