// What is shared where training is shown: how runs stand, what steps and metrics are called, and asking now and again.

import { call } from "./api.js";
import { tell } from "./operating.js";
import { readable } from "./words.js";

const SOON_MS = 2_000; // while a run goes on
const LATER_MS = 15_000;
export const STEPS = ["window", "export", "scrub", "dataset", "train", "evaluate", "safety", "gate", "publish", "canary"];
const COURSES = {
  walking: ["running", "run"],
  skipped: ["too little to learn from", "off"],
  refused: ["refused", "warn"],
  failed: ["failed", "bad"],
  canary: ["on trial", "coming"],
  promoted: ["promoted", "well"],
};

/** Return [word, kind] for what a run came to, or is at: the kind is its colour. */
export function standing({ course }) {
  return COURSES[course] ?? [course, "off"];
}

/** Return what a step, a source or a figure is called; `called` has words for some. */
export function named(name, called = {}) {
  const words = called[name] ?? name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const percent = (share) => `${Math.round(share * 100)} %`;

/** Return how much of a run is done, 0 to 1, each step counted alike. */
export function progress({ step, share }) {
  return (Math.max(0, STEPS.indexOf(step)) + share) / STEPS.length;
}

/**
 * Ask for `path` now and again, sooner where `show(told)` says that something goes on; what fails is told in `trouble`.
 * Returns a function that ends it.
 */
export function asking(path, trouble, show) {
  let timer;
  let isOver = false;

  async function look() {
    let wait_ms = SOON_MS;
    try {
      const told = document.hidden ? null : await call("GET", path);
      if (isOver) return;
      if (told) {
        tell(trouble, "");
        wait_ms = show(told) ? SOON_MS : LATER_MS;
      }
    } catch (error) {
      if (isOver) return;
      if (!error.type) throw error;
      tell(trouble, readable(error));
      if (!error.again) return;
    }
    timer = setTimeout(look, wait_ms);
  }

  look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
