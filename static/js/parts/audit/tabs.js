/** What this person's other tabs do with the same task. Where the browser has no BroadcastChannel, the server still tells. */
const CHANNEL = "labelops-audit";

export class Tabs {
  /** told("open" | "judged"): the task stands in another tab, or was judged there. */
  constructor(task, told) {
    this.task = task;
    this.channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);
    this.channel?.addEventListener("message", ({ data }) => data.task === task && this.#heard(data.type, told));
    this.#say("opened");
  }

  #say(type) { this.channel?.postMessage({ type, task: this.task }); }

  #heard(type, told) {
    if (type === "judged") return told("judged");
    if (type === "opened") this.#say("here");
    return told("open");
  }

  judged() { this.#say("judged"); }
  destroy() { this.channel?.close(); }
}
