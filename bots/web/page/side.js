// The list of conversations at the side: to choose one, to call it something else, to remove it.

import { plain } from "./bidi.js";
import { listed } from "./chats.js";
import { at, button, icon, make } from "./dom.js";
import { question } from "./question.js";

/** Return {draw, close} of the list. `on` has choose(session), rename(session, title) and remove(session). */
export function side(on) {
  const narrow = matchMedia("(max-width: 60rem)");

  let shown = "";

  /** Show the list as it is now. What has the focus in it keeps it. */
  function draw(current) {
    const entries = listed();
    const now = JSON.stringify([current, entries]);
    if (shown === now) return;
    shown = now;
    const focused = at("chats").contains(document.activeElement) && document.activeElement.dataset.key;
    at("chats").replaceChildren(...entries.map((entry) => row(entry, entry.session === current)));
    if (focused) at("chats").querySelector(`[data-key="${focused}"]`)?.focus();
  }

  function row(entry, isCurrent) {
    const state = entry.running ? "running" : entry.unread && !isCurrent ? "unread" : "";
    const called = plain(entry.title);
    const title = make("span", "name", called);
    title.dir = "auto";
    const chosen = button(title, () => on.choose(entry.session), { kind: "open" });
    if (state) chosen.append(make("span", `mark ${state}`), make("span", "unseen", `, ${state}`));
    if (isCurrent) chosen.ariaCurrent = "true";
    const rename = button(icon("pencil"), () => askName(entry), { kind: "tiny", label: `Rename ${called}` });
    const remove = button(icon("bin"), () => askRemoval(entry), { kind: "tiny", label: `Delete ${called}` });
    const keyed = { open: chosen, rename, remove };
    for (const [what, made] of Object.entries(keyed)) made.dataset.key = `${what}-${entry.session}`;
    return make("li", isCurrent ? "row current" : "row", chosen, make("span", "tools", rename, remove));
  }

  async function askName(entry) {
    const title = await question({ title: "Rename conversation", value: entry.title, act: "Rename" });
    if (title) on.rename(entry.session, title);
    focusOn("rename", entry);
  }

  async function askRemoval(entry) {
    const words = "This browser and Rookery forget it; the last words said in it are gone within an hour.";
    if (await question({ title: `Delete “${plain(entry.title)}”?`, words, act: "Delete" })) on.remove(entry.session);
    else focusOn("remove", entry);
  }

  // The list may have been drawn anew while the question stood before it.
  function focusOn(what, { session }) {
    at("chats").querySelector(`[data-key="${what}-${session}"]`)?.focus();
  }

  // On a narrow window the list lies over the page: what is beneath it is out of reach meanwhile.
  function open() {
    document.body.dataset.side = "open";
    cover(true);
    at("new").focus();
  }

  /** Close the list where it lies over the page. Returns whether it did. */
  function close() {
    if (document.body.dataset.side !== "open") return false;
    delete document.body.dataset.side;
    cover(false);
    at("menu").focus();
    return true;
  }

  function cover(isOpen) {
    at("menu").ariaExpanded = String(isOpen);
    at("scrim").hidden = !isOpen;
    for (const beneath of ["stage", "rail"]) at(beneath).inert = isOpen;
  }

  at("menu").addEventListener("click", open);
  at("scrim").addEventListener("click", close);
  narrow.addEventListener("change", close);
  return { draw, close };
}
