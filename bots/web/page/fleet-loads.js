// What was loaded and what went over the last hour: a lane for each host, and the same in words beneath.

import { plain } from "./bidi.js";
import { button, draw, make } from "./dom.js";
import { keyed } from "./keyed.js";
import { flockNow } from "./live.js";
import { timeTicks } from "./plots.js";
import { moment } from "./units.js";

const SPAN_MS = 3_600_000;
const KEPT = 500; // entries
const FIRST_FEW = 6; // told in words before one asks for more
const LANE = 26;
const RIGHT = 8;
const MOST_NAME_PX = 130;
const CHAR_PX = 6.4;
const TICK_PX = 80;
const KINDS = {
  loaded: "came",
  ready: "came",
  load_failed: "bad",
  evicted: "went",
  lost: "bad",
  breaker_open: "bad",
  probation: "warn",
};
const TOLD_BY_OTHERS = new Set(["loading", "kept"]); // the load itself, and that nothing came of an eviction

/**
 * Return {node, add, hosts, tick}: `add(entries)` takes what is known, in any order. `named(model)` is what a model is
 * called.
 */
export function loadTimeline(named) {
  const canvas = draw("svg", { class: "lanes", "aria-hidden": "true" });
  const list = make("ol", "events");
  list.ariaLabel = "What happened to hosts, the latest first";
  const none = make("p", "nothing", "Nothing was loaded or let go in the last hour.");
  const more = button("", () => {
    all = !all;
    redraw();
  });
  const rows = keyed(list, ({ id }) => id, line);
  const known = new Map();
  let names = [];
  let all = false;

  function redraw() {
    const now = flockNow();
    const recent = [...known.values()]
      .filter(({ at_ms }) => at_ms >= now - SPAN_MS)
      .sort((a, b) => a.at_ms - b.at_ms)
      .map((entry) => ({ ...entry, label: named(entry.model) }));
    const told = recent.filter(({ kind }) => !TOLD_BY_OTHERS.has(kind)).reverse();
    none.hidden = told.length > 0;
    list.hidden = !told.length;
    canvas.style.display = told.length ? "" : "none";
    more.hidden = told.length <= FIRST_FEW;
    more.textContent = all ? "Show fewer" : `Show all ${told.length}`;
    rows(told.slice(0, all ? KEPT : FIRST_FEW));
    const width = canvas.clientWidth;
    if (told.length && width) lanes(canvas, recent, names, now, width);
  }

  new ResizeObserver(redraw).observe(canvas);
  return {
    node: make("div", "", canvas, list, more, none),
    add(entries) {
      for (const entry of entries) known.set(entry.id, entry);
      const oldest = [...known.values()].sort((a, b) => b.at_ms - a.at_ms).slice(KEPT);
      for (const { id } of oldest) known.delete(id);
      redraw();
    },
    hosts(now) {
      if (now.join("\n") === names.join("\n")) return;
      names = now;
      redraw();
    },
    tick: redraw,
  };
}

function lanes(canvas, entries, names, now, width) {
  const hosts = [...new Set([...names, ...entries.map(({ host }) => host)])];
  const left = Math.min(MOST_NAME_PX, Math.max(...hosts.map((name) => name.length * CHAR_PX)), width / 3) + 14;
  const x = (ms) => left + Math.max(0, 1 - (now - ms) / SPAN_MS) * (width - left - RIGHT);
  const bottom = hosts.length * LANE;
  const times = timeTicks(now - SPAN_MS, now, Math.max(2, Math.floor((width - left) / TICK_PX)));
  const ticks = times.flatMap((ms) => [
    draw("path", { class: "grid", d: `M${x(ms)} 0V${bottom}` }),
    text("tick", x(ms), bottom + 15, moment(ms, false).slice(-5), x(ms) > width - 20 ? "end" : "middle"),
  ]);
  canvas.setAttribute("viewBox", `0 0 ${width} ${bottom + 20}`);
  canvas.style.height = `${bottom + 20}px`;
  canvas.replaceChildren(...ticks, ...hosts.flatMap((host, at) => lane(host, at * LANE + LANE / 2, entries, x, left, width)));
}

function lane(host, middle, entries, x, left, width) {
  const room = Math.floor((left - 14) / CHAR_PX);
  const name = host.length > room ? `${host.slice(0, room - 1)}…` : host;
  const own = entries.filter((entry) => entry.host === host && entry.kind in KINDS);
  const marks = own.map((entry, at) => mark(entry, own[at - 1], own[at + 1], middle, x, [left, width - RIGHT]));
  const base = draw("path", { class: "grid", d: `M${left} ${middle}H${width - RIGHT}` });
  return [text("tick called", 0, middle + 4, name), base, ...marks];
}

function mark(entry, before, next, middle, x, [left, right]) {
  const title = draw("title", {}, `${moment(entry.at_ms)} ${plain(`${entry.host} ${entry.words}`)}`);
  const [begin, end] = [begins(entry, x), x(entry.at_ms)];
  const kind = `blip ${KINDS[entry.kind]}`;
  if (KINDS[entry.kind] !== "came") return draw("circle", { class: kind, cx: end, cy: middle, r: 4 }, title);
  const wide = Math.max(end - begin, 6);
  const bar = draw("rect", { class: kind, x: end - wide, y: middle - 5, width: wide, height: 10, rx: 3 }, title);
  const needs = entry.label.length * CHAR_PX + 14;
  if ((next ? begins(next, x) : right) - end > needs)
    return draw("g", {}, bar, text("tick label", end + 5, middle + 4, entry.label));
  if (next || end - wide - (before ? x(before.at_ms) : left) < needs) return bar;
  return draw("g", {}, bar, text("tick label", end - wide - 5, middle + 4, entry.label, "end"));
}

const begins = ({ at_ms, took_s: took }, x) => x(at_ms - (took ?? 0) * 1000);

function text(kind, x, y, words, anchor = "start") {
  return draw("text", { class: kind, x, y, "text-anchor": anchor }, plain(words));
}

function line(entry) {
  const time = make("time", "", moment(entry.at_ms));
  time.dateTime = new Date(entry.at_ms).toISOString();
  const words = make("span", "", plain(`${entry.host} ${entry.words}`));
  words.dir = "auto";
  return { node: make("li", KINDS[entry.kind] ?? "", time, words), draw() {} };
}
