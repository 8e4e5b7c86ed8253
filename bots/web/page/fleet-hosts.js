// Hosts as cards: what each has in memory, how that is, and what is wrong with it.

import { plain } from "./bidi.js";
import { make } from "./dom.js";
import { keyed, say, sayOrHide } from "./keyed.js";
import { flockNow } from "./live.js";
import { ago, duration, gib } from "./units.js";

const MOST_PIPS = 8; // more slots than that are told in figures only
const COMING = new Set(["loading", "starting"]);
const STANDINGS = { probation: "on probation", open: "rests" };

/** Return {node, show}: `show(hosts)` draws a card for each. */
export function hostCards() {
  const node = make("ul", "cards");
  const cards = keyed(node, ({ name }) => name, card);
  return { node, show: cards };
}

function card(first) {
  const name = say(make("h3"), first.name);
  name.dir = "auto";
  const state = make("span", "state");
  const about = make("p", "about");
  const bar = memoryBar();
  const models = make("ul", "residents");
  const residents = keyed(models, ({ model }) => model, residentRow);
  const none = make("p", "nothing", "Nothing in memory.");
  const words = make("ul", "words");
  const worded = keyed(words, (line) => line, wordLine);
  const node = make("li", "card", make("header", "", name, state), about, bar.node, models, none, words);

  return {
    node,
    draw(host) {
      const [word, kind] = stateOf(host);
      say(state, word).className = `state ${kind}`;
      sayOrHide(about, aboutOf(host));
      node.classList.toggle("gone", !host.live);
      const held = host.live ? host.residents : [];
      bar.draw(host, held);
      residents(held.map((each) => ({ ...each, load: host.loads.find(({ model }) => model === each.model) })));
      none.hidden = held.length > 0 || !host.live;
      worded(host.live ? host.troubles : []);
      words.hidden = !host.live || !host.troubles.length;
    },
  };
}

function stateOf({ state, doing, troubles, residents }) {
  if (state !== "up") return [state, state === "gone" ? "bad" : "warn"];
  const failing = residents.some(({ standing }) => standing === "open");
  if (doing === "available") return [failing || troubles.length ? "up" : "ready", failing ? "warn" : "well"];
  return [doing, doing === "loading" ? "coming" : failing ? "warn" : "well"];
}

function aboutOf({ engine, labels, cloud, live, seen_ms: seen }) {
  if (!live) return seen ? `last seen ${ago((flockNow() - seen) / 1000)}` : "never seen";
  return [engine, cloud ? "cloud" : "", ...labels].filter(Boolean).join(" · ");
}

function memoryBar() {
  const track = make("span", "track");
  track.ariaHidden = "true";
  const words = make("span");
  const others = make("span");
  const node = make("div", "memory", track, make("p", "", words, others));
  const parts = keyed(track, ({ model }) => model, part);
  return {
    node,
    draw({ live, memory }, held) {
      node.hidden = !live || !memory;
      if (node.hidden) return;
      const { total_gib: total, used_gib: used, foreign_gib: foreign } = memory;
      track.hidden = !total;
      say(words, total ? `${gib(used)} of ${gib(total)} GiB` : `${gib(used)} GiB`);
      sayOrHide(others, foreign ? `others take ${gib(foreign)}` : "");
      if (!total) return;
      const models = held.filter((each) => each.gib > 0).map((each) => ({ ...each, kind: kindOf(each) }));
      const theirs = foreign ? [{ model: "", name: "others", kind: "others", gib: foreign }] : [];
      parts([...models, ...theirs].map((each) => ({ ...each, share: Math.min(1, each.gib / total) })));
    },
  };
}

function part() {
  const node = make("i");
  return {
    node,
    draw({ name, kind, gib: size, share }) {
      node.className = kind;
      node.title = `${plain(name)}, ${gib(size)} GiB`;
      node.style.flexBasis = `${(share * 100).toFixed(2)}%`;
    },
  };
}

const kindOf = ({ state }) => (COMING.has(state) ? "coming" : state === "ready" ? "held" : "leaving");

function residentRow() {
  const name = make("span", "model");
  name.dir = "auto";
  const demo = make("span", "badge");
  const size = make("span", "size");
  const now = make("span", "now");
  const pips = make("span", "pips");
  pips.ariaHidden = "true";
  const node = make("li", "", make("span", "who", name, demo), size, make("span", "how", pips, now));
  return {
    node,
    draw(model) {
      name.title = say(name, model.name).textContent;
      sayOrHide(demo, model.demo ? "demo" : "");
      say(size, model.gib ? `${gib(model.gib)} GiB` : "");
      const standing = model.state === "ready" ? STANDINGS[model.standing] : "";
      node.className = standing ? "bad" : kindOf(model);
      say(now, [nowOf(model), standing, model.pinned ? "pinned" : ""].filter(Boolean).join(" · "));
      drawPips(pips, model);
    },
  };
}

function nowOf({ state, busy, slots, load }) {
  if (state === "ready" && slots) return `${busy} of ${slots} busy`;
  const left = load?.ready_ms ? (load.ready_ms - flockNow()) / 1000 : 0;
  return left >= 1 ? `${state}, ${duration(left)} to go` : state;
}

function drawPips(pips, { state, busy, slots }) {
  pips.hidden = state !== "ready" || !slots || slots > MOST_PIPS;
  if (pips.hidden) return;
  while (pips.children.length > slots) pips.lastChild.remove();
  while (pips.children.length < slots) pips.append(make("i"));
  [...pips.children].forEach((pip, at) => pip.classList.toggle("on", at < busy));
}

function wordLine(line) {
  const node = say(make("li"), line);
  node.dir = "auto";
  return { node, draw() {} };
}
