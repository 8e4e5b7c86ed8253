// The view of the conversations: which one is shown, what the keys do, and who is told of what.

import { plain } from "./bidi.js";
import * as chats from "./chats.js";
import { composer } from "./composer.js";
import { announce, at, button, make } from "./dom.js";
import { log } from "./log.js";
import { personas } from "./personas.js";
import { side } from "./side.js";
import { isRunning, latest, talk } from "./talk.js";
import { title } from "./views.js";
import { readable } from "./words.js";

export const stays = true; // answers go on being written while another view is shown

const KEEP_MS = 500;
const TICK_MS = 1_000;
const DEMO =
  "The built-in demo model answers here. It is tiny and knows little: it shows that everything works. " +
  "Name a model of your own in rookery.toml for real conversations.";
const TRIES = ["Hello!", "What can you do?", "Tell me a joke"];

let chat = chats.current();
let isShown = false;
const opened = new Map(); // session → conversation; one that is still being answered changes while others are shown

export function mount() {
  isShown = true;
  head();
  shown.toEnd();
  writing.focus();
}

export function leave() {
  isShown = false;
  list.close();
}

// ---------------------------------------------------------------- what happens

const talking = talk({
  changed(of, exchange) {
    keep(of);
    if (of === chat) shown.redraw(exchange);
  },
  settled(of, exchange, words) {
    unsaved.add(of);
    keepNow();
    if (of === chat) {
      shown.redraw(exchange);
      announce(words);
    }
    if (document.hidden) title(`● ${plain(chats.titleOf(of))}`);
    talking.resume(chat); // there is room for another stream
    if (latest(exchange).kind === "error") people.look(); // what is said below of the flock may be over, too
  },
  said: announce,
});

const shown = log({
  stop: (of) => talking.stop(chat, of),
  again: (of) => talking.post(chat, of),
  rate: (of, version, opinion) => talking.rate(chat, of, version, opinion),
  grade: (of, version, stars) => talking.grade(chat, of, version, stars),
  correct: (version, text) => talking.correct(version, text),
  async anew(of, text) {
    if (!(await talking.anew(chat, of, text)) && text) writing.put(text); // it could not be sent from there, and is not lost
  },
});

const writing = composer({ send, recall: () => shown.edit() });

const list = side({
  choose(session) {
    list.close();
    if (session !== chat.session) show(recall(session) ?? chats.fresh());
    writing.focus();
  },
  rename(session, name) {
    const renamed = recall(session);
    if (!renamed) return;
    renamed.title = name;
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

const people = personas(() => {
  at("persona").replaceChildren(
    ...people.all().map(({ name, demo, away }) => {
      const called = plain(name);
      const option = new Option(away ? `${called} (away)` : demo ? `${called} (demo model)` : called, name);
      option.disabled = Boolean(away);
      option.title = away ?? "";
      return option;
    }),
  );
  at("picker").hidden = people.all().length < 2;
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
  for (const one of unsaved) if (!one.removed) chats.save(one, one === chat && !document.hidden && isShown);
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
  shown.show(chat.exchanges);
  writing.show(chat.exchanges.length ? chat.session : chats.NEW);
  head();
  chats.save(chat); // it has been seen
  list.draw(chat.session);
  talking.resume(chat);
}

function startNew() {
  list.close();
  if (chat.exchanges.length || chat.removed) show(chats.fresh(chat.persona));
  writing.focus();
}

async function send(text) {
  await people.known; // whoever is quicker than the first look at the flock is not lost
  const before = chat.exchanges.at(-1);
  const exchange = talking.ask(chat, text, speaker());
  if (!before) writing.belong(chat.session);
  chats.save(chat);
  chats.raise(chat.session);
  shown.add(exchange);
  if (before) shown.redraw(before);
  head();
  list.draw(chat.session);
  shown.toEnd();
}

function speaker() {
  const all = people.all();
  const present = all.find(({ away }) => !away);
  return all.find(({ name }) => name === chat.persona) ?? present ?? all[0] ?? { name: "", model: "", demo: false };
}

function head() {
  const { name, model, demo } = speaker();
  const called = plain(name);
  at("title").textContent = chats.titleOf(chat);
  if (isShown) title(plain(chats.titleOf(chat)));
  at("persona").value = name;
  at("welcome").hidden = chat.exchanges.length > 0;
  at("greeting").textContent = called ? `Hello, this is ${called}.` : "Hello.";
  at("about").replaceChildren(...(demo ? [DEMO] : model ? whose(plain(model)) : []));
}

function whose(model) {
  return ["Answers come from ", make("span", "whole", model), ", on machines of your own."];
}

// ---------------------------------------------------------------- keys, other tabs, time

addEventListener("keydown", (event) => {
  if (!isShown || event.defaultPrevented) return;
  const isPopped = document.querySelector("[popover]:popover-open") !== null; // Escape closes that, and no more
  if (event.key === "Escape" && !isPopped && !list.close()) talking.stopAll(chat);
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    startNew();
  }
});
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
  if (!here || here.exchanges.some(isRunning) || shown.isEdited()) return;
  opened.delete(session);
  if (here === chat) show(chats.load(session) ?? chats.fresh());
});
addEventListener("pagehide", keepNow);
document.addEventListener("visibilitychange", () => document.hidden || head());
setInterval(() => document.hidden || chat.exchanges.filter(isRunning).forEach(shown.redraw), TICK_MS);
show(chat);
