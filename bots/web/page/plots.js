// Lines over time, or whatever else counts up, as SVG. What is drawn can also be read: under the pointer, with the arrow
// keys, and as a table.

import { draw, make } from "./dom.js";
import { keyed, say } from "./keyed.js";
import { moment } from "./units.js";

const HEIGHT = 132;
const LEFT = 40; // room for the numbers of the axis
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 20;
const Y_TICKS = 3;
const X_TICK_PX = 90; // no two times stand closer
const STEPS_S = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
const ROW_S = 300; // of the table

/** What lines run over: how one place of it is said, in full and at the axis, and which row of the table it is in. */
const TIME = {
  name: "Time",
  table: "in steps of five minutes",
  nothing: "Nothing in the last hour.",
  ticks: timeTicks,
  said: (ms) => moment(ms, false),
  short: (ms) => moment(ms, false).slice(-5),
  row: (ms) => Math.floor(ms / (ROW_S * 1000)) * ROW_S * 1000,
};

/**
 * Return {node, show}. `show({at, series: [{name, values}]})` draws; a value of null is a gap. `format` says a number
 * with its unit, `axis` without; `over` is what the places `at` are.
 */
export function plot({ title, note = "", format, axis = format, over = TIME }) {
  const id = `plot-${title.toLowerCase().replaceAll(/\W+/g, "-")}`;
  const legend = make("ul", "legend");
  const canvas = draw("svg", { class: "canvas", tabindex: "0", role: "img" });
  const empty = make("p", "nothing", over.nothing);
  const table = make("table");
  const scroller = make("div", "sheet", table);
  const behind = make("details", "behind", make("summary", "", "Table"), scroller);
  const heading = make("h3", "", title);
  heading.id = id;
  if (note) heading.append(make("span", "note", ` ${note}`));
  const node = make("section", "plot", make("header", "", heading, legend), canvas, empty, behind);
  node.setAttribute("aria-labelledby", id);
  const legends = keyed(legend, ({ name }) => name, entry);
  let data = { at: [], series: [] };
  let cursor = null; // which moment is pointed at

  function entry() {
    const mark = make("i");
    const name = make("span");
    const value = make("b");
    return {
      node: make("li", "", mark, name, value),
      draw: (item) => {
        mark.className = `swatch d${item.colour}`;
        say(name, item.name);
        say(value, item.value === null || item.value === undefined ? "–" : format(item.value));
      },
    };
  }

  function show(told) {
    data = told;
    if (cursor !== null && cursor >= data.at.length) cursor = null;
    redraw();
    if (behind.open) tabulate();
  }

  function redraw() {
    const known = data.series.some(({ values }) => values.some((value) => value !== null));
    canvas.toggleAttribute("hidden", !known);
    empty.hidden = known;
    behind.hidden = !known;
    legend.hidden = !known || data.series.length === 0;
    const width = canvas.clientWidth;
    if (!known || !width) return;
    const scale = scaleOf(data, width, over);
    canvas.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    canvas.replaceChildren(...gridOf(scale, axis, over), ...linesOf(data, scale), ...cursorOf(data, scale, cursor, over));
    canvas.ariaLabel = `${title}: ${data.series.map((each) => told(each)).join("; ")}`;
    legends(data.series.map((each, at) => ({ name: each.name, colour: at + 1, value: valueAt(each.values, cursor) })));
  }

  function told({ name, values }) {
    return folded(values, (known) => `${name} ${format(known.at(-1))}, at most ${format(most(known))}`) ?? `${name} unknown`;
  }

  function tabulate() {
    const head = make("tr", "", make("th", "", over.name), ...data.series.map(({ name }) => make("th", "", name)));
    for (const cell of head.children) cell.scope = "col";
    const body = rowsOf(data, over).map(([at, values]) => {
      const place = make("th", "", over.said(at));
      place.scope = "row";
      return make("tr", "", place, ...values.map((value) => make("td", "", value === null ? "–" : format(value))));
    });
    const caption = make("caption", "unseen", `${title}, ${over.table}`);
    table.replaceChildren(caption, make("thead", "", head), make("tbody", "", ...body));
  }

  function point(at) {
    cursor = at;
    redraw();
  }

  canvas.addEventListener("pointermove", ({ clientX }) => {
    const box = canvas.getBoundingClientRect();
    point(nearest(data.at, scaleOf(data, box.width, over).place(clientX - box.left)));
  });
  for (const over of ["pointerleave", "blur"]) canvas.addEventListener(over, () => point(null));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !data.at.length) return;
    event.preventDefault();
    const last = data.at.length - 1;
    point(Math.min(last, Math.max(0, (cursor ?? last) + step)));
  });
  behind.addEventListener("toggle", () => behind.open && tabulate());
  new ResizeObserver(redraw).observe(canvas);
  return { node, show };
}

/** Return round numbers from 0 to `top` at least, about as many as that. */
export function ticks(top, count = Y_TICKS) {
  const rough = Math.max(top, Number.MIN_VALUE) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999);
  return Array.from({ length: Math.ceil((top / step) * 0.999) + 1 }, (_, at) => at * step);
}

