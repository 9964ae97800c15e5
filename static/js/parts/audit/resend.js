/** Sends again what did not reach the server: after growing pauses, and at once when the network is back. */
const PAUSES_MS = [1000, 2000, 4000, 8000, 15000];

export class Resend {
  #timer = 0;
  #tries = 0;

  constructor(send) {
    this.send = send;
    this.waiting = false;
    this.online = () => this.waiting && this.now();
    addEventListener("online", this.online);
  }

  later() {
    clearTimeout(this.#timer);
    this.waiting = true;
    this.#timer = setTimeout(() => this.now(), PAUSES_MS[Math.min(this.#tries, PAUSES_MS.length - 1)]);
    this.#tries += 1;
  }

  now() {
    clearTimeout(this.#timer);
    this.waiting = false;
    this.send();
  }

  stop() {
    clearTimeout(this.#timer);
    Object.assign(this, { waiting: false });
    this.#tries = 0;
  }

  destroy() {
    this.stop();
    removeEventListener("online", this.online);
  }
}
