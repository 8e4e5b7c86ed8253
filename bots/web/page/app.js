// The page: which conversation is shown, what the keys do, and who is told of what.

import { bubbles } from "./bubbles.js";
import * as chats from "./chats.js";
import { announce, at, button } from "./dom.js";
import { fit, sends } from "./editor.js";
import { fleet } from "./personas.js";
import { side } from "./side.js";
import { isRunning, talk } from "./talk.js";
import { readable } from "./words.js";

const AT_BOTTOM_PX = 60; // closer than this, the page scrolls along
const FRAME_MS = 16;
const HIDDEN_FRAME_MS = 200; // nobody looks
const KEEP_MS = 500;
const TICK_MS = 1_000;
const TRIES = ["Hello!", "What is Rookery?", "Tell me a joke"];

const scroll = at("scroll");
const field = at("text");

let chat = chats.current();
const opened = new Map(); // session → conversation; one that is still being answered changes while others are shown
const drawn = new Map(); // exchange → {node, draw, …}

// ---------------------------------------------------------------- what happens

const talking = talk({
  changed(of, exchange) {
    keep(of);
    if (of === chat) redraw(exchange);
  },
  settled(of, exchange, words) {
    unsaved.add(of);
    keepNow();
    if (of === chat) {
      redraw(exchange);
      announce(words);
    }
    talking.resume(chat); // there is room for another stream
  },
  said: announce,
});

const list = side({
  choose(session) {
    list.close();
    if (session !== chat.session) show(recall(session) ?? chats.fresh());
    field.focus();
  },
  rename(session, title) {
    const renamed = recall(session);
    if (!renamed) return;
    renamed.title = title;
    chats.save(renamed);
    list.draw(chat.session);
    head();
  },
  remove(session) {
    const removed = recall(session);
    if (removed) talking.forget(removed).catch((error) => announce(`Not forgotten by Rookery: ${readable(error)}`));
    opened.delete(session);
    chats.remove(session);
    if (removed === chat) startNew();
    list.draw(chat.session);
  },
});

const flock = fleet(() => {
  at("persona").replaceChildren(
    ...flock.all().map(({ name, demo, away }) => {
      const option = new Option(away ? `${name} (away)` : demo ? `${name} (demo model)` : name, name);
      option.disabled = Boolean(away);
      option.title = away ?? "";
      return option;
    }),
  );
  at("picker").hidden = flock.all().length < 2;
  head();
});

let saving;
const unsaved = new Set();

/** Keep a conversation soon: text comes in faster than it is worth writing down. */
function keep(of) {
  unsaved.add(of);
  saving ??= setTimeout(keepNow, KEEP_MS);
}

function keepNow() {
  clearTimeout(saving);
  saving = undefined;
  for (const one of unsaved) if (!one.removed) chats.save(one, one === chat && !document.hidden);
  unsaved.clear();
  list.draw(chat.session);
}

function recall(session) {
  return opened.get(session) ?? chats.load(session);
}

function show(other) {
  chat = other;
  opened.set(chat.session, chat);
  chats.choose(chat.session);
  drawn.clear();
  at("log").replaceChildren();
  for (const exchange of chat.exchanges) add(exchange);
  head();
  chats.save(chat); // it has been seen
  list.draw(chat.session);
  talking.resume(chat);
  scroll.scrollTop = scroll.scrollHeight;
}

function startNew() {
  list.close();
  if (chat.exchanges.length || chat.removed) show(chats.fresh(chat.persona));
  field.focus();
}

async function send(text) {
  await flock.known; // whoever is quicker than the first look at the flock is not lost
  const before = chat.exchanges.at(-1);
  const exchange = talking.ask(chat, text, speaker());
  chats.save(chat);
  chats.raise(chat.session);
  add(exchange);
  if (before) redraw(before);
  head();
  list.draw(chat.session);
  scroll.scrollTop = scroll.scrollHeight;
}

