// What is remembered of the person at the page: to find, to take along, and to have forgotten.

import { call } from "./api.js";
import { plain } from "./bidi.js";
import { announce, button, icon, make } from "./dom.js";
import { keyed, say } from "./keyed.js";
import { searching, tell } from "./operating.js";
import { question } from "./question.js";
import { counted, moment } from "./units.js";
import { readable } from "./words.js";

export const styles = ["operating.css", "memory.css"];
const PATH = "api/memories";
const LEARNING = "api/learning";
const SOON_MS = 300; // after the last key
const QUOTED_CHARS = 200;
const KINDS = { fact: "kept on purpose", digest: "summary", task: "task" };
const NOTHING = "Nothing is remembered of you. What you tell somebody who remembers will be here.";
const GONE = "It goes from every memory, and what you said of it from the archive. Nothing brings it back.";
const FORGET = "Forget this";
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
  const more = button("Show more", () => look(next), { kind: "wide" });
  const agreed = Object.assign(make("input"), { type: "checkbox", onchange: decide });
  const learning = make("label", "agreeing", agreed, " Personas that learn may learn from what I say");
  const head = make("header", "headline", make("h1", "", "Memory"), make("p", "acts", file, everything));
  root.append(make("div", "wideview", head, learning, make("search", "filters", field, found), trouble, list, none, more));

  const draw = keyed(list, ({ id }) => id, (memory) => row(() => forgetOne(memory)));
  const gone = new Set(); // what was forgotten since: an answer of before may have it still
  let memories = [];
  let after = ""; // where the list goes on
  let next = ""; // where it goes on when that is asked for
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
      const isLeft = more === document.activeElement && !after;
      const first = from ? memories.length : 0;
      show([...memories.slice(0, first), ...told.memories]);
      if (isLeft) focus(first);
    } catch (error) {
      if (mine !== looks) return;
      fail(error);
      offer("Try again", from);
    }
  }

  async function decide() {
    const wanted = agreed.checked;
    try {
      await call("PUT", LEARNING, { agreed: wanted });
      announce(wanted ? "Thank you" : "Nothing is learned from you any more");
    } catch (error) {
      agreed.checked = !wanted;
      fail(error);
    }
  }

  function show(now) {
    memories = now.filter(({ id }) => !gone.has(id));
    draw(memories);
    none.hidden = memories.length > 0 || after !== "";
    say(none, field.value.trim() ? "Nothing like that is remembered of you." : NOTHING);
    offer(after ? "Show more" : "", after);
    say(found, memories.length ? counted(memories.length, "memory", "memories") + (after ? " so far" : "") : "");
  }

  function offer(words, from) {
    next = from;
    more.textContent = words;
    more.hidden = !words;
  }

  /** Go on with the keyboard at a memory, or where there is none, at the field. */
  function focus(place) {
    (list.children[Math.min(place, memories.length - 1)]?.querySelector("button") ?? field).focus();
  }

  function fail(error) {
    say(found, "");
    tell(trouble, readable(error));
  }

  function forgetOne({ id, text }) {
    return forget("Forget this?", quoted(text), `/${encodeURIComponent(id)}`, () => gone.add(id));
  }

  function forgetAll() {
    return forget("Forget everything?", "All that is remembered of you.", "?everything=true", () => {
      looks += 1; // what is still asked for is of before
      memories = [];
      after = "";
    });
  }

  async function forget(title, words, what, drop) {
    if (!(await question({ title, words: `${words} ${GONE}`, act: "Forget" }))) return;
    const held = document.activeElement;
    const place = [...list.children].findIndex((node) => node.contains(held));
    say(found, "forgetting …");
    try {
      const told = await call("DELETE", PATH + what);
      drop();
      show(memories);
      tell(trouble, [...(told.words ? [] : [LATER]), ...(told.flagged ?? [])].join(" "));
      announce(told.words ?? "");
      if ([held, document.body].includes(document.activeElement)) focus(place);
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
  call("GET", LEARNING).then((told) => (agreed.checked = told.agreed), fail);
}

/** Ask no more. */
export function leave() {
  end();
}

function quoted(text) {
  const line = plain(text);
  return `“${line.length > QUOTED_CHARS ? `${line.slice(0, QUOTED_CHARS)}…` : line}”`;
}

function row(forget) {
  const [text, facts] = ["text", "facts"].map((kind) => make("p", kind));
  text.dir = "auto";
  const bin = button(icon("bin"), forget, { kind: "tiny", label: FORGET });
  return {
    node: make("li", "", make("div", "", text, facts), bin),
    draw({ text: words, at_ms, author, persona, channel, direct, kind, pinned }) {
      text.textContent = words;
      bin.ariaLabel = `${FORGET}: ${quoted(words)}`;
      const isTold = author && persona && persona !== author;
      const whom = isTold ? make("span", "", name(author), " to ", name(persona)) : name(author || persona);
      const told = [moment(at_ms, false), whom, direct ? "" : name(channel), pinned ? "pinned" : KINDS[kind]];
      facts.replaceChildren(...told.filter(Boolean).flatMap((part) => [" · ", part]).slice(1));
    },
  };
}

// By itself, so that one that is written from right to left leaves the rest in its order.
function name(words) {
  return words && make("bdi", "", plain(words));
}
