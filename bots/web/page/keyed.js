// Lists that change under people's eyes: what stays keeps its element, and so its focus and its place.

import { plain } from "./bidi.js";

/**
 * Bring the children of `parent` in line with `items`: one each, in their order. `make(item)` returns {node, draw};
 * `draw(item)` shows the item as it is now.
 */
export function keyed(parent, key, make) {
  let drawn = new Map();
  return (items) => {
    const next = new Map();
    for (const item of items) {
      const name = key(item);
      const made = drawn.get(name) ?? make(item);
      next.set(name, made);
      made.draw(item);
    }
    for (const [name, { node }] of drawn) if (!next.has(name)) node.remove();
    let place = parent.firstChild;
    for (const { node } of next.values()) {
      if (node === place) place = place.nextSibling;
      else parent.insertBefore(node, place);
    }
    drawn = next;
  };
}

/** Set the text of a node to one plain line, where it is another one than before: what is selected in it stays so. */
export function say(node, words) {
  const line = plain(words);
  if (node.textContent !== line) node.textContent = line;
  return node;
}

/** Show a node where there is something to say, and say it. */
export function sayOrHide(node, words) {
  node.hidden = !words;
  return say(node, words || "");
}
