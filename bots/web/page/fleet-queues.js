// Who waits for what, and where each model of the catalogue is.

import { make } from "./dom.js";
import { keyed, say, sayOrHide } from "./keyed.js";
import { flockNow } from "./live.js";
import { counted, lasting } from "./units.js";

const HEADS = ["Model", "Waiting", "Oldest", "Answer in about", "Served by"];
const LONG_S = 30; // a wait that is worth a colour

/** Return {node, show}: `show(queues, models)` draws a line for each model that somebody waits for. */
export function queueTable() {
  const head = make("tr", "", ...HEADS.map((words) => make("th", "", words)));
  for (const cell of head.children) cell.scope = "col";
  const body = make("tbody");
  const table = make("table", "queues", make("caption", "unseen", "Queues"), make("thead", "", head), body);
  const none = make("p", "nothing", "Nobody waits.");
  const rows = keyed(body, ({ model }) => model, row);
  return {
    node: make("div", "", table, none),
    show(queues, models) {
      const waiting = queues.filter((each) => each.waiting > 0);
      table.hidden = waiting.length === 0;
      none.hidden = !table.hidden;
      const most = Math.max(1, ...waiting.map((each) => each.waiting));
      const ready = new Map(models.map((each) => [each.model, each.ready_on]));
      rows(waiting.map((each) => ({ ...each, share: each.waiting / most, ready: ready.get(each.model) ?? [] })));
    },
  };
}

function row(first) {
  const name = say(make("span"), first.name);
  const note = make("span", "note");
  const model = make("th", "", name, note);
  model.scope = "row";
  name.dir = "auto";
  const number = make("span", "count");
  const bar = make("i", "amount");
  bar.ariaHidden = "true";
  const cells = [make("td", "waits", number, make("span", "track", bar)), make("td"), make("td"), make("td", "served")];
  cells.forEach((cell, at) => (cell.dataset.head = HEADS[at + 1]));
  const [, oldest, eta, served] = cells;
  return {
    node: make("tr", "", model, ...cells),
    draw(queue) {
      say(number, String(queue.waiting));
      const patient = queue.waiting - queue.people;
      sayOrHide(note, patient ? `${patient} of them in no hurry` : "");
      bar.style.width = `${(queue.share * 100).toFixed(1)}%`;
      const waited_s = (flockNow() - queue.oldest_ms) / 1000;
      say(oldest, lasting(waited_s)).classList.toggle("long", waited_s >= LONG_S);
      say(eta, queue.eta_s === null ? "–" : lasting(queue.eta_s));
      say(served, servedBy(queue)).classList.toggle("long", !queue.slots && !queue.loading);
    },
  };
}

function servedBy({ slots, loading, ready }) {
  if (ready.length) return ready.join(", ") + (loading ? `, soon ${loading}` : "");
  if (loading) return `${loading} loads it`;
  return slots ? counted(slots, "slot") : "nobody holds it";
}

/** Return {node, show}: the whole catalogue, folded away; what is in memory comes first. */
export function catalogue() {
  const title = make("summary");
  const list = make("ul", "models");
  const node = make("details", "behind catalogue", title, list);
  const rows = keyed(list, ({ model }) => model, entry);
  return {
    node,
    show(models) {
      node.hidden = models.length === 0;
      const ready = models.filter(({ ready_on: on }) => on.length).length;
      say(title, `${counted(models.length, "model")} in the catalogue, ${ready} in memory`);
      const place = (model) => (model.ready_on.length ? 0 : model.loading_on.length ? 1 : 2);
      rows([...models].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name)));
    },
  };
}

function entry() {
  const name = make("span", "model");
  name.dir = "auto";
  const where = make("span", "where");
  const node = make("li", "", name, where);
  return {
    node,
    draw(model) {
      name.title = say(name, model.name).textContent;
      const { ready_on: ready, loading_on: loading } = model;
      node.className = ready.length ? "held" : loading.length ? "coming" : "";
      say(where, ready.length ? ready.join(", ") : loading.length ? `${loading.join(", ")} loads it` : "not in memory");
    },
  };
}
