/** Field by field, each changed text word by word. */
import { compareJson } from "../difference.js";

export const compare = (before, after) => ({ ...compareJson(before, after), noun: "field" });
