// One run of training: how far it is, what the gate said and why, its figures, and answers before and after.

import { make } from "./dom.js";
import { keyed, say, sayOrHide } from "./keyed.js";
import { asking, named, percent, standing, STEPS } from "./learning-words.js";
import { section } from "./operating.js";
import { plot, ticks } from "./plots.js";
import { counted, duration, moment, short } from "./units.js";
import { addressOf, title as entitle } from "./views.js";

const MOST_TICKS = 8;
const LARGE = 100_000;
const MOST_PERCENT = 1_000; // more of it says nothing more
const STEP = {
  name: "Step",
  table: "by steps",
  nothing: "It has not trained.",
  ticks: (from, to, most) => {
    const isThere = (place) => Number.isInteger(place) && place >= from && place <= to;
    return ticks(to, Math.min(most, MOST_TICKS)).filter(isThere);
  },
  said: (step) => `step ${step.toLocaleString("en")}`,
  short,
  row: (step) => step,
};
const BY = { beat: "by itself, at night", operator: "by an operator", unlearning: "without what it may know no more" };
const ENDED = ["failed", "refused", "skipped"];
const PASSED = "The gate passed it.";
const VOICES = [
  ["base", "The base"],
  ["served", "Served till then"],
  ["candidate", "This run"],
  ["wanted", "What a person said"],
];

/** Show a run in `root`, and keep it up to date. Returns a function that ends it. */
export function report(root, run) {
  const back = make("a", "back", "← All of learning");
  back.href = addressOf("learning");
  const title = make("h1", "", run);
  title.tabIndex = -1;
  const trouble = make("p", "alarm");
  trouble.role = "status";
  const [state, words, gate] = [make("span", "state"), make("span", "ending"), make("p", "gate")];
  words.dir = "auto";
  const objections = make("ul", "words");
  const steps = make("ol", "walk");
  steps.ariaLabel = "Its steps";
  const facts = make("dl", "particulars");
  const loss = plot({ title: "Loss", note: "while it trained", format: short, over: STEP });
  const parts = {
    metrics: section("Figures", make("div", "sheet")),
    learned: section("What it was made from", make("div", "made")),
    samples: section("Before and after", make("div", "samples")),
  };
  const curve = section("Training", make("div", "plots", loss.node));
  const outcome = [make("p", "outcome", state, words), gate, objections, steps, facts];
  const whole = make("div", "told", ...outcome, parts.metrics, parts.samples, curve, parts.learned);
  whole.hidden = true;
  root.append(make("div", "wideview", back, make("header", "headline", title), trouble, whole));
  entitle(`${run} · Learning`);
  title.focus();
  const drawSteps = keyed(steps, ({ name }) => name, step);
  const draw = {
    facts: changed((told) => facts.replaceChildren(...told.map(fact))),
    objections: changed((told) => objections.replaceChildren(...told.objections.map((each) => objection(each, told)))),
    metrics: changed((told) => parts.metrics.lastChild.replaceChildren(metricTable(told))),
    counts: changed((told) => parts.learned.lastChild.replaceChildren(...told.map(counts))),
    samples: changed((told) => parts.samples.lastChild.replaceChildren(...told.map(sideBySide))),
    loss: changed((told) => loss.show(lineOf(told))),
  };

  function show(told) {
    const { called, card, metrics, samples, sources, dropped } = told;
    const [word, kind] = standing(card);
    whole.hidden = false;
    say(state, word).className = `state ${kind}`;
    sayOrHide(words, told.objections.length ? "" : card.words);
    sayOrHide(gate, verdict(told));
    objections.hidden = !told.objections.length;
    draw.objections({ objections: told.objections, called });
    drawSteps(STEPS.map((name) => ({ name, ...at(name, told) })));
    draw.facts(factsOf(card));
    parts.metrics.hidden = !metrics.length;
    draw.metrics({ metrics, called });
    parts.samples.hidden = !samples.length;
    draw.samples(samples);
    curve.hidden = !told.loss.length;
    draw.loss(told.loss);
    parts.learned.hidden = !Object.keys({ ...sources, ...dropped }).length;
    draw.counts([["Samples", sources], ["Left out", dropped]]);
    return card.course === "walking";
  }

  return asking(`api/training/runs/${encodeURIComponent(run)}`, trouble, show);
}

/** Return a function that draws what it is told where that is other than before: what is selected in it stays so. */
function changed(draw) {
  let before;
  return (told) => {
    const now = JSON.stringify(told);
    if (now !== before) draw(told);
    before = now;
  };
}

function verdict({ card: { course, step: here }, objections, unrated }) {
  if (objections.length) return `The gate refused it, for ${counted(objections.length, "reason")}:`;
  const isPast = ["canary", "promoted"].includes(course) || STEPS.indexOf(here) > STEPS.indexOf("gate");
  if (!isPast || course === "skipped") return "";
  return unrated ? `${PASSED} No people have rated it yet: the trial is where they do.` : PASSED;
}

