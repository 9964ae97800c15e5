/** Loaded by pages that show responses outside of the audit workspace: a task and its history. */
import { startTargets } from "./parts/audit/pins.js";
import { mountAll } from "./task_types/index.js";
import { followAddress } from "./parts/permalinks.js";

mountAll(document);
startTargets();
document.addEventListener("htmx:load", (event) => mountAll(event.target));
followAddress();
