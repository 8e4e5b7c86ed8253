// The adapters of a persona as a tree: the line that leads to what answers now, the newest on top, and its branches.

import { make } from "./dom.js";
import { keyed, say, sayOrHide } from "./keyed.js";
import { percent } from "./learning-words.js";
import { counted, moment, short } from "./units.js";
import { addressOf } from "./views.js";

const BASE = ""; // the version that every first adapter comes from

/** Return {node, show}: `show({adapters, served, base})` draws them. */
export function adapterTree() {
  const node = make("ol", "tree");
  node.ariaLabel = "Adapters, the newest first; each was made from the one below it";
  const rows = keyed(node, ({ version }) => version, adapter);
  return {
    node,
    show({ adapters, served, base }) {
      node.hidden = !adapters.length;
      rows(line(BASE, children(adapters), served).map((each) => ({ ...each, served, base })));
    },
  };
}

/** Return which adapters were made from each version. One whose parent is not kept comes from the base. */
export function children(adapters) {
  const places = new Map(adapters.map(({ version }, at) => [version, at]));
  const found = new Map();
  adapters.forEach((card, at) => {
    const parent = card.parents.find((version) => (places.get(version) ?? -1) > at) ?? BASE; // parents are older
    found.set(parent, [...(found.get(parent) ?? []), { ...card, lost: parent === BASE && card.parents.length > 0 }]);
  });
  return found;
}

/** Return a version and what goes on from it as a line, the newest first, each with the `branches` that left it there. */
export function line(version, found, served) {
  const rows = [{ version, card: null, branches: [] }];
  for (;;) {
    const those = found.get(rows[0].version) ?? [];
    if (!those.length) return rows;
    const next = those.find((card) => leads(card, found, served)) ?? those.find((card) => card.promoted_ms) ?? those[0];
    rows[0].branches = those.filter((card) => card !== next).map((card) => branch(card, found, served));
    rows.unshift({ version: next.version, card: next, branches: [] });
  }
}

function branch(card, found, served) {
  const rows = line(card.version, found, served);
  rows.at(-1).card = card;
  return rows;
}

function leads(card, found, { current }) {
  return card.version === current || (found.get(card.version) ?? []).some((child) => leads(child, found, { current }));
}

function adapter() {
  const [name, facts, flag, went] = ["made-id", "facts", "flag", "went"].map((kind) => make("span", kind));
  went.dir = "auto";
  const marks = make("span", "tags");
  const run = make("a", "", "its run");
  const more = make("ul", "branches");
  const drawMarks = keyed(marks, ({ word }) => word, ({ kind }) => mark(kind));
  const drawBranches = keyed(more, (rows) => rows.at(-1).version, sprout);
  const node = make("li", "adapter", make("div", "what", name, marks, flag, went, facts, " ", run), more);
  return {
    node,
    draw({ card, served, base, branches }) {
      say(name, card ? card.version : base).classList.toggle("base", !card);
      node.classList.toggle("current", (card?.version ?? BASE) === served.current);
      drawMarks(marksOf(card, served));
      sayOrHide(flag, card?.flagged);
      sayOrHide(went, card?.out_words);
      say(facts, card ? factsOf(card) : "as it is, without an adapter");
      run.hidden = !card?.run;
      if (card?.run) run.href = addressOf("learning", card.run);
      more.hidden = !branches.length;
      drawBranches(branches.map((rows) => Object.assign(rows, { besides: { served, base } })));
    },
  };
}

function sprout() {
  const list = make("ol", "tree");
  list.ariaLabel = "Branched off there";
  const rows = keyed(list, ({ version }) => version, adapter);
  return { node: make("li", "", list), draw: (told) => rows(told.map((each) => ({ ...each, ...told.besides }))) };
}

function mark(kind) {
  const node = make("span", `tag ${kind}`);
  return { node, draw: ({ word }) => say(node, word) };
}

function marksOf(card, served) {
  const version = card?.version ?? BASE;
  return [
    version === served.current && ["answers", "well"],
    card && version === served.canary && [`on trial, ${percent(served.share)}`, "coming"],
    card && version === served.previous && ["before", "off"],
    card?.promoted_ms && version !== served.current && !card.out && ["was promoted", "off"],
    card?.out && [card.out, "warn"],
    card?.flagged && ["flagged", "bad"],
  ]
    .filter(Boolean)
    .map(([word, kind]) => ({ word, kind }));
}

function factsOf({ created_ms: made_ms, lost, parents, perplexity, score, replies }) {
  const rated = score === null ? "" : `${short(score)} of 5`;
  return [
    made_ms ? moment(made_ms, false) : "",
    lost ? `from ${parents[0]}, which is not kept any more` : "",
    perplexity === null ? "" : `perplexity ${perplexity.toFixed(1)}`,
    [rated, replies ? counted(replies, "reply", "replies") : ""].filter(Boolean).join(" in "),
  ]
    .filter(Boolean)
    .join(" · ");
}
