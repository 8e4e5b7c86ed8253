// What was configured, to look up: nothing can be changed here, and secrets are masked.

import { call } from "./api.js";
import { plain } from "./bidi.js";
import { make } from "./dom.js";
import { say } from "./keyed.js";
import { searching, tell } from "./operating.js";
import { counted } from "./units.js";
import { readable } from "./words.js";

export const styles = ["operating.css", "settings.css"];
const MASK = "***";
const MAIN = "main"; // the environment that needs no mention
const LOOK_AGAIN_MS = 3_000;

let timer;

/** Show the settings in `root`. */
export function mount(root) {
  const field = searching("Search settings");
  const changed = make("input");
  changed.type = "checkbox";
  const only = make("label", "only", changed, "Only what was changed");
  const source = make("p", "source");
  const found = make("p", "found");
  found.role = "status";
  const cautions = make("ul", "words");
  const tables = make("div", "tables");
  const none = make("p", "nothing", "No setting is like that.");
  const head = make("header", "headline", make("h1", "", "Settings"));
  root.append(make("div", "wideview", head, source, cautions, make("search", "filters", field, only, found), tables, none));
  let drawn = [];

  async function look() {
    try {
      show(await call("GET", "api/settings"));
    } catch (error) {
      tell(source, readable(error));
      if (error.again) timer = setTimeout(look, LOOK_AGAIN_MS);
    }
  }

  function show(told) {
    const named = told.environment === MAIN ? "" : ` for the environment ${told.environment}`;
    const from = told.source.startsWith("no ") ? `There is ${told.source} hold` : `Read from ${told.source}`;
    tell(source, `${from}${named}. To change a setting, edit the file: what can be taken up live is.`);
    const notes = [...told.cautions, ...told.switches];
    cautions.replaceChildren(...notes.map((words) => tell(make("li"), words)));
    cautions.hidden = !notes.length;
    drawn = told.tables.map((each) => table(each, told.source));
    tables.replaceChildren(...drawn.map(({ node }) => node));
    sift();
  }

  function sift() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = drawn.reduce((sum, each) => sum + each.sift(words, changed.checked), 0);
    none.hidden = !drawn.length || shown > 0;
    say(found, drawn.length ? counted(shown, "setting") : "");
  }

  field.addEventListener("input", sift);
  changed.addEventListener("change", sift);
  look();
}

/** Stop asking. */
export function leave() {
  clearTimeout(timer);
}

function table({ table: head, name, settings }, source) {
  const title = make("h2", "", make("code", "", head));
  if (name) title.append(make("span", "called", plain(name)));
  title.lastChild.dir = "auto";
  const rows = settings.map((each) => row(each, `${head} ${name}`, source));
  const node = make("section", "part", title, make("dl", "settings", ...rows.map(({ node: line }) => line)));
  node.ariaLabel = plain(`${head} ${name}`.trim());
  return {
    node,
    sift(words, onlyChanged) {
      const shown = rows.filter((each) => each.sift(words, onlyChanged)).length;
      node.hidden = shown === 0;
      return shown;
    },
  };
}

function row(setting, where, source) {
  const { key, path, origin, changed } = setting;
  const value = valueOf(setting);
  const told = make("dd", changed ? "changed" : "", ...value);
  told.dir = "auto";
  const from = make("span", "origin", origin === "default" || source.endsWith(origin) ? "" : origin);
  told.append(from);
  const node = make("div", "", make("dt", "", key, ...(changed ? [make("span", "unseen", ", changed")] : [])), told);
  const text = `${where} ${path} ${told.textContent}`.toLowerCase();
  return {
    node,
    sift(words, onlyChanged) {
      node.hidden = (onlyChanged && !changed) || !words.every((word) => text.includes(word));
      return !node.hidden;
    },
  };
}

function valueOf({ value, written }) {
  const words = written || JSON.stringify(value);
  if (value === MASK) return [make("span", "masked", make("span", "", "••••••")), make("span", "unseen", "kept secret")];
  if (value === null || words === undefined || words === '""' || words === "[]" || words === "{}")
    return [make("span", "unset", "not set")];
  return [make("code", "", words)];
}
