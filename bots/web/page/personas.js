// Who there is to talk to, and how the flock stands, looked at every now and then.

import { at } from "./dom.js";
import { call } from "./api.js";
import { readable } from "./words.js";

const LOOK_EVERY_MS = 15_000;
const LOOK_AGAIN_MS = 2_000; // while nobody answered yet, or something is wrong

/** Return {personas, known, look}. `changed` is called when other personas answer than before. */
export function fleet(changed) {
  let personas = [];
  let timer;
  let tellKnown;
  const known = new Promise((resolve) => (tellKnown = resolve));

  async function look() {
    clearTimeout(timer);
    let well = false;
    try {
      const told = await call("GET", "api/fleet");
      well = told.status !== null;
      if (JSON.stringify(personas) !== JSON.stringify(told.personas)) {
        personas = told.personas;
        changed();
      }
      if (personas.length) tellKnown();
      say(glance(told.status), well && told.status.hosts.some(({ live }) => live));
    } catch (error) {
      say(readable(error), false);
    }
    timer = setTimeout(() => (document.hidden ? undefined : look()), well ? LOOK_EVERY_MS : LOOK_AGAIN_MS);
  }

  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
  return { all: () => personas, known, look };
}

function say(words, well) {
  at("flock").textContent = words;
  at("flock").dataset.well = String(well);
}

function glance(status) {
  if (!status) return "Redis is away";
  const up = status.hosts.filter(({ live }) => live).length;
  const waiting = status.backlogs.reduce((sum, backlog) => sum + backlog.waiting, 0);
  const hosts = up === 0 ? "no host is up" : up === 1 ? "1 host up" : `${up} hosts up`;
  return waiting ? `${hosts} · ${waiting} waiting` : hosts;
}
