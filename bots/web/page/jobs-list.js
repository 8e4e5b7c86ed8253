// The list of jobs. Rows change where they stand; new ones wait until one asks for them.

import { make } from "./dom.js";
import { keyed, say, sayOrHide } from "./keyed.js";
import { flockNow } from "./live.js";
import { ago, counted, duration, moment } from "./units.js";
import { addressOf } from "./views.js";

const WAITING = new Set(["received", "recalling", "queued"]);
const RUNNING = new Set(["claimed", "generating"]);
const KINDS = { reply: "well", notice: "bad" };

/** Return [word, kind] for how a job stands: the kind is its colour. */
export function standing({ state, outcome, cause }) {
  if (state === "withdrawn") return ["taken back", "off"];
  if (state === "undeliverable") return ["not delivered", "bad"];
  if (outcome === "notice") return [cause ? cause.replaceAll("_", " ") : "notice", "bad"];
  if (WAITING.has(state)) return [state === "queued" ? "waiting" : state, "wait"];
  if (RUNNING.has(state)) return [state === "claimed" ? "reading" : "writing", "run"];
  return [state === "delivering" ? "delivering" : "answered", KINDS[outcome] ?? "well"];
}

/** Return the list: {node, show, append, release, held, size, moved, choose, focus, tick}. */
export function jobList() {
  const node = make("ol", "jobs-list");
  node.ariaLabel = "Jobs, the latest first";
  const draw = keyed(node, ({ job }) => job, row);
  let jobs = []; // those that are shown
  let waiting = []; // those that came since
  let chosen = "";

  const redraw = () => draw(jobs.map((each) => ({ ...each, chosen: each.job === chosen })));

  return {
    node,
    /** Take the latest jobs. `calm`: only what is shown changes; `whole`: there are no others. */
    show(found, { calm, whole }) {
      if (!calm) {
        jobs = found;
        waiting = [];
      } else {
        const known = new Map(found.map((each) => [each.job, each]));
        const here = new Set(jobs.map(({ job }) => job));
        waiting = found.filter(({ job }) => !here.has(job));
        jobs = jobs.map((each) => known.get(each.job) ?? each).filter(({ job }) => !whole || known.has(job));
      }
      redraw();
    },
    append(found) {
      const here = new Set(jobs.map(({ job }) => job));
      jobs = [...jobs, ...found.filter(({ job }) => !here.has(job))];
      redraw();
    },
    release() {
      jobs = [...waiting, ...jobs].sort((a, b) => b.received_ms - a.received_ms);
      waiting = [];
      redraw();
      node.querySelector("a")?.focus();
    },
    moved(moves) {
      const last = new Map(moves.map((each) => [each.job, each.state]));
      if (!jobs.some(({ job }) => last.has(job))) return;
      jobs = jobs.map((each) => (last.has(each.job) ? { ...each, state: last.get(each.job) } : each));
      redraw();
    },
    choose(job) {
      chosen = job;
      redraw();
    },
    focus(job) {
      node.querySelector(`a[href="${CSS.escape(addressOf("jobs", job))}"]`)?.focus();
    },
    held: () => waiting.length,
    size: () => jobs.length,
    tick: redraw,
  };
}

function row(first) {
  const [state, asked, when, facts, trouble] = ["state", "topic", "when", "facts", "wrong"].map((kind) => make("span", kind));
  asked.dir = facts.dir = trouble.dir = "auto";
  const link = make("a", "job", make("span", "first", asked, when), make("span", "second", state, facts), trouble);
  link.href = addressOf("jobs", first.job);
  const node = make("li", "", link);
  return {
    node,
    draw(job) {
      const [word, kind] = standing(job);
      state.className = `state ${kind}`;
      say(state, word);
      asked.classList.toggle("unkept", !job.asked);
      say(asked, job.asked || `job ${job.job}`);
      say(when, ago((flockNow() - job.received_ms) / 1000)).title = moment(job.received_ms);
      say(facts, factsOf(job));
      sayOrHide(trouble, kind === "bad" ? job.error : "");
      link.ariaCurrent = job.chosen ? "true" : null;
    },
  };
}

function factsOf(job) {
  const where = job.host ? `${job.model} on ${job.host}` : job.model;
  const took = job.took_s === null ? "" : duration(job.took_s);
  const tries = job.attempts > 1 ? counted(job.attempts, "try", "tries") : "";
  const kind = job.job_class === "interactive" ? "" : job.job_class;
  return [job.persona, where, took, tries, kind, job.retried ? "asked again" : ""].filter(Boolean).join(" · ");
}
