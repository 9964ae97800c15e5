/**
 * How this sitting goes, for whoever wants to know: how many, how long one usually takes, and about how long the rest would
 * last. Counted in this tab only, told to nobody, folded away until it is opened; no clock runs.
 */
const KEPT = 25;
const ENOUGH = 5;
// Whoever was away does not work slowly.
const AWAY_MS = 5 * 60 * 1000;

const keyOf = (session) => `labelops:pace:${session}`;

export function readPace(session) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(session))) || { number: 0, times: [] };
  } catch {
    return { number: 0, times: [] };
  }
}

export function countVerdict(session, milliseconds) {
  const { number, times } = readPace(session);
  const kept = milliseconds < AWAY_MS ? [...times, Math.round(milliseconds)].slice(-KEPT) : times;
  try {
    sessionStorage.setItem(keyOf(session), JSON.stringify({ number: number + 1, times: kept }));
  } catch { /* Not counted, then. */ }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Rough on purpose: a plan for the day, no deadline. */
export function roughly(milliseconds) {
  const minutes = milliseconds / 60000;
  if (minutes < 1) return { number: Math.max(5, Math.round(milliseconds / 5000) * 5), unit: "second" };
  if (minutes < 10) return { number: Math.round(minutes), unit: "minute" };
  if (minutes < 90) return { number: Math.round(minutes / 5) * 5, unit: "minute" };
  return { number: Math.round(minutes / 30) / 2, unit: "hour" };
}

export function paceOf(session, left) {
  const { number, times } = readPace(session);
  if (times.length < ENOUGH) return { number };
  const one = median(times);
  return { number, one: inWords(roughly(one)), rest: left > 0 ? inWords(roughly(one * left)) : "" };
}

function inWords({ number, unit }) {
  return new Intl.NumberFormat(document.documentElement.lang || undefined, { style: "unit", unit, unitDisplay: "long" }).format(number);
}
