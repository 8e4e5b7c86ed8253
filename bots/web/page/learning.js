// What personas learned: what answers for each of them, what is tried, their adapters, and every run. It is shown, and
// changed elsewhere: `rookery train` does that.

import { plain } from "./bidi.js";
import { make } from "./dom.js";
import { keyed, say, sayOrHide } from "./keyed.js";
import { adapterTree } from "./learning-tree.js";
import { report } from "./learning-run.js";
import { asking, named, percent, progress, standing } from "./learning-words.js";
import { section, tell } from "./operating.js";
import { moment } from "./units.js";
import { addressOf, title } from "./views.js";

export const styles = ["operating.css", "plots.css", "learning.css"];
const NOBODY =
  'Nobody learns yet. A persona does so by night once `learns = "liked"` stands in its `[[persona]]`: from answers that ' +
  'people liked, kept or corrected. With `learns = "imitate"` it takes up the style of those whom it `imitates`. Only who ' +
  "agrees is learned from: under Memory on this page, or with `/learning on`.";
const NO_RUN = "There was no run yet. They begin by night; `rookery train now --persona NAME` begins one at once.";
const LEARNS = {
  liked: "learns from what people liked",
  imitate: "learns the style of its authors",
  nothing: "learns no more",
};
const NO_ADAPTER = "It has learned nothing yet: there is a first run once there is enough to learn from.";

let end;
let from = ""; // the run that was looked at last

/** Show in `root` who learns, or the run that `path` names. */
export function mount(root, [run = ""]) {
  end = run ? report(root, run) : overview(root, from);
  from = run;
}

/** Ask no more. */
export function leave() {
  end();
}

function overview(root, before) {
  const trouble = make("p", "alarm");
  trouble.role = "status";
  const nobody = tell(make("p", "nothing"), NOBODY);
  const noRun = tell(make("p", "nothing"), NO_RUN);
  const learners = make("div", "learners");
  const runs = make("ol", "runs");
  const known = make("div", "", nobody, learners, section("Runs, the latest first", runs, noRun));
  known.hidden = true; // until something is
  title("Learning");
  root.append(make("div", "wideview", make("header", "headline", make("h1", "", "Learning")), trouble, known));
  const drawLearners = keyed(learners, ({ name }) => name, learner);
  const drawRuns = keyed(runs, ({ run }) => run, runRow);

  function show(told) {
    known.hidden = false;
    nobody.hidden = told.personas.length > 0;
    drawLearners(told.personas);
    drawRuns(told.runs);
    noRun.hidden = told.runs.length > 0;
    noRun.parentElement.hidden = !told.runs.length && !told.personas.length;
    if (before && document.activeElement === document.body) focus(before);
    before = "";
    return told.runs.some(({ course }) => course === "walking");
  }

  function focus(run) {
    runs.querySelector(`a[href="${CSS.escape(addressOf("learning", run))}"]`)?.focus();
  }

  return asking("api/training", trouble, show);
}

function learner(first) {
  const [about, pauses] = ["about", "pauses"].map((kind) => make("p", kind));
  const [now, trial, back] = ["Answers", "On trial", "Before"].map(part);
  const share = make("progress");
  share.ariaLabel = "Share of the jobs that it answers";
  trial.value.after(share);
  const none = make("p", "nothing", NO_ADAPTER);
  const tree = adapterTree();
  const heading = make("h2", "", plain(first.name));
  heading.dir = "auto";
  const facts = make("dl", "serving", now.node, trial.node, back.node);
  const node = make("section", "card learner", make("header", "", heading, about), pauses, facts, none, tree.node);
  node.ariaLabel = plain(first.name);
  return {
    node,
    draw({ model, learns, pauses: why, waits_for_people: waits, served, adapters }) {
      say(about, [LEARNS[learns], waits && "waits for people", model].filter(Boolean).join(" · "));
      tell(pauses, why && `It does not learn just now: ${why}.`);
      const base = model ? `${model} as it is, without an adapter` : "the base, without an adapter";
      now.show(served.current, base);
      say(now.more, adapters.find(({ version }) => version === served.current)?.flagged ?? "");
      trial.show(served.canary, "");
      share.hidden = !served.canary;
      share.value = served.share;
      say(trial.more, `for ${percent(served.share)} of the jobs${served.unrated ? ", not rated by people yet" : ""}`);
      back.show(served.previous, "");
      say(back.more, "a rollback goes back to it");
      none.hidden = adapters.length > 0;
      tree.show({ adapters, served, base: model || "the base" });
    },
  };
}

function part(name) {
  const [value, more] = [make("b"), make("span", "beneath")];
  const node = make("div", "", make("dt", "", name), make("dd", "", value, more));
  return {
    node,
    value,
    more,
    show(version, otherwise) {
      node.hidden = !version && !otherwise;
      value.classList.toggle("made-id", Boolean(version));
      say(value, version || otherwise);
    },
  };
}

function runRow({ run }) {
  const [state, name, when, words] = ["state", "topic", "when", "doing"].map((kind) => make("span", kind));
  words.dir = name.dir = "auto";
  const bar = make("progress");
  const link = make("a", "run-row", make("span", "first", name, when), make("span", "second", state, words), bar);
  link.href = addressOf("learning", run);
  return {
    node: make("li", "", link),
    draw(card) {
      const [word, kind] = standing(card);
      say(state, word).className = `state ${kind}`;
      say(name, card.persona);
      say(when, moment(card.began_ms, false));
      sayOrHide(words, card.words);
      bar.hidden = card.course !== "walking";
      bar.value = progress(card);
      bar.ariaLabel = `${named(card.step)}, ${percent(bar.value)} of the run`;
    },
  };
}
