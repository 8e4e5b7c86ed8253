// Jobs: a list to search that stays calm while it is live, and beside it why one of them took as long as it did.

import { call } from "./api.js";
import { announce, button, make } from "./dom.js";
import { explanation } from "./jobs-explain.js";
import { filters } from "./jobs-filters.js";
import { jobList } from "./jobs-list.js";
import { say } from "./keyed.js";
import { hear, isSettled } from "./live.js";
import { badge, tell } from "./operating.js";
import { counted } from "./units.js";
import { go } from "./views.js";
import { readable } from "./words.js";

export const styles = ["operating.css", "jobs.css"];
const PAGE = 50;
const MOST_LOOKS = 6; // a page may come empty where a search finds little; then the next one is asked for by itself
const LOOK_AGAIN_MS = 700;
const TICK_MS = 10_000;

let shown = null;

/** Show the jobs in `root`; `path` names the one that is explained. */
export function mount(root, path) {
  shown = view(root);
  shown.move(path);
}

/** Explain another job, or none. */
export function move(path) {
  shown.move(path);
}

/** Stop listening. */
export function leave() {
  shown.end();
  shown = null;
}

function view(root) {
  const live = badge();
  const asked = filters(() => look());
  const list = jobList();
  const trouble = make("p", "alarm");
  trouble.role = "status";
  const newer = button("", () => {
    list.release();
    count();
  });
  newer.className = "newer";
  const earlier = button("Show earlier", () => further());
  const none = make("p", "nothing");
  newer.hidden = none.hidden = earlier.hidden = true; // until something is known
  const detail = explanation({ retry, session: (name) => asked.set({ session: name }) });
  const left = make("div", "listing", asked.node, trouble, newer, list.node, none, earlier);
  const panes = make("div", "panes", left, detail.node);
  root.append(make("div", "wideview", make("header", "headline", make("h1", "", "Jobs"), live.node), panes));

  detail.node.addEventListener("keydown", ({ key }) => key === "Escape" && go("jobs"));

  let next = null;
  let looks = 0; // which answer is still wanted
  let chosen = "";
  let timer;

  /** Ask for the latest jobs. `calm`: those that are not shown yet are only counted. */
  async function look({ calm = false } = {}) {
    const mine = (looks += 1);
    clearTimeout(timer);
    timer = undefined;
    try {
      const found = await search(asked.query(), calm ? 1 : MOST_LOOKS, () => mine === looks);
      if (mine !== looks) return;
      tell(trouble, "");
      if (!calm || !list.size()) next = found.next;
      list.show(found.jobs, { calm: calm && list.size() > 0, whole: found.next === null });
      count();
    } catch (error) {
      if (mine !== looks) return;
      tell(trouble, readable(error));
    }
  }

  async function further() {
    const mine = (looks += 1);
    earlier.disabled = true;
    try {
      const found = await search({ ...asked.query(), before: next }, MOST_LOOKS, () => mine === looks);
      if (mine !== looks) return;
      next = found.next;
      list.append(found.jobs);
      count();
    } catch (error) {
      announce(readable(error));
    } finally {
      earlier.disabled = false;
    }
  }

  function count() {
    const waiting = list.held();
    newer.hidden = waiting === 0;
    say(newer, waiting ? `Show ${counted(waiting, "newer job")}` : "");
    none.hidden = list.size() > 0;
    say(none, list.size() ? "" : asked.isNarrow() ? "No job is like that." : "No jobs yet. What people ask will be here.");
    earlier.hidden = next === null;
  }

  async function retry(job) {
    const made = await call("POST", `api/jobs/${encodeURIComponent(job)}/retry`);
    announce("It is asked once more.");
    look();
    go("jobs", made.job);
  }

  function moved({ moves }) {
    if (moves.some(({ job }) => job === chosen)) detail.look();
    list.moved(moves);
    timer ??= setTimeout(() => look({ calm: true }), LOOK_AGAIN_MS);
  }

  const ticking = setInterval(() => document.hidden || (list.tick(), isSettled() || look({ calm: true })), TICK_MS);
  const ends = [
    live.end,
    detail.end,
    hear("job", moved),
    hear("start", ({ resumed }) => resumed || (look({ calm: true }), detail.look())),
    hear("fleet", ({ models }) => asked.models(models.map(({ name }) => name))),
    () => clearInterval(ticking),
    () => clearTimeout(timer),
    () => (looks += 1),
  ];
  look();
  return {
    end: () => ends.forEach((end) => end()),
    move([job = ""]) {
      const before = chosen;
      chosen = job;
      panes.classList.toggle("chosen", Boolean(job));
      list.choose(job);
      detail.show(job);
      if (!job && before) list.focus(before);
    },
  };
}

/** Return {jobs, next} for a query, going on where a page comes empty. */
async function search(query, looks, isWanted) {
  let found = { jobs: [], next: query.before ?? null };
  for (let looked = 0; looked < looks && isWanted(); looked += 1) {
    const fields = { ...query, limit: PAGE, ...(found.next ? { before: found.next } : {}) };
    found = await call("GET", `api/jobs?${new URLSearchParams(Object.entries(fields).filter(([, value]) => value))}`);
    if (found.jobs.length || found.next === null) break;
  }
  return found;
}
