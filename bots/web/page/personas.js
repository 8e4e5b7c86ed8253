// Who there is to talk to, and how the flock stands, looked at every now and then.

import { call } from "./api.js";
import { at } from "./dom.js";
import { briefly } from "./words.js";

const LOOK_EVERY_MS = 15_000;
const LOOK_AGAIN_MS = 2_000; // while nobody answered yet, or something is wrong

/** Return {all, known, look}: `look` looks now. `changed` is called when other personas answer than before. */
export function personas(changed) {
  let present = [];
  let timer;
  let tellKnown;
  const known = new Promise((resolve) => (tellKnown = resolve));

  async function look() {
    clearTimeout(timer);
    let well = false;
    try {
      const told = await call("GET", "api/personas");
      well = told.flock !== null;
      if (JSON.stringify(present) !== JSON.stringify(told.personas)) {
        present = told.personas;
        changed();
      }
      if (present.length) tellKnown();
      say(glance(told.flock), well && told.flock.hosts_up > 0);
    } catch (error) {
      say(briefly(error), false);
    }
    clearTimeout(timer); // somebody may have looked meanwhile
    timer = setTimeout(() => (document.hidden ? undefined : look()), well ? LOOK_EVERY_MS : LOOK_AGAIN_MS);
  }

  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
  return { all: () => present, known, look };
}

function say(words, well) {
  at("flock").textContent = words;
  at("flock").dataset.well = String(well);
}

function glance(flock) {
  if (!flock) return "Redis is away";
  const { hosts_up: up, waiting } = flock;
  const hosts = up === 0 ? "no host is up" : up === 1 ? "1 host up" : `${up} hosts up`;
  return waiting ? `${hosts} · ${waiting} waiting` : hosts;
}
