// Lines over time as SVG. What is drawn can also be read: under the pointer, with the arrow keys, and as a table.

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

/**
 * Return {node, show}. `show({at_ms, series: [{name, values}]})` draws; a value of null is a gap. `format` says a number
 * with its unit, `axis` without.
 */
export function plot({ title, note = "", format, axis = format }) {
  const id = `plot-${title.toLowerCase().replaceAll(/\W+/g, "-")}`;
  const legend = make("ul", "legend");
  const canvas = draw("svg", { class: "canvas", tabindex: "0", role: "img" });
  const empty = make("p", "nothing", "Nothing in the last hour.");
  const table = make("table");
  const scroller = make("div", "sheet", table);
  const behind = make("details", "behind", make("summary", "", "Table"), scroller);
  const heading = make("h3", "", title);
  heading.id = id;
  if (note) heading.append(make("span", "note", ` ${note}`));
  const node = make("section", "plot", make("header", "", heading, legend), canvas, empty, behind);
  node.setAttribute("aria-labelledby", id);
  const legends = keyed(legend, ({ name }) => name, entry);
  let data = { at_ms: [], series: [] };
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
    if (cursor !== null && cursor >= data.at_ms.length) cursor = null;
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
    const scale = scaleOf(data, width);
    canvas.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    canvas.replaceChildren(...gridOf(scale, axis), ...linesOf(data, scale), ...cursorOf(data, scale, cursor));
    canvas.ariaLabel = `${title}: ${data.series.map((each) => told(each)).join("; ")}`;
    legends(data.series.map((each, at) => ({ name: each.name, colour: at + 1, value: valueAt(each.values, cursor) })));
  }

  function told({ name, values }) {
    return folded(values, (known) => `${name} ${format(known.at(-1))}, at most ${format(most(known))}`) ?? `${name} unknown`;
  }

  function tabulate() {
    const head = make("tr", "", make("th", "", "Time"), ...data.series.map(({ name }) => make("th", "", name)));
    for (const cell of head.children) cell.scope = "col";
    const body = rowsOf(data).map(([at, values]) => {
      const time = make("th", "", moment(at, false));
      time.scope = "row";
      return make("tr", "", time, ...values.map((value) => make("td", "", value === null ? "–" : format(value))));
    });
    const caption = make("caption", "unseen", `${title}, in steps of five minutes`);
    table.replaceChildren(caption, make("thead", "", head), make("tbody", "", ...body));
  }

  function point(at) {
    cursor = at;
    redraw();
  }

  canvas.addEventListener("pointermove", ({ clientX }) => {
    const box = canvas.getBoundingClientRect();
    point(nearest(data.at_ms, scaleOf(data, box.width).time(clientX - box.left)));
  });
  for (const over of ["pointerleave", "blur"]) canvas.addEventListener(over, () => point(null));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !data.at_ms.length) return;
    event.preventDefault();
    const last = data.at_ms.length - 1;
    point(Math.min(last, Math.max(0, (cursor ?? last) + step)));
  });
  behind.addEventListener("toggle", () => behind.open && tabulate());
  new ResizeObserver(redraw).observe(canvas);
  return { node, show };
}

/** Return round numbers from 0 to `top` at least, a few of them. */
export function ticks(top) {
  const rough = Math.max(top, Number.MIN_VALUE) / Y_TICKS;
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

function scaleOf({ at_ms, series }, width) {
  const [from, to] = [at_ms[0], Math.max(at_ms.at(-1), at_ms[0] + 1)];
  const most = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const marks = ticks(most || 1);
  const [inner, depth] = [width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  return {
    width,
    marks,
    times: timeTicks(from, to, Math.max(2, Math.floor(inner / X_TICK_PX))),
    x: (ms) => LEFT + ((ms - from) / (to - from)) * inner,
    y: (value) => TOP + (1 - value / marks.at(-1)) * depth,
    time: (px) => from + ((px - LEFT) / inner) * (to - from),
  };
}

function gridOf({ width, marks, times, x, y }, axis) {
  const lines = marks.map((mark) => draw("path", { class: "grid", d: `M${LEFT} ${y(mark)}H${width - RIGHT}` }));
  const numbers = marks.map((mark) =>
    draw("text", { class: "tick", x: LEFT - 6, y: y(mark) + 3.5, "text-anchor": "end" }, axis(mark)),
  );
  const hours = times.map((ms) => {
    const anchor = x(ms) > width - 24 ? "end" : "middle";
    return draw("text", { class: "tick", x: x(ms), y: HEIGHT - 4, "text-anchor": anchor }, moment(ms, false).slice(-5));
  });
  return [...lines, ...numbers, ...hours];
}

function linesOf({ at_ms, series }, { x, y }) {
  const alone = series.length === 1;
  return series.flatMap(({ values }, at) => {
    const runs = runsOf(values).map((run) => run.map((each) => [x(at_ms[each]), y(values[each])]));
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

function cursorOf({ at_ms, series }, { width, x, y }, cursor) {
  if (cursor === null) return [];
  const at = x(at_ms[cursor]);
  const dots = series.flatMap(({ values }, which) =>
    values[cursor] === null ? [] : [draw("circle", { class: `dot d${which + 1}`, cx: at, cy: y(values[cursor]), r: 3 })],
  );
  const anchor = at > width / 2 ? "end" : "start";
  const place = at + (anchor === "end" ? -6 : 6);
  const time = draw("text", { class: "tick now", x: place, y: TOP + 8, "text-anchor": anchor }, moment(at_ms[cursor], false));
  return [draw("path", { class: "cursor", d: `M${at} ${TOP}V${HEIGHT - BOTTOM}` }), ...dots, time];
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

function nearest(at_ms, wanted) {
  let best = 0;
  at_ms.forEach((ms, at) => {
    if (Math.abs(ms - wanted) < Math.abs(at_ms[best] - wanted)) best = at;
  });
  return at_ms.length ? best : null;
}

/** Return [moment, means] for every few minutes, the latest first. */
function rowsOf({ at_ms, series }) {
  const rows = new Map();
  at_ms.forEach((ms, at) => {
    const row = Math.floor(ms / (ROW_S * 1000)) * ROW_S * 1000;
    rows.set(row, [...(rows.get(row) ?? []), at]);
  });
  return [...rows].reverse().map(([row, places]) => [row, series.map(({ values }) => folded(places.map((at) => values[at]), mean))]);
}

/** Return what `fold` makes of the values that are known, null where none is. */
export function folded(values, fold) {
  const known = values.filter((value) => value !== null);
  return known.length ? fold(known) : null;
}

export const sum = (values) => values.reduce((all, value) => all + (value ?? 0), 0);
export const mean = (values) => sum(values) / values.length;
export const most = (values) => Math.max(...values);
