/** [data-theme-toggle]: light -> dark -> as the system. The cookie lets the server paint the right theme at once. */
import { gettext } from "./words.js";

const ORDER = ["light", "dark", "system"];
const names = () => ({ light: gettext("light"), dark: gettext("dark"), system: gettext("as the system") });

function currentTheme() {
  return document.documentElement.dataset.theme || "system";
}

function rememberTheme(theme) {
  const age = theme === "system" ? 0 : 31536000;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

function showTheme() {
  for (const name of document.querySelectorAll("[data-theme-name]")) name.textContent = names()[currentTheme()];
}

function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  rememberTheme(theme);
  showTheme();
}

export function startTheme() {
  showTheme();
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    setTheme(ORDER[(ORDER.indexOf(currentTheme()) + 1) % ORDER.length]);
  });
}
