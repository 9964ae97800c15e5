/**
 * Keys and buttons for the first audio or video of a task: Alt+K plays, Alt+J and Alt+L go back and on, Alt+, and Alt+. change
 * the speed; also while somebody types. By the key's place, since Alt changes its letter on a Mac.
 */
const STEP_SECONDS = 3;
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

const DO = {
  play: (media) => (media.paused ? media.play().catch(() => {}) : media.pause()),
  back: (media) => { media.currentTime = Math.max(0, media.currentTime - STEP_SECONDS); },
  on: (media) => { media.currentTime = Math.min(media.duration || Infinity, media.currentTime + STEP_SECONDS); },
  slower: (media) => speed(media, -1),
  faster: (media) => speed(media, 1),
};
const KEYS = { KeyK: "play", KeyJ: "back", KeyL: "on", Comma: "slower", Period: "faster" };

function speed(media, step) {
  const at = SPEEDS.indexOf(media.playbackRate);
  media.playbackRate = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (at < 0 ? 2 : at) + step))];
}

/** `bar` holds buttons with data-play="play | back | on | slower | faster" and a [data-speed]; it is hidden where nothing plays. */
export function startPlayer(root, bar, signal) {
  const media = root.querySelector("audio, video");
  bar.hidden = !media;
  if (!media) return;
  bar.addEventListener("click", (event) => DO[event.target.closest("[data-play]")?.dataset.play]?.(media), { signal });
  media.addEventListener("ratechange", () => { bar.querySelector("[data-speed]").textContent = `${media.playbackRate} ×`; }, { signal });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !KEYS[event.code] || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    DO[KEYS[event.code]](media);
  }, { signal });
}
