// One job as a drawn timeline: every step with when, how long, who and why.

import { call } from "./api.js";
import { copyButton } from "./copying.js";
import { announce, button, make } from "./dom.js";
import { standing } from "./jobs-list.js";
import { keyed, say, sayOrHide } from "./keyed.js";
import { flockNow } from "./live.js";
import { tell } from "./operating.js";
import { counted, duration, moment } from "./units.js";
import { addressOf, title as name } from "./views.js";
import { readable } from "./words.js";

const LOOK_AGAIN_MS = 2_000; // at one that is not over
const NOT_SOONER_MS = 500;
const LEAST_SHARE = 0.004; // of the axis: what took no time is seen
const OVER = new Set(["delivered", "undeliverable", "withdrawn"]);
const PHASES = { received: "wait", recalling: "wait", queued: "wait", claimed: "read", generating: "write" };

/** Return {node, show, look, end}: `show(job)` explains a job, or none for "". `on` has retry(job) and session(name). */
export function explanation(on) {
  const title = make("h2", "topic");
  title.tabIndex = -1;
  title.dir = "auto";
  const back = make("a", "back", "← All jobs");
  back.href = addressOf("jobs");
  const state = make("span", "state");
  const ending = make("span", "ending");
  ending.dir = "auto";
  const note = make("p", "note");
  const choice = make("p", "note");
  const again = button("Try again", () => retry(), { kind: "primary" });
  const steps = stepList();
  const answered = make("h3");
  const answer = make("div", "answer-text");
  answer.dir = "auto";
  const words = make("section", "part", answered, answer);
  const facts = make("dl", "facts");
  const trouble = make("p", "alarm");
  const whole = make("div", "explained", make("p", "verdict", state, ending), choice, again, steps.node, note, words, facts);
  const hint = make("p", "nothing", "Choose a job to see why it took as long as it did.");
  const node = make("article", "explain", back, title, trouble, whole, hint);
  node.ariaLabel = "What became of the job";
  let job = "";
  let told = null;
  let timer;
  let looked_ms = 0;

  async function look() {
    clearTimeout(timer);
    if (!job) return;
    const early = looked_ms + NOT_SOONER_MS - Date.now();
    if (early > 0) return void (timer = setTimeout(look, early));
    looked_ms = Date.now();
    const wanted = job;
    try {
      const found = await call("GET", `api/explain/${encodeURIComponent(wanted)}`);
      if (wanted !== job) return;
      tell(trouble, "");
      draw(found);
      clearTimeout(timer);
      if (!OVER.has(found.job.state)) timer = setTimeout(() => (document.hidden ? undefined : look()), LOOK_AGAIN_MS);
    } catch (error) {
      if (wanted !== job) return;
      tell(trouble, readable(error));
      whole.hidden = !told;
      if (error.again) timer = setTimeout(look, LOOK_AGAIN_MS);
    }
  }

  function draw(found) {
    const isFirst = told === null;
    told = found;
    whole.hidden = false;
    name(`${found.question || "Job"} · Jobs`);
    say(title, found.question || `Job ${found.job.job}`);
    title.classList.toggle("unkept", !found.question);
    const [word, kind] = standing(found.job);
    const isOver = OVER.has(found.job.state) && found.ending;
    say(state, isOver ? found.ending : word).className = `state ${kind}`;
    sayOrHide(ending, isOver ? "" : found.ending);
    sayOrHide(choice, found.choice);
    sayOrHide(note, found.note);
    again.hidden = !found.may_retry;
    steps.show(found);
    words.hidden = !found.answer;
    say(answered, found.job.outcome === "notice" ? "Notice" : "Answer");
    if (answer.textContent !== found.answer) answer.textContent = found.answer;
    drawFacts(facts, found, on.session);
    if (isFirst) announce(`${word}. ${found.ending}`);
  }

  async function retry() {
    again.disabled = true;
    try {
      await on.retry(job);
    } catch (error) {
      tell(trouble, readable(error));
    } finally {
      again.disabled = false;
    }
  }

  return {
    node,
    look,
    end: () => {
      clearTimeout(timer);
      job = "";
    },
    show(other) {
      if (other === job && job) return;
      job = other;
      told = null;
      looked_ms = 0;
      whole.hidden = true;
      tell(trouble, "");
      hint.hidden = Boolean(job);
      name("Jobs");
      back.hidden = title.hidden = !job;
      say(title, "");
      look();
      if (job) title.focus();
    },
  };
}

