// What the operator's views share: their headline, whether they are live, and sections.

import { plain } from "./bidi.js";
import { make } from "./dom.js";
import { say } from "./keyed.js";
import { CONNECTING, LIVE, RECONNECTING, REFUSED, watch } from "./live.js";

const WORDS = {
  [CONNECTING]: "connecting …",
  [LIVE]: "live",
  [RECONNECTING]: "reconnecting …",
  [REFUSED]: "not live",
};

let numbered = 0;

/** Return {node, end}: a word on whether what is shown is live. */
export function badge() {
  const node = make("p", "alive");
  node.role = "status";
  const end = watch((state) => {
    node.dataset.state = state;
    say(node, WORDS[state]);
  });
  return { node, end };
}

/** Have a node tell something to people; what stands in backticks is shown as code. */
export function tell(node, words) {
  if (node.dataset.told === words) return node;
  node.dataset.told = words;
  node.hidden = !words;
  node.replaceChildren(...words.split("`").map((part, at) => (at % 2 ? make("code", "", plain(part)) : plain(part))));
  return node;
}

/** Return a field to search with; `name` is what it is called for who does not see it. */
export function searching(placeholder, name = placeholder) {
  const field = make("input");
  Object.assign(field, { type: "search", autocomplete: "off", placeholder, ariaLabel: name });
  return field;
}

/** Return a part of a view under a heading of its own. */
export function section(title, ...children) {
  const heading = make("h2", "", title);
  heading.id = `section-${(numbered += 1)}`;
  const node = make("section", "part", heading, ...children);
  node.setAttribute("aria-labelledby", heading.id);
  return node;
}