function objection({ metric, words }, { called }) {
  const said = make("span", "", words);
  said.dir = "auto";
  return make("li", "", make("b", "", `${named(metric, called)}: `), said);
}

/** Return how a step stands: done, being done, ended at, or still to come. */
function at(name, { card, took_s: took }) {
  const isHere = card.step === name;
  if (isHere && card.course === "walking") return { kind: "now", share: card.share, words: percent(card.share) };
  if (isHere && ENDED.includes(card.course)) return { kind: "ended", share: 1, words: "ended here" };
  if (name in took) return { kind: "done", share: 1, words: duration(took[name]) };
  return isHere ? { kind: "done", share: 1, words: "" } : { kind: "", share: 0, words: "" };
}

function step({ name }) {
  const [took, bar] = [make("span", "took"), make("i", "amount")];
  const track = make("span", "track", bar);
  track.ariaHidden = "true";
  const node = make("li", "", make("span", "label", named(name)), took, track);
  return {
    node,
    draw({ kind, share, words }) {
      node.className = kind;
      node.ariaCurrent = kind === "now" ? "step" : null;
      say(took, words);
      bar.style.width = `${share * 100}%`;
    },
  };
}

function factsOf({ persona, model, by, began_ms: began, ended_ms: ended, version }) {
  return [
    ["Persona", persona],
    ["Model", model],
    ["Began", `${moment(began, false)}${BY[by] ? `, ${BY[by]}` : ""}`],
    ["Took", ended ? duration((ended - began) / 1000) : ""],
    ["Adapter", version],
  ].filter(([, value]) => value);
}

function fact([name, ...value]) {
  return make("div", "", make("dt", "", name), make("dd", "", ...value));
}

function lineOf(points) {
  return { at: points.map((point) => point.step), series: [{ name: "loss", values: points.map(({ value }) => value) }] };
}

function metricTable({ metrics, called }) {
  const isServed = metrics.some(({ served }) => served !== null);
  const heads = ["", "This run", ...(isServed ? ["Served till then"] : []), "The base"];
  const top = make("tr", "", ...heads.map((words) => Object.assign(make("th", "", words), { scope: "col" })));
  const rows = metrics.map((metric) => {
    const { name, candidate, served, base, unit } = metric;
    const head = make("th", "", named(name, called), unit && make("span", "note", ` ${unit}`));
    head.scope = "row";
    const digits = [candidate, served ?? 0, base].every(Number.isInteger) ? 0 : Math.max(candidate, base) < 10 ? 3 : 1;
    const said = (value) => make("td", "", value === null ? "–" : sized(value, digits));
    const own = said(candidate);
    own.append(against(metric));
    return make("tr", "", head, own, ...(isServed ? [said(served)] : []), said(base));
  });
  const caption = make("caption", "unseen", "What it was judged by");
  return make("table", "", caption, make("thead", "", top), make("tbody", "", ...rows));
}

/** Return a number; of damaged weights it may be out of all bounds. */
const sized = (value, digits) => (Math.abs(value) < LARGE ? value.toFixed(digits) : value.toExponential(1));

/** Return how the candidate stands beside what it would take the place of. */
function against({ candidate, served, base, better }) {
  const before = served ?? base;
  if (candidate === before) return make("span", "even", "as before");
  const isBetter = better === "lower" ? candidate < before : candidate > before;
  const word = isBetter ? "better" : "worse";
  const change = (Math.abs(candidate - before) / Math.abs(before)) * 100;
  if (!(change < MOST_PERCENT)) return make("span", word, word);
  return make("span", word, `${candidate > before ? "+" : "−"}${short(change)} %`, make("span", "unseen", ` ${word}`));
}

function counts([title, told]) {
  const those = Object.entries(told).sort(([, one], [, other]) => other - one);
  const most = Math.max(1, ...those.map(([, count]) => count));
  const rows = those.map(([name, count]) => {
    const bar = make("i", "amount");
    bar.style.width = `${(count / most) * 100}%`;
    return fact([named(name), count.toLocaleString("en"), make("span", "track", bar)]);
  });
  const all = those.reduce((sum, [, count]) => sum + count, 0);
  return make("div", "", make("h3", "", `${title}: ${all.toLocaleString("en")}`), make("dl", "counts", ...rows));
}

function sideBySide(sample) {
  const asked = make("h3", "prompt", sample.prompt);
  asked.dir = "auto";
  const voices = VOICES.filter(([voice]) => sample[voice]).map(([voice, name]) => {
    const said = make("dd", "", sample[voice]);
    said.dir = "auto";
    return make("div", voice, make("dt", "", name), said);
  });
  return make("article", "sample", asked, make("dl", "", ...voices));
}
