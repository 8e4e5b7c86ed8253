// How fast the fleet is: throughput and waits of the last hour, as plots.

import { make } from "./dom.js";
import { folded, mean, most, plot, sum } from "./plots.js";
import { duration, short } from "./units.js";

const MOST_MODELS = 4; // with a line of their own; the rest shares one
const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Return {node, show}: `show(history)` draws what `/api/history` tells. `named(model)` is what a model is called. */
export function pace(named) {
  const answers = plot({ title: "Answers", note: "a minute", format: short });
  const tokens = plot({ title: "Tokens", note: "a second", format: short });
  const waits = plot({ title: "Wait for a host", format: duration, axis: seconds });
  const whole = plot({ title: "Whole answer", format: duration, axis: seconds });
  return {
    node: make("div", "plots", ...[answers, tokens, waits, whole].map(({ node }) => node)),
    show(history) {
      const lines = byMinute(history);
      const notices = history.notices_per_min.some(Boolean) ? [["notices", history.notices_per_min]] : [];
      answers.show(lines([["answers", history.answers_per_min], ...notices]));
      tokens.show(lines(byModel(history, named)));
      waits.show(lines([["median", history.wait_p50_s], ["95 %", history.wait_p95_s, most]]));
      whole.show(lines([["median", history.answer_p50_s], ["95 %", history.answer_p95_s, most]]));
    },
  };
}

/** Return a function that folds columns of seconds into one value for each minute of the hour, null where none is known. */
function byMinute({ at_ms, now_ms }) {
  const last = Math.floor(now_ms / MINUTE_MS);
  const places = Array.from({ length: MINUTES }, () => []);
  at_ms.forEach((ms, at) => places[MINUTES - 1 - (last - Math.floor(ms / MINUTE_MS))]?.push(at));
  const minutes = places.map((_, at) => (last - MINUTES + 1 + at) * MINUTE_MS);
  const inMinutes = (values, fold) => places.map((each) => folded(each.map((at) => values[at]), fold));
  return (named) => ({
    at: minutes,
    series: named.map(([name, values, fold = mean]) => ({ name, values: inMinutes(values, fold) })),
  });
}

/** Return [name, values] for the models that write most, and one for all others together. */
function byModel({ models, tokens_per_s: total }, named) {
  const busiest = Object.entries(models)
    .map(([model, { tokens_per_s: values }]) => [named(model), values])
    .filter(([, values]) => sum(values) > 0)
    .sort(([, one], [, other]) => sum(other) - sum(one));
  if (busiest.length <= 1) return busiest.length ? busiest : [["all models", total]];
  const rest = busiest.slice(MOST_MODELS).map(([, values]) => values);
  if (!rest.length) return busiest;
  const others = total.map((_, at) => folded(rest.map((values) => values[at]), sum));
  return [...busiest.slice(0, MOST_MODELS), [`${rest.length} others`, others]];
}

function seconds(value) {
  return value === 0 ? "0" : value < 1 ? `${Math.round(value * 1000)} ms` : value < 120 ? `${short(value)} s` : `${short(value / 60)} min`;
}

/** Return what the last minute was like: answers a minute, and the median of waits in seconds. */
export function latestOf({ at_ms, now_ms, answers_per_min: answers, wait_p50_s: waits }) {
  const recent = at_ms.flatMap((ms, at) => (ms >= now_ms - MINUTE_MS ? [at] : []));
  const wait = recent.map((at) => waits[at]).findLast((value) => value !== null);
  return {
    answers: folded(recent.map((at) => answers[at]), mean),
    wait: wait ?? null,
  };
}
