// The conversations as this browser keeps them: one entry each, and a list of all. The flock's memory is its own.

const INDEX = "rookery.chats";
const CURRENT = "rookery.current";
const DRAFT = "rookery.draft.";
const KEPT = 100; // exchanges of a conversation
const TITLE_CHARS = 60;

/** In place of a session: what is written before anything was said. */
export const NEW = "new";

/** Return a random id. crypto.randomUUID is missing where a page is served over plain http on a network. */
export function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return a conversation that nobody has said anything in; it is kept from its first message on. */
export function fresh(persona = "") {
  return { session: randomId(), title: "", persona, exchanges: [] };
}

/** Return {session, title, running, unread} of every conversation, the latest first. */
export function listed() {
  const kept = read(localStorage, INDEX);
  return Array.isArray(kept) ? kept.filter((entry) => typeof entry?.session === "string") : [];
}

/** Return the conversation of that session, or null. */
export function load(session) {
  const kept = read(localStorage, keyOf(session));
  return kept?.session === session && Array.isArray(kept.exchanges) ? kept : null;
}

/** Return the conversation that this tab shows, else the latest of the browser, else a new one. */
export function current() {
  const session = read(sessionStorage, CURRENT) ?? listed()[0]?.session;
  return (session && load(session)) || fresh();
}

/** Remember which conversation this tab shows. */
export function choose(session) {
  write(sessionStorage, CURRENT, session);
}

/** Keep a conversation, as far as there is room. `seen` says whether the person has it before them. */
export function save(chat, seen = true) {
  if (!chat.exchanges.length) return;
  for (let kept = KEPT; kept >= 1; kept = Math.floor(kept / 2)) {
    if (write(localStorage, keyOf(chat.session), { ...chat, exchanges: chat.exchanges.slice(-kept) })) break;
  }
  const entries = listed();
  const before = entries.findIndex(({ session }) => session === chat.session);
  const entry = {
    session: chat.session,
    title: titleOf(chat),
    running: chat.exchanges.some((exchange) => !exchange.versions.at(-1).kind),
    unread: !seen,
  };
  if (before < 0) entries.unshift(entry);
  else entries[before] = entry;
  write(localStorage, INDEX, entries);
}

/** Put a conversation at the top of the list: something was said in it. */
export function raise(session) {
  const entries = listed();
  write(localStorage, INDEX, [
    ...entries.filter((entry) => entry.session === session),
    ...entries.filter((entry) => entry.session !== session),
  ]);
}

/** Remove a conversation from this browser. */
export function remove(session) {
  localStorage.removeItem(keyOf(session));
  keepDraft(session, "");
  const entries = listed();
  write(localStorage, INDEX, entries.filter((entry) => entry.session !== session));
}

/** Return what was written in a conversation and not sent. */
export function draft(session) {
  const kept = read(localStorage, DRAFT + session);
  return typeof kept === "string" ? kept : "";
}

/** Keep what is written in a conversation, until it is sent. */
export function keepDraft(session, text) {
  if (text) write(localStorage, DRAFT + session, text);
  else if (draft(session)) localStorage.removeItem(DRAFT + session);
}

export function titleOf(chat) {
  if (chat.title) return chat.title;
  const said = chat.exchanges[0]?.versions.at(-1).text.trim().split("\n")[0] ?? "";
  return said.length > TITLE_CHARS ? `${said.slice(0, TITLE_CHARS).trimEnd()}…` : said || "New chat";
}

/** Return whether a storage event of another tab is about the list. */
export const isList = (key) => key === INDEX;

/** Return the session that a storage event of another tab is about, or "". */
export const sessionOf = (key) => (key?.startsWith(keyOf("")) ? key.slice(keyOf("").length) : "");

function keyOf(session) {
  return `rookery.chat.${session}`;
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null; // storage is off, or what is in it is not ours
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // full or off
  }
}
