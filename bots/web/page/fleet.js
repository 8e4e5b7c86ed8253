// The fleet at a glance: every host and what it holds, who waits, what was loaded and let go, and how fast it all is.

import { call } from "./api.js";
import { beside } from "./beside.js";
import { make } from "./dom.js";
import { hostCards } from "./fleet-hosts.js";
import { loadTimeline } from "./fleet-loads.js";
import { latestOf, pace } from "./fleet-pace.js";
import { catalogue, queueTable } from "./fleet-queues.js";
import { say } from "./keyed.js";
import { flockNow, hear, isSettled } from "./live.js";
import { badge, section, tell } from "./operating.js";
import { duration, lasting, short } from "./units.js";
import { readable } from "./words.js";

export const styles = ["operating.css", "fleet.css", "plots.css"];
const NO_HOST = "No host has ever been up. `rookery up` starts one on this machine.";
const REDIS_AWAY = "Redis is away: what is shown here is from before. `rookery up` starts it.";
const MOST_ENTRIES = 200;
const TICK_MS = 1_000;
const HISTORY_EVERY_MS = 10_000;
const LANES_EVERY_MS = 20_000;

let ends = [];

/** Show the fleet in `root`, and keep it up to date until `leave`. */
export function mount(root) {
  const names = new Map(); // models by slug, as the fleet file calls them
  const named = (model) => names.get(model) ?? model;
  const figures = {
    hosts: figure("Hosts"),
    waiting: figure("Waiting"),
    answers: figure("Answers"),
    wait: figure("Wait for a host"),
  };
  const [cards, queues, models, timeline, plots] = [hostCards(), queueTable(), catalogue(), loadTimeline(named), pace(named)];
  const trouble = make("p", "alarm");
  trouble.role = "status";
  const live = badge();
  const hosts = section("Hosts", cards.node);
  const noHost = tell(make("p", "nothing"), NO_HOST);
  hosts.append(noHost);
  const known = make(
    "div",
    "",
    make("dl", "figures", ...Object.values(figures).map(({ node }) => node)),
    hosts,
    section("Queues", queues.node, models.node),
    section("Loads and evictions", timeline.node),
    section("The last hour", plots.node),
  );
  known.hidden = true; // until something is
  const head = make("header", "headline", make("h1", "", "Fleet"), live.node);
  root.append(make("div", "wideview", head, trouble, known, beside()));

  let seen = null;
  let catalogued = [];
  function show(fleet) {
    tell(trouble, fleet.status ? "" : REDIS_AWAY);
    if (!fleet.status) return;
    seen = fleet.status;
    catalogued = fleet.models;
    known.hidden = false;
    draw();
    noHost.hidden = seen.hosts.length > 0;
    models.show(catalogued);
    for (const { model, name } of catalogued) names.set(model, name);
    timeline.hosts(inOrder(seen.hosts).map(({ name }) => name));
  }

  function draw() {
    if (!seen) return;
    cards.show(inOrder(seen.hosts));
    queues.show(seen.backlogs, catalogued);
    const up = seen.hosts.filter(({ live: isUp }) => isUp).length;
    figures.hosts.say(`${up}`, up === seen.hosts.length ? "up" : `of ${seen.hosts.length} up`);
    const oldest = Math.min(...seen.backlogs.map(({ oldest_ms: ms }) => ms));
    const age = Number.isFinite(oldest) ? `oldest ${lasting((flockNow() - oldest) / 1000)}` : "";
    figures.waiting.say(String(seen.waiting), seen.waiting ? age : "");
  }

  async function look(what, take) {
    try {
      take(await call("GET", what));
    } catch (error) {
      if (!seen) tell(trouble, readable(error));
    }
  }

  const lookAround = () => look("api/fleet", show);
  const lookBack = () => look(`api/timeline?limit=${MOST_ENTRIES}`, ({ entries }) => timeline.add(entries));
  const lookAtPace = () =>
    look("api/history?minutes=60", (history) => {
      plots.show(history);
      const { answers, wait } = latestOf(history);
      figures.answers.say(answers === null ? "–" : short(answers), "a minute");
      figures.wait.say(wait === null ? "–" : duration(wait), wait === null ? "" : "median");
    });
  const every = (ms, act) => {
    const timer = setInterval(() => document.hidden || act(), ms);
    return () => clearInterval(timer);
  };
  ends = [
    live.end,
    hear("fleet", show),
    hear("load", ({ entries }) => timeline.add(entries)),
    hear("start", ({ resumed }) => resumed || (lookBack(), lookAtPace())),
    every(TICK_MS, draw),
    every(HISTORY_EVERY_MS, () => (seen && lookAtPace(), isSettled() || lookAround())),
    every(LANES_EVERY_MS, timeline.tick),
  ];
  lookAround(); // it is there sooner than the stream
  lookBack();
  lookAtPace();
}

/** Stop listening. */
export function leave() {
  for (const end of ends) end();
  ends = [];
}

const inOrder = (hosts) => [...hosts].sort((a, b) => b.live - a.live || a.name.localeCompare(b.name));

function figure(name) {
  const [number, note] = [make("b"), make("span")];
  const value = make("dd", "", number, " ", note);
  return {
    node: make("div", "", make("dt", "", name), value),
    say(amount, words) {
      say(number, amount);
      say(note, words);
    },
  };
}
