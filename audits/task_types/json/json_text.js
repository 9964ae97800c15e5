/** Parses JSON text: {value} or {error}, the error as a sentence with its line. Engines no longer say where it is. */
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
    else if (!this.take(SCALAR)) throw first === '"' ? "this text has no closing quote or holds a line break" : "a value is missing";
  }

  series(end, item) {
    this.at += 1;
    if (this.next() === end) { this.at += 1; return; }
    do item(); while (this.expect([",", end], `a comma or ${end} is missing`) === ",");
  }

  pair() {
    if (this.next() !== '"' || !this.take(STRING)) throw "a name in double quotes is missing";
    this.expect([":"], "a colon is missing");
    this.value();
  }

  problem() {
    try {
      this.value();
      if (this.next() !== undefined) throw "there is more text after the end";
    } catch (reason) {
      return typeof reason === "string" ? reason : "it is nested too deeply";
    }
    return "it is not complete";
  }
}

export function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const scanner = new Scanner(text);
    const reason = scanner.problem();
    return { error: `Line ${text.slice(0, scanner.at).split("\n").length} is not valid JSON: ${reason}.` };
  }
}
