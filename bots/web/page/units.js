// Durations, sizes and moments as people say them.

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Return a duration: 340 ms, 4.2 s, 3 min 10 s, 2 h 1 min, 3 days. */
export function duration(seconds) {
  const s = Math.max(0, seconds);
  if (s < 0.9995) return `${Math.round(s * 1000)} ms`;
  if (s < MINUTE_S) return s < 10 ? `${s.toFixed(1)} s` : `${Math.floor(s)} s`;
  if (s < HOUR_S) return `${Math.floor(s / MINUTE_S)} min ${Math.floor(s % MINUTE_S)} s`;
  if (s < 2 * DAY_S) return `${Math.floor(s / HOUR_S)} h ${Math.floor((s % HOUR_S) / MINUTE_S)} min`;
  return `${Math.floor(s / DAY_S)} days`;
}

/** Return how long something has lasted that still does: whole seconds, which count up calmly. */
export function lasting(seconds) {
  if (seconds < 1) return "under 1 s";
  return seconds < MINUTE_S ? `${Math.floor(seconds)} s` : duration(seconds);
}

/** Return how long ago something was, roughly: now, 12 s ago, 3 min ago, 2 h ago. */
export function ago(seconds) {
  if (seconds < 2) return "now";
  if (seconds < MINUTE_S) return `${Math.floor(seconds)} s ago`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min ago`;
  if (seconds < 2 * DAY_S) return `${Math.floor(seconds / HOUR_S)} h ago`;
  return `${Math.floor(seconds / DAY_S)} days ago`;
}

export function gib(amount) {
  return amount >= 99.95 ? amount.toFixed(0) : amount.toFixed(1);
}

export function counted(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** Return a time of day; the date comes before it where that is not today's. */
export function moment(ms, withSeconds = true) {
  const at = new Date(ms);
  const pad = (number) => String(number).padStart(2, "0");
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}${withSeconds ? `:${pad(at.getSeconds())}` : ""}`;
  if (at.toDateString() === new Date().toDateString()) return time;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`;
}

/** Return a number with as many digits as it is worth: 0, 0.4, 12, 1,300. */
export function short(number) {
  const size = Math.abs(number);
  if (size === 0) return "0";
  return size < 10 ? String(Number(number.toFixed(size < 1 ? 2 : 1))) : Math.round(number).toLocaleString("en");
}