/** Return moments at round local times between two, at most so many. */
export function timeTicks(from_ms, to_ms, most) {
  const step_ms = 1000 * (STEPS_S.find((step) => (to_ms - from_ms) / 1000 / step <= most) ?? STEPS_S.at(-1));
  const offset_ms = new Date(to_ms).getTimezoneOffset() * 60_000;
  const first = Math.ceil((from_ms - offset_ms) / step_ms) * step_ms + offset_ms;
  const count = Math.max(0, Math.floor((to_ms - first) / step_ms) + 1);
  return Array.from({ length: count }, (_, at) => first + at * step_ms);
}

function scaleOf({ at, series }, width, over) {
  const [from, to] = [at[0], Math.max(at.at(-1), at[0] + 1)];
  const most = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const marks = ticks(most || 1);
  const [inner, depth] = [width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  return {
    width,
    marks,
    places: over.ticks(from, to, Math.max(2, Math.floor(inner / X_TICK_PX))),
    x: (place) => LEFT + ((place - from) / (to - from)) * inner,
    y: (value) => TOP + (1 - value / marks.at(-1)) * depth,
    place: (px) => from + ((px - LEFT) / inner) * (to - from),
  };
}

function gridOf({ width, marks, places, x, y }, axis, over) {
  const lines = marks.map((mark) => draw("path", { class: "grid", d: `M${LEFT} ${y(mark)}H${width - RIGHT}` }));
  const numbers = marks.map((mark) =>
    draw("text", { class: "tick", x: LEFT - 6, y: y(mark) + 3.5, "text-anchor": "end" }, axis(mark)),
  );
  const below = places.map((place) => {
    const anchor = x(place) > width - 24 ? "end" : "middle";
    return draw("text", { class: "tick", x: x(place), y: HEIGHT - 4, "text-anchor": anchor }, over.short(place));
  });
  return [...lines, ...numbers, ...below];
}

function linesOf({ at: places, series }, { x, y }) {
  const alone = series.length === 1;
  return series.flatMap(({ values }, at) => {
    const runs = runsOf(values).map((run) => run.map((each) => [x(places[each]), y(values[each])]));
    const lines = runs.map((run) =>
      run.length === 1
        ? draw("circle", { class: `dot d${at + 1}`, cx: run[0][0], cy: run[0][1], r: 2.25 })
        : draw("path", { class: `line d${at + 1}`, d: pathOf(run) }),
    );
    const areas = alone ? runs.filter((run) => run.length > 1) : [];
    const filled = areas.map((run) =>
      draw("path", { class: `area d${at + 1}`, d: `${pathOf(run)}V${y(0)}H${run[0][0].toFixed(1)}Z` }),
    );
    return [...filled, ...lines];
  });
}

function cursorOf({ at: places, series }, { width, x, y }, cursor, over) {
  if (cursor === null) return [];
  const at = x(places[cursor]);
  const dots = series.flatMap(({ values }, which) =>
    values[cursor] === null ? [] : [draw("circle", { class: `dot d${which + 1}`, cx: at, cy: y(values[cursor]), r: 3 })],
  );
  const anchor = at > width / 2 ? "end" : "start";
  const place = at + (anchor === "end" ? -6 : 6);
  const which = draw("text", { class: "tick now", x: place, y: TOP + 8, "text-anchor": anchor }, over.said(places[cursor]));
  return [draw("path", { class: "cursor", d: `M${at} ${TOP}V${HEIGHT - BOTTOM}` }), ...dots, which];
}

const pathOf = (run) => run.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** Return the stretches in which every value is known, as lists of places. */
function runsOf(values) {
  const runs = [];
  values.forEach((value, at) => {
    if (value === null) return;
    if (at && values[at - 1] !== null && runs.length) runs.at(-1).push(at);
    else runs.push([at]);
  });
  return runs;
}

function valueAt(values, cursor) {
  return cursor === null ? values.findLast((value) => value !== null) : values[cursor];
}

function nearest(places, wanted) {
  let best = 0;
  places.forEach((place, at) => {
    if (Math.abs(place - wanted) < Math.abs(places[best] - wanted)) best = at;
  });
  return places.length ? best : null;
}

/** Return [place, means] for every row, the latest first. */
function rowsOf({ at: places, series }, over) {
  const rows = new Map();
  places.forEach((place, at) => {
    const row = over.row(place);
    rows.set(row, [...(rows.get(row) ?? []), at]);
  });
  return [...rows].reverse().map(([row, those]) => [row, series.map(({ values }) => folded(those.map((at) => values[at]), mean))]);
}

/** Return what `fold` makes of the values that are known, null where none is. */
export function folded(values, fold) {
  const known = values.filter((value) => value !== null);
  return known.length ? fold(known) : null;
}

export const sum = (values) => values.reduce((all, value) => all + (value ?? 0), 0);
export const mean = (values) => sum(values) / values.length;
export const most = (values) => Math.max(...values);
