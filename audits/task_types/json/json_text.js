/** Parses JSON text: {value} or {error, line}, the error as a sentence with its line. Engines no longer say where it is. */
import { fill, gettext } from "../../../static/js/parts/words.js";

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;

class Scanner {
  constructor(text) { Object.assign(this, { text, at: 0 }); }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return Boolean(found);
  }

  next() {
    this.take(SPACE);
    return this.text[this.at];
  }

  expect(characters, what) {
    if (!characters.includes(this.next() ?? "\0")) throw what;
    this.at += 1;
    return this.text[this.at - 1];
  }

  value() {
    const first = this.next();
    if (first === "{") this.series("}", () => this.pair());
    else if (first === "[") this.series("]", () => this.value());
    else if (!this.take(SCALAR)) throw first === '"' ? gettext("this text has no closing quote or holds a line break") : gettext("a value is missing");
  }

  series(end, item) {
    this.at += 1;
    if (this.next() === end) { this.at += 1; return; }
    do item(); while (this.expect([",", end], fill(gettext("a comma or %(end)s is missing"), { end })) === ",");
  }

  pair() {
    if (this.next() !== '"' || !this.take(STRING)) throw gettext("a name in double quotes is missing");
    this.expect([":"], gettext("a colon is missing"));
    this.value();
  }

  problem() {
    try {
      this.value();
      if (this.next() !== undefined) throw gettext("there is more text after the end");
    } catch (reason) {
      return typeof reason === "string" ? reason : gettext("it is nested too deeply");
    }
    return gettext("it is not complete");
  }
}

export function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const scanner = new Scanner(text);
    const reason = scanner.problem();
    const line = text.slice(0, scanner.at).split("\n").length;
    return { line, error: fill(gettext("Line %(line)s is not valid JSON: %(reason)s."), { line, reason }) };
  }
}
