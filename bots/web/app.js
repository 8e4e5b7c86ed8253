// The page: takes what the person writes, shows what comes back, keeps the conversation.

import { bubbles } from "./bubbles.js";
import { fresh, load, randomId, save } from "./chat.js";
import { call, follow } from "./flock.js";

const LOOK_EVERY_MS = 15_000; // at the flock
const LOOK_AGAIN_MS = 2_000; // while nobody answered yet
const AT_BOTTOM_PX = 60; // closer than this, the page scrolls along
const TALLEST_PX = 220; // of the text field

const at = (id) => document.getElementById(id);
const [scroll, log, field, send, announcer, picker] = ["scroll", "log", "text", "send", "announcer", "persona"].map(at);

let chat = load();
let personas = [];
const drawn = new Map(); // exchange id → {node, draw}
const listening = new Map(); // exchange id → stop listening

// ---------------------------------------------------------------- asking

function ask(text) {
  const exchange = { id: randomId(), text, persona: speaker().name, demo: speaker().demo };
  chat.exchanges.push(exchange);
  show(exchange);
  scroll.scrollTop = scroll.scrollHeight;
  post(exchange);
}

/** Post an exchange. Its id makes this safe to repeat: the flock knows the same message again. */
async function post(exchange) {
  Object.assign(exchange, { kind: undefined, answer: "", again: undefined, phrase: "sending" });
  redraw(exchange);
  save(chat);
  try {
    const { job, hosted } = await call("POST", "api/chat", {
      text: exchange.text,
      persona: exchange.persona,
      session: chat.session,
      message_id: exchange.id,
    });
    exchange.job = job;
    exchange.phrase = hosted ? "queued" : "waiting for a host";
    save(chat);
    listen(exchange);
  } catch (error) {
    fail(exchange, error);
  }
  redraw(exchange);
}

function listen(exchange) {
  if (drawn.get(exchange.id) === undefined) return; // a new chat has begun meanwhile
  const stopListening = follow(exchange.job, {
    text(offset, piece) {
      exchange.answer = (exchange.answer ?? "").slice(0, offset) + piece;
      redraw(exchange);
    },
    restart() {
      exchange.answer = "";
      redraw(exchange);
    },
    state(told) {
      exchange.phrase = told.phrase;
      announce(told.phrase);
      redraw(exchange);
    },
    trouble(error) {
      exchange.phrase = readable(error);
      redraw(exchange);
    },
    answer: (view) => finish(exchange, view),
    gone: (error) => fail(exchange, error),
  });
  listening.set(exchange.id, stopListening);
}

function finish(exchange, view) {
  exchange.kind = view.outcome ?? "stopped";
  // A stopped answer keeps what was written of it; a long-ended one, whose words have expired, what we have.
  if (view.outcome) exchange.answer = view.text || exchange.answer || view.ending;
  exchange.demo = view.demo;
  exchange.details = view.outcome === "reply" ? view.details : view.outcome ? "" : view.ending;
  settle(exchange, `${exchange.persona}: ${exchange.answer || view.ending}`);
}

function fail(exchange, error) {
  Object.assign(exchange, { kind: "error", answer: readable(error), again: error.again });
  settle(exchange, exchange.answer);
}

function settle(exchange, words) {
  listening.delete(exchange.id);
  save(chat);
  redraw(exchange);
  announce(words);
}

async function stop(exchange) {
  exchange.phrase = "stopping";
  redraw(exchange);
  try {
    await call("DELETE", `api/jobs/${encodeURIComponent(exchange.job)}`);
  } catch (error) {
    exchange.phrase = readable(error);
    redraw(exchange);
  }
}

function startOver() {
  for (const [id, stopListening] of listening) {
    stopListening();
    const { job } = chat.exchanges.find((exchange) => exchange.id === id);
    call("DELETE", `api/jobs/${encodeURIComponent(job)}`).catch(() => {}); // nobody will read it
  }
  listening.clear();
  chat = fresh(chat.persona);
  save(chat);
  showAll();
  field.focus();
}

