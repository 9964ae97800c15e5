/** What every page needs. Each part works by delegation or on htmx:load, so swapped content needs no wiring. */
import { startBusyLine, startCsrf, startFailureMessages } from "./parts/requests.js";
import { startConfirmations, startDialogs, startMenus } from "./parts/overlays.js";
import { startDrawer } from "./parts/drawer.js";
import { startBulk } from "./parts/bulk.js";
import { startLive } from "./parts/live.js";
import { startForms } from "./parts/forms.js";
import { startPalette } from "./parts/palette.js";
import { startShortcuts } from "./parts/shortcuts.js";
import { startTabs } from "./parts/tabs.js";
import { startTheme } from "./parts/theme.js";
import { startTimes } from "./parts/times.js";
import { startToasts } from "./parts/toasts.js";
import { startUndo } from "./parts/audit/undo.js";

for (const start of [
  startTheme, startDrawer, startMenus, startDialogs, startConfirmations, startToasts,
  startShortcuts, startTimes, startTabs, startForms, startBulk, startLive, startCsrf, startBusyLine, startFailureMessages, startPalette, startUndo,
]) start();
