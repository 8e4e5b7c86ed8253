// What is remembered of the person at the page: to find, to take along, and to have forgotten.

import { call } from "./api.js";
import { announce, button, icon, make } from "./dom.js";
import { keyed, say } from "./keyed.js";
import { searching, tell } from "./operating.js";
import { question } from "./question.js";
import { counted, moment } from "./units.js";
import { readable } from "./words.js";

export const styles = ["operating.css", "memory.css"];
const PATH = "api/memories";
const SOON_MS = 300; // after the last key
const QUOTED_CHARS = 200;
const KINDS = { fact: "kept on purpose", digest: "summary", task: "task" };
const NOTHING = "Nothing is remembered of you. What you tell somebody who remembers will be here.";
const GONE = "It goes from every memory, and what you said of it from the archive. Nothing brings it back.";
const LATER = "It will be forgotten as soon as whoever keeps the memories is there.";

let end;

/** Show in `root` what is remembered. */
export function mount(root) {
  const field = searching("Search memories");
  const [trouble, found, none] = ["alarm", "found", "nothing"].map((kind) => make("p", kind));
  trouble.role = found.role = "status";
  const file = make("a", "wide", "Export");
  Object.assign(file, { href: `${PATH}/export`, download: "memories.jsonl" });
  const everything = button("Forget everything", forgetAll, { kind: "wide" });
  const list = make("ol", "memories");
  list.ariaLabel = "Memories";
  const more = button("Show more", () => look(after));
  const head = make("header", "headline", make("h1", "", "Memory"), make("p", "acts", file, everything));
  root.append(make("div", "wideview", head, make("search", "filters", field, found), trouble, list, none, more));

  const draw = keyed(list, ({ id }) => id, (memory) => row(() => forgetOne(memory)));
  let memories = [];
  let after = ""; // where the list goes on
  let looks = 0; // which answer is still wanted
  let timer;

  async function look(from = "") {
    const mine = (looks += 1);
    say(found, "looking …");
    try {
      const told = await call("GET", `${PATH}?${new URLSearchParams({ about: field.value.trim(), after: from })}`);
      if (mine !== looks) return;
      after = told.after;
      tell(trouble, "");
      show(from ? [...memories, ...told.memories] : told.memories);
    } catch (error) {
      if (mine === looks) fail(error);
    }
  }

  function show(now) {
    memories = now;
    draw(memories);
    none.hidden = memories.length > 0;
    say(none, field.value.trim() ? "Nothing like that is remembered of you." : NOTHING);
    more.hidden = !after;
    say(found, memories.length ? counted(memories.length, "memory", "memories") + (after ? " so far" : "") : "");
  }

  function fail(error) {
    say(found, "");
    tell(trouble, readable(error));
  }

  function forgetOne({ id, text }) {
    const quoted = text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text;
    return forget("Forget this?", `“${quoted}”`, `/${encodeURIComponent(id)}`, (memory) => memory.id !== id);
  }

  function forgetAll() {
    return forget("Forget everything?", "All that is remembered of you.", "?everything=true", () => false);
  }

  async function forget(title, words, what, stays) {
    if (!(await question({ title, words: `${words} ${GONE}`, act: "Forget" }))) return;
    const at = [...list.children].findIndex((node) => node.contains(document.activeElement));
    try {
      const told = await call("DELETE", PATH + what);
      show(memories.filter(stays));
      tell(trouble, (told.flagged ?? []).join(" "));
      announce(told.words ?? LATER);
      const next = list.children[Math.min(at, memories.length - 1)];
      (next?.querySelector("button") ?? field).focus();
    } catch (error) {
      fail(error);
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, SOON_MS);
  });
  more.hidden = none.hidden = true;
  end = () => {
    clearTimeout(timer);
    looks += 1;
  };
  look();
}

/** Ask no more. */
export function leave() {
  end();
}

function row(forget) {
  const [text, facts] = ["text", "facts"].map((kind) => make("p", kind));
  text.dir = facts.dir = "auto";
  const bin = button(icon("bin"), forget, { kind: "tiny", label: "Forget this" });
  return {
    node: make("li", "", make("div", "", text, facts), bin),
    draw({ text: words, at_ms, author, persona, channel, direct, kind, pinned }) {
      text.textContent = words;
      const whom = author && persona && persona !== author ? `${author} to ${persona}` : author || persona;
      const told = [moment(at_ms, false), whom, direct ? "" : channel, pinned ? "pinned" : KINDS[kind]];
      say(facts, told.filter(Boolean).join(" · "));
    },
  };
}