function readable({ message, next_step: step }) {
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return step ? `${sentence.replace(/[.\s]*$/, ".")} ${step.charAt(0).toUpperCase()}${step.slice(1)}.`.replace(/\.\.$/, ".") : sentence;
}

// ---------------------------------------------------------------- showing

function showAll() {
  drawn.clear();
  log.replaceChildren();
  for (const exchange of chat.exchanges) show(exchange);
  welcome();
  scroll.scrollTop = scroll.scrollHeight;
}

function show(exchange) {
  const made = bubbles(exchange, { stop, again: post, ask: ({ text }) => ask(text) });
  drawn.set(exchange.id, made);
  log.append(made.node);
  welcome();
}

const stale = new Set();

/** Draw an exchange with the next frame, however often it changes until then, and stay at the bottom if there. */
function redraw(exchange) {
  if (!stale.size) setTimeout(drawStale, document.hidden ? 200 : 16);
  stale.add(exchange.id);
}

function drawStale() {
  const follows = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_BOTTOM_PX;
  for (const id of stale) drawn.get(id)?.draw();
  stale.clear();
  if (follows) scroll.scrollTop = scroll.scrollHeight;
}

function announce(words) {
  announcer.textContent = words;
}

function speaker() {
  return personas.find(({ name }) => name === chat.persona) ?? personas[0] ?? { name: "", model: "", demo: false };
}

function welcome() {
  const { name, model, demo } = speaker();
  at("welcome").hidden = chat.exchanges.length > 0;
  at("greeting").textContent = name ? `Hello, this is ${name}.` : "Hello.";
  at("about").textContent = demo
    ? "The built-in demo model answers here. It is tiny and knows little: it shows that everything works. " +
      "Name a model of your own in rookery.toml for real conversations."
    : model && `Answers come from ${model}, on machines of your own.`;
}

async function lookAtFlock() {
  let told;
  try {
    told = await call("GET", "api/fleet");
  } catch (error) {
    at("flock").textContent = error.message;
    return;
  }
  if (JSON.stringify(personas) !== JSON.stringify(told.personas)) {
    personas = told.personas;
    picker.replaceChildren(
      ...personas.map(({ name, demo }) => new Option(demo ? `${name} (demo model)` : name, name)),
    );
    picker.value = speaker().name;
    at("picker").hidden = personas.length < 2;
    welcome();
  }
  at("flock").textContent = glance(told.status);
}

function glance(status) {
  if (!status) return "Redis does not answer";
  const up = status.hosts.filter(({ live }) => live).length;
  const waiting = status.backlogs.reduce((sum, backlog) => sum + backlog.waiting, 0);
  const hosts = up === 0 ? "no host is up" : up === 1 ? "1 host up" : `${up} hosts up`;
  return waiting ? `${hosts} · ${waiting} waiting` : hosts;
}

async function untilPersonasAreKnown() {
  for (;;) {
    await lookAtFlock();
    if (personas.length) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

// ---------------------------------------------------------------- the form

const personasKnown = untilPersonasAreKnown();

function fit() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, TALLEST_PX)}px`;
  send.disabled = !field.value.trim();
}

at("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  await personasKnown; // whoever is quicker than the first look at the flock is not lost
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  fit();
  ask(text);
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // Enter may choose a character in an IME
  event.preventDefault();
  at("composer").requestSubmit();
});

field.addEventListener("input", fit);
at("new").addEventListener("click", startOver);
picker.addEventListener("change", () => {
  chat.persona = picker.value;
  save(chat);
  welcome();
});

// ---------------------------------------------------------------- the start

showAll();
for (const exchange of chat.exchanges.filter(({ kind }) => !kind)) {
  if (exchange.job) listen(exchange);
  else post(exchange);
}
setInterval(() => document.hidden || lookAtFlock(), LOOK_EVERY_MS);
field.focus();
