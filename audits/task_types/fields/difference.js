/** Field by field, as any JSON is compared. */
export { compareJson as compare } from "../difference.js";