function stepList() {
  const total = make("span");
  const axis = make("p", "axis", make("span", "", "0"), total);
  axis.ariaHidden = "true";
  const list = make("ol", "steps");
  list.ariaLabel = "Its steps";
  const node = make("div", "waterfall", axis, list);
  const rows = keyed(list, ({ id }) => id, step);
  return {
    node,
    show({ job, steps, whole_ms: known }) {
      node.hidden = !steps.length;
      const whole = OVER.has(job.state) ? known : Math.max(known, flockNow() - job.received_ms); // its last step lasts
      say(total, duration(whole / 1000));
      rows(steps.map((each, at) => ({ ...each, id: `${at} ${each.label}`, whole: Math.max(whole, 1), isFirst: at === 0, isOver: OVER.has(job.state) })));
    },
  };
}

function step() {
  const [label, after, who, took, words] = ["label", "after", "who", "took", "words"].map((kind) => make("span", kind));
  who.dir = words.dir = "auto";
  const bar = make("i", "stretch");
  const track = make("span", "track", bar);
  track.ariaHidden = "true";
  const node = make("li", "", label, track, took, make("span", "saying", after, who, words));
  return {
    node,
    draw(each) {
      const to = each.to_ms ?? (each.isOver ? each.from_ms : each.whole);
      node.className = phase(each);
      node.classList.toggle("at", each.to_ms === null);
      say(label, each.label);
      say(after, each.isFirst ? moment(each.at_ms) : each.from_ms ? `after ${duration(each.from_ms / 1000)}` : "at once");
      sayOrHide(who, each.who);
      sayOrHide(words, each.words);
      say(took, each.took);
      const begin = Math.min(each.from_ms / each.whole, 1 - LEAST_SHARE);
      bar.style.insetInlineStart = `${(begin * 100).toFixed(2)}%`;
      bar.style.width = `${(Math.max((to - each.from_ms) / each.whole, LEAST_SHARE) * 100).toFixed(2)}%`;
    },
  };
}

const phase = ({ state }) => PHASES[state] ?? "after";

function drawFacts(list, { job, prompt_tokens: read, completion_tokens: wrote, ahead, eta_s: eta }, session) {
  const told = [
    ["Persona", job.persona],
    ["Model", job.model],
    ["Host", job.host],
    ["Asked by", job.user],
    ["Received", moment(job.received_ms)],
    ["First token", job.first_token_s === null ? "" : `after ${duration(job.first_token_s)}`],
    ["Tokens", read || wrote ? `${read.toLocaleString("en")} read, ${wrote.toLocaleString("en")} written` : ""],
    ["Tries", job.attempts > 1 ? String(job.attempts) : ""],
    ["Kind", job.job_class === "interactive" ? "" : job.job_class],
    ["Ahead of it", ahead ? counted(ahead, "job") : ""],
    ["Answer in", eta === null ? "" : `about ${duration(eta)}`],
    ["Flags", job.flags.join(", ")],
    ["Trouble", job.error],
  ].filter(([, words]) => words);
  const now = JSON.stringify([told, job.session, job.retried]);
  if (list.dataset.shown === now) return; // what is selected in it stays so
  list.dataset.shown = now;
  const rows = told.map(([name, words]) => fact(name, words));
  if (job.session) rows.push(fact("Session", button(job.session, () => session(job.session), { label: `Only jobs of session ${job.session}` })));
  if (job.retried) rows.push(fact("Asked again as", linkTo(job.retried)));
  rows.push(fact("Job", make("code", "", job.job), copyButton(() => job.job, "Copy job id")));
  list.replaceChildren(...rows);
}

function linkTo(job) {
  const link = make("a", "", job);
  link.href = addressOf("jobs", job);
  return link;
}

function fact(name, ...words) {
  const value = make("dd", "", ...words);
  value.dir = "auto";
  return make("div", "", make("dt", "", name), value);
}
