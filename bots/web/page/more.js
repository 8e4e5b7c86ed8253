// What stands behind "More": how the page looks, where else to look, which Rookery this is, and the way out.

import { call } from "./api.js";
import { at, beyond, button, icon, make } from "./dom.js";
import { question } from "./question.js";

const DOCS = "docs";

/** Look up what there is when it is opened: nobody needs it before. */
export function start() {
  at("more").addEventListener("beforetoggle", ({ newState }) => newState === "open" && look());
  show({}, {});
}

/** Whoever may only chat is told less; what there is without asking, is there in any case. */
async function look() {
  const [about, visitor] = await Promise.all(["api/about", "api/visitor"].map((path) => call("GET", path).catch(() => ({}))));
  show(about, visitor);
}

function show({ version, flower }, { name, key }) {
  at("version").textContent = version ? `Rookery ${version}` : "";
  const links = [
    link("API", DOCS),
    ...(flower ? [link("Flower", flower)] : []),
    ...(key ? [button(`Sign out (${name})`, leave, { kind: "out" })] : []),
  ];
  at("links").replaceChildren(...links.map((one) => make("li", "", one)));
}

function link(words, address) {
  return beyond(address, "out", make("span", "", words), icon("out"));
}

async function leave() {
  at("more").hidePopover();
  const words = "What was said in this browser stays in it, until you delete it.";
  if (!(await question({ title: "Sign out?", words, act: "Sign out" }))) return;
  await call("POST", "api/logout", {}).catch(() => {});
  location.reload();
}
