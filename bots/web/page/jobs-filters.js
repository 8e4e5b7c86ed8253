// What jobs are looked for: words, a state, a model, a session. It is kept while the page is.

import { button, make } from "./dom.js";
import { say } from "./keyed.js";
import { searching } from "./operating.js";

const SOON_MS = 250; // after the last key
const STATES = [
  ["", "Any state"],
  ["received,recalling,queued", "Waiting"],
  ["claimed,generating", "Being answered"],
  ["done,delivering", "Being delivered"],
  ["delivered", "Delivered"],
  ["undeliverable", "Not delivered"],
  ["withdrawn", "Taken back"],
  ["dead", "Failed for good"],
];

const wanted = { text: "", state: "", model: "", session: "" };

/** Return {node, query, isNarrow, models, set}. `changed` is called when other jobs are wanted. */
export function filters(changed) {
  const text = searching("Search questions, people, ids", "Search jobs");
  const [state, model] = [make("select"), make("select")];
  const session = button("", () => set({ session: "" }), { kind: "chip" });
  state.append(...STATES.map(([value, words]) => new Option(words, value)));
  const node = make("search", "filters", text, state, model, session);
  state.ariaLabel = "State";
  model.ariaLabel = "Model";
  let timer;

  function draw() {
    if (document.activeElement !== text) text.value = wanted.text;
    state.value = wanted.state;
    session.hidden = !wanted.session;
    say(session, `session ${wanted.session} ×`).ariaLabel = `Session ${wanted.session}: show all again`;
  }

  function set(other) {
    clearTimeout(timer);
    Object.assign(wanted, { text: text.value.trim() }, other); // what was just typed counts too
    draw();
    changed();
  }

  function models(names) {
    const all = [...new Set(wanted.model ? [...names, wanted.model] : names)].sort((a, b) => a.localeCompare(b));
    if (all.join("\n") === [...model.options].slice(1).map(({ value }) => value).join("\n") && model.options.length) return;
    model.replaceChildren(new Option("Any model", ""), ...all.map((name) => new Option(name, name)));
    model.value = wanted.model;
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => set({}), SOON_MS);
  });
  state.addEventListener("change", () => set({ state: state.value }));
  model.addEventListener("change", () => set({ model: model.value }));
  models([]);
  draw();
  return { node, set, models, query: () => ({ ...wanted }), isNarrow: () => Object.values(wanted).some(Boolean) };
}
