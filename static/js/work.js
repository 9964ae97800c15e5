/** The performers' workspace, with a suite in hand. Page contract: templates/crowd_rules/work/suite.html. */
import { Suite } from "./parts/work/suite.js";

const root = document.querySelector("[data-suite]");
if (root) new Suite(root);
// A page that comes back from the browser's cache may show tasks that were handed in meanwhile.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
