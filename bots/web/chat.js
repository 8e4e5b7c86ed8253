// The conversation as this browser keeps it: its session, what was said, and what is still to be answered.

const KEY = "rookery.chat";
const KEPT = 100; // exchanges; the flock's own memory does not depend on them

/** Return a random id. crypto.randomUUID is missing where a page is served over plain http on a network. */
export function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the conversation that this browser had, or a new one. */
export function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (kept && typeof kept.session === "string" && Array.isArray(kept.exchanges)) return kept;
  } catch {
    // Storage is off, or what is in it is not ours: a new conversation is the answer to both.
  }
  return fresh();
}

export function fresh(persona = "") {
  return { session: randomId(), persona, exchanges: [] };
}

/** Keep the conversation for the next visit, as far as there is room. */
export function save(chat) {
  for (let kept = KEPT; kept >= 1; kept = Math.floor(kept / 2)) {
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...chat, exchanges: chat.exchanges.slice(-kept) }));
      return;
    } catch {
      // Full: keep less.
    }
  }
}
