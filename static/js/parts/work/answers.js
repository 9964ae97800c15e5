/** The answers of one suite in this tab: they survive a reload, a lost network and a sign-in elsewhere. */
export class Answers {
  constructor(assignment) {
    this.key = `labelops:answers:${assignment}`;
    try {
      this.kept = JSON.parse(sessionStorage.getItem(this.key)) || {};
    } catch {
      this.kept = {};
    }
  }

  of(index) { return this.kept[index]; }
  get isEmpty() { return !Object.keys(this.kept).length; }

  keep(index, answer) {
    this.kept[index] = answer;
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch { /* Full or forbidden: the page itself still has them. */ }
  }

  forget() {
    try {
      sessionStorage.removeItem(this.key);
    } catch { /* Forbidden. */ }
  }
}
