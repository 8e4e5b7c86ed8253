// The conversation that is shown: its exchanges are drawn as they change, and the page scrolls along.

import { bubbles } from "./bubbles.js";
import { at } from "./dom.js";

const AT_BOTTOM_PX = 60; // closer than this, the page scrolls along
const FAR_PX = 300; // further than this, there is a way back to the latest words
const FRAME_MS = 16;
const HIDDEN_FRAME_MS = 200; // nobody looks

/** Return {show, add, redraw, edit, isEdited, toEnd}. `on` is what can be done with an exchange. */
export function log(on) {
  const scroll = at("scroll");
  const drawn = new Map(); // exchange → {node, draw, …}
  const stale = new Set();
  let exchanges = [];
  const isLast = (exchange) => exchange === exchanges.at(-1);
  const below = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;

  /** Show these exchanges in place of others; the list is the conversation's own and grows. */
  function show(others) {
    exchanges = others;
    drawn.clear();
    at("log").replaceChildren();
    for (const exchange of exchanges) add(exchange);
    toEnd();
  }

  function add(exchange) {
    exchange.shown = exchange.versions.length - 1; // to look back at an earlier answer is for the moment
    const made = bubbles(exchange, {
      ...on,
      look(of, version) {
        of.shown = version;
        made.draw(isLast(of));
      },
    });
    drawn.set(exchange, made);
    made.draw(isLast(exchange));
    at("log").append(made.node);
  }

  /** Draw an exchange with the next frame, however often it changes until then, and stay at the bottom if there. */
  function redraw(exchange) {
    if (!stale.size) setTimeout(drawStale, document.hidden ? HIDDEN_FRAME_MS : FRAME_MS);
    stale.add(exchange);
  }

  function drawStale() {
    const follows = below() < AT_BOTTOM_PX;
    for (const exchange of stale) drawn.get(exchange)?.draw(isLast(exchange));
    stale.clear();
    if (follows) toEnd();
    else look();
  }

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    look();
  }

  function look() {
    at("latest").hidden = below() < FAR_PX;
  }

  scroll.addEventListener("scroll", look, { passive: true });
  at("latest").addEventListener("click", toEnd);
  return {
    show,
    add,
    redraw,
    toEnd,
    edit: () => exchanges.length > 0 && (drawn.get(exchanges.at(-1)).edit(), true),
    isEdited: () => [...drawn.values()].some((one) => one.isEdited()),
  };
}
