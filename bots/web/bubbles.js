// One exchange on the page: what the person said, and what comes back. Only draws; app.js decides.

import { render } from "./markdown.js";

/** Return {node, draw}: `draw()` shows the exchange as it stands now. `on` has stop, again and ask. */
export function bubbles(exchange, on) {
  const said = make("div", "said", exchange.text);
  said.dir = "auto";
  const speaker = make("span", "speaker");
  const badge = make("span", "badge", "demo model");
  const head = make("p", "head", speaker, badge);
  const body = make("div", "body");
  body.dir = "auto";
  const phrase = make("span", "phrase");
  const stop = button("Stop", () => on.stop(exchange));
  const waiting = make("p", "waiting", dots(), phrase, stop);
  const foot = make("p", "foot");
  const answer = make("article", "answer", head, body, waiting, foot);
  const node = make("li", "exchange", said, answer);
  let shown = null;

  function draw() {
    const pending = !exchange.kind;
    answer.dataset.kind = exchange.kind ?? "pending";
    answer.setAttribute("aria-busy", String(pending));
    answer.setAttribute("aria-label", `Answer of ${exchange.persona}`);
    speaker.textContent = exchange.persona;
    badge.hidden = !exchange.demo || exchange.kind === "error";
    if (shown !== exchange.answer) {
      shown = exchange.answer;
      body.replaceChildren(render(shown ?? ""));
    }
    body.hidden = !exchange.answer;
    waiting.hidden = !pending;
    phrase.textContent = exchange.phrase ?? "sending";
    stop.hidden = !exchange.job;
    foot.replaceChildren(...footnotes(exchange, on));
    foot.hidden = !foot.childNodes.length;
  }

  draw();
  return { node, draw };
}

function footnotes(exchange, on) {
  const notes = [];
  if (exchange.details) notes.push(make("span", "", exchange.details));
  if (exchange.kind === "error" && exchange.again) notes.push(button("Try again", () => on.again(exchange)));
  if (exchange.kind === "notice") notes.push(button("Ask again", () => on.ask(exchange)));
  return notes;
}

function dots() {
  const made = make("span", "dots", make("i"), make("i"), make("i"));
  made.setAttribute("aria-hidden", "true");
  return made;
}

function button(text, act) {
  const made = make("button", "link", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function make(name, kind = "", ...children) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...children);
  return made;
}
