// Which of the views is shown: the hash of the address says so, `#/fleet` or `#/jobs/abc`.
//
// A view is a module of its name. It exports
//   mount(root, path)  fills its <main>, which is empty and shown; `path` is what follows the name, [] or ["abc"]
//   leave()            ends what it keeps going: streams, timers; its <main> is emptied and hidden afterwards
//   move(path)         optional: the path has changed while it is shown; without it, it is left and mounted anew
//   styles             optional: the names of its stylesheets, loaded before it is mounted for the first time
//   stays              optional: true where its <main> is only hidden, not emptied
// It is loaded when it is first looked at. Only the chat, whose markup comes with the page, is there from the start.

import { at, button, make } from "./dom.js";

export const NAMES = ["chat", "memory", "fleet", "jobs", "learning", "settings"];
const titleOf = (name) => name[0].toUpperCase() + name.slice(1);

let shown = null; // {name, path, module, root}
let wanted = "";

/** Show what the address says, now and whenever that changes. */
export function start() {
  addEventListener("hashchange", () => follow({ moved: true }));
  return follow({ moved: false });
}

/** Go to a view, as a link to it would. */
export function go(name, ...path) {
  location.hash = addressOf(name, ...path);
}

/** Return the address of a view, for a link. */
export function addressOf(name, ...path) {
  return `#/${[name, ...path.map(encodeURIComponent)].join("/")}`;
}

/** Say in the window's title what is shown. */
export function title(words) {
  document.title = `${words} · Rookery`;
}

/** Return {name, path} of an address's hash. */
export function parsed(hash) {
  const [name, ...path] = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decoded);
  return NAMES.includes(name) ? { name, path } : { name: "chat", path: [] };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody typed a lone percent sign
  }
}

async function follow({ moved }) {
  const { name, path } = parsed(location.hash);
  wanted = name;
  document.documentElement.dataset.shown = name;
  mark(name);
  if (shown?.name === name) return again(path);
  let module;
  try {
    module = await import(`./${name}.js`);
    await Promise.all((module.styles ?? []).map(style));
  } catch (error) {
    console.error(error);
    module = missing(name);
  }
  if (wanted !== name || shown?.name === name) return; // somebody was quicker
  away();
  const root = rootOf(name);
  shown = { name, module, root, path };
  root.hidden = false;
  title(titleOf(name));
  module.mount(root, path);
  if (moved && !root.contains(document.activeElement)) root.focus(); // a screen reader goes on from there
}

function again(path) {
  if (JSON.stringify(path) === JSON.stringify(shown.path)) return;
  shown.path = path;
  if (shown.module.move) return shown.module.move(path);
  shown.module.leave();
  shown.root.replaceChildren();
  shown.module.mount(shown.root, path);
}

function away() {
  if (!shown) return;
  shown.module.leave();
  shown.root.hidden = true;
  if (!shown.module.stays) shown.root.replaceChildren();
}

function rootOf(name) {
  const found = at(name);
  if (found) return found;
  const made = make("main", `view ${name}`);
  made.id = name;
  made.tabIndex = -1;
  made.ariaLabel = titleOf(name);
  at("views").append(made);
  return made;
}

function mark(name) {
  for (const link of document.querySelectorAll("[data-view]")) {
    link.ariaCurrent = link.dataset.view === name ? "page" : null;
  }
}

/** Load a stylesheet, once. */
function style(name) {
  if (document.querySelector(`link[href="${name}"]`)) return undefined;
  const link = make("link");
  link.rel = "stylesheet";
  link.href = name;
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`${name} was not loaded`));
    });
    document.head.append(link);
  });
}

// What is shown in place of a view whose files did not come: the server may be away just now.
function missing(name) {
  return {
    mount(root) {
      const words = `${titleOf(name)} could not be loaded. Is Rookery still running? \`rookery up\` starts it.`;
      root.append(make("div", "lost", make("p", "", words), button("Try again", () => location.reload(), { kind: "wide" })));
    },
    leave() {},
  };
}
