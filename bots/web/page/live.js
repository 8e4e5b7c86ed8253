// What happens in the flock, told to all views of this page by one stream. It is open while somebody listens and looks.

import { call } from "./api.js";

const PATH = "api/events";
const WHY = "api/timeline?limit=1"; // asks for the same rights, and says why not
const NAMES = ["start", "fleet", "job", "load"];
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
const AWAY_MS = 30_000; // a page that nobody looks at for so long leaves its place to others

export const LIVE = "live";
export const CONNECTING = "connecting";
export const RECONNECTING = "reconnecting";
export const REFUSED = "refused"; // whoever looks may not; nothing is tried any more

const ears = new Map(NAMES.map((name) => [name, new Set()]));
const watchers = new Set();
const latest = new Map(); // name → what was told last, for who comes later
let source = null;
let state = CONNECTING;
let wait_ms = FIRST_WAIT_MS;
let timer;
let leaving;

/**
 * Have `handler(data)` called with every event of that name; the last one known of `fleet` comes at once. Where `start`
 * says that nothing was resumed, what was told meanwhile is lost: look anew. Returns a function that ends it.
 */
export function hear(name, handler) {
  ears.get(name).add(handler);
  if (name === "fleet" && latest.has(name)) handler(latest.get(name));
  open();
  return () => {
    ears.get(name).delete(handler);
    if (isHeard()) return;
    close();
    turn(CONNECTING);
  };
}

/** Have `handler(state)` called now and whenever the stream comes or goes. Returns a function that ends it. */
export function watch(handler) {
  watchers.add(handler);
  handler(state);
  return () => watchers.delete(handler);
}

/** Return whether what is told comes at once, or never will: else look every now and then. */
export const isSettled = () => state === LIVE || state === REFUSED;

/** Return the time on the clock of the flock, in ms since 1970, as far as it is known. */
export function flockNow() {
  return Date.now() + skew_ms;
}

let skew_ms = 0;

const isHeard = () => [...ears.values()].some((handlers) => handlers.size);

function open() {
  clearTimeout(timer);
  if (source || document.hidden || !isHeard()) return;
  source = new EventSource(PATH);
  source.addEventListener("open", () => {
    wait_ms = FIRST_WAIT_MS;
    turn(LIVE);
  });
  source.addEventListener("error", lost);
  for (const name of NAMES) source.addEventListener(name, (event) => tell(name, JSON.parse(event.data)));
}

function tell(name, data) {
  if (name === "fleet") {
    latest.set(name, data);
    if (data.now_ms !== null) skew_ms = data.now_ms - Date.now();
  }
  for (const handler of [...ears.get(name)]) handler(data);
}

// The browser tries again by itself when a stream breaks, and says what it has heard last; when it was refused, we do.
async function lost() {
  turn(RECONNECTING);
  if (source?.readyState !== EventSource.CLOSED) return;
  close();
  try {
    await call("GET", WHY);
  } catch (error) {
    if (!error.again) return turn(REFUSED);
  }
  timer = setTimeout(open, wait_ms);
  wait_ms = Math.min(wait_ms * 2, LONGEST_WAIT_MS);
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function turn(now) {
  if (now === state) return;
  state = now;
  for (const handler of [...watchers]) handler(state);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(leaving);
  if (document.hidden) {
    leaving = setTimeout(() => {
      if (source) turn(RECONNECTING);
      close();
    }, AWAY_MS);
  } else open();
});
addEventListener("online", () => {
  if (!source) return;
  close(); // it may hang on a network that is gone
  turn(RECONNECTING);
  open();
});
