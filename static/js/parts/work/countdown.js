/** How long the suite is in hand: the server's instant decides, the browser's clock only counts on from the loading. */
const WARN_SECONDS = 60;

export class Countdown {
  constructor(root, { words, over }) {
    const { expiresAt, serverNow } = root.dataset;
    this.endsAt = Date.now() + (new Date(expiresAt) - new Date(serverNow));
    Object.assign(this, { words, over, display: root.querySelector("[data-countdown]") });
    this.text = this.display.querySelector("[data-countdown-text]");
    this.timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  #tick() {
    const left = Math.max(0, Math.round((this.endsAt - Date.now()) / 1000));
    this.display.dataset.state = left === 0 ? "lost" : left <= WARN_SECONDS ? "warning" : "held";
    this.text.textContent = left ? clock(left) : this.words.timeUp;
    if (left) return;
    clearInterval(this.timer);
    this.over();
  }
}

function clock(left) {
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor(left / 60) % 60;
  const seconds = String(left % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}