// ---------------------------------------------------------------- how it looks

function add(exchange) {
  exchange.shown = exchange.versions.length - 1; // to look back at an earlier answer is for the moment
  const made = bubbles(exchange, {
    stop: (of) => talking.stop(chat, of),
    again: (of) => talking.post(chat, of),
    async anew(of, text) {
      if ((await talking.anew(chat, of, text)) || !text) return;
      field.value ||= text; // it could not be sent from there, and is not lost
      sizeField();
    },
    look(of, version) {
      of.shown = version;
      made.draw(of === chat.exchanges.at(-1));
    },
  });
  drawn.set(exchange, made);
  made.draw(exchange === chat.exchanges.at(-1));
  at("log").append(made.node);
  at("welcome").hidden = true;
}

const stale = new Set();

/** Draw an exchange with the next frame, however often it changes until then, and stay at the bottom if there. */
function redraw(exchange) {
  if (!stale.size) setTimeout(drawStale, document.hidden ? HIDDEN_FRAME_MS : FRAME_MS);
  stale.add(exchange);
}

function drawStale() {
  const follows = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_BOTTOM_PX;
  for (const exchange of stale) drawn.get(exchange)?.draw(exchange === chat.exchanges.at(-1));
  stale.clear();
  if (follows) scroll.scrollTop = scroll.scrollHeight;
}

function speaker() {
  const personas = flock.all();
  const present = personas.find(({ away }) => !away);
  return personas.find(({ name }) => name === chat.persona) ?? present ?? personas[0] ?? { name: "", model: "", demo: false };
}

function head() {
  const { name, model, demo } = speaker();
  at("title").textContent = chats.titleOf(chat);
  at("persona").value = name;
  at("welcome").hidden = chat.exchanges.length > 0;
  at("greeting").textContent = name ? `Hello, this is ${name}.` : "Hello.";
  at("about").textContent = demo
    ? "The built-in demo model answers here. It is tiny and knows little: it shows that everything works. " +
      "Name a model of your own in rookery.toml for real conversations."
    : model && `Answers come from ${model}, on machines of your own.`;
}

// ---------------------------------------------------------------- keys and buttons

function sizeField() {
  fit(field);
  at("send").disabled = !field.value.trim();
}

at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  sizeField();
  send(text);
});

field.addEventListener("keydown", (event) => {
  if (sends(event)) {
    event.preventDefault();
    at("composer").requestSubmit();
  } else if (event.key === "ArrowUp" && !field.value && chat.exchanges.length) {
    event.preventDefault();
    drawn.get(chat.exchanges.at(-1)).edit();
  }
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !list.close()) talking.stopAll(chat);
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    startNew();
  }
});

field.addEventListener("input", sizeField);
for (const id of ["new", "plus"]) at(id).addEventListener("click", startNew);
at("persona").addEventListener("change", () => {
  chat.persona = at("persona").value;
  chats.save(chat);
  head();
});
at("tries").append(...TRIES.map((text) => button(text, () => send(text), { kind: "try" })));

// Another tab has changed the list, or a conversation; what this tab is at work on stays its own.
addEventListener("storage", ({ key }) => {
  if (chats.isList(key)) list.draw(chat.session);
  const session = chats.sessionOf(key);
  const here = opened.get(session);
  if (!here || here.exchanges.some(isRunning) || [...drawn.values()].some((one) => one.isEdited())) return;
  opened.delete(session);
  if (here === chat) show(chats.load(session) ?? chats.fresh());
});
addEventListener("pagehide", keepNow);

// Where a keyboard on the screen does not shrink the page by itself (Safari), what is visible is all there is.
visualViewport?.addEventListener("resize", () => {
  document.body.style.height = visualViewport.scale === 1 ? `${visualViewport.height}px` : "";
});

setInterval(() => document.hidden || chat.exchanges.filter(isRunning).forEach(redraw), TICK_MS);
show(chat);
field.focus();
