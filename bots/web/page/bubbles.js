// One exchange on the page: what the person said, and what comes back. Only draws; app.js decides.

import { copyButton } from "./copying.js";
import { button, icon, make } from "./dom.js";
import { editor } from "./editor.js";
import { paint } from "./markdown.js";
import { isRunning, latest } from "./talk.js";

const PATIENT_S = 3; // shorter waits are not counted before people's eyes

/**
 * Return {node, draw, edit}: `draw(isLast)` shows the exchange as it stands now. `on` has stop, again, anew and look.
 */
export function bubbles(exchange, on) {
  const shown = () => exchange.versions[exchange.shown] ?? latest(exchange);
  const words = make("div", "said");
  words.dir = "auto";
  const edit = button("Edit", () => startEditing());
  const underSaid = make("p", "acts", edit, copyButton(() => shown().text, "Copy message"));
  const said = make("div", "asked", words, underSaid);

  const speaker = make("span", "speaker");
  const badge = make("span", "badge", "demo model");
  const body = make("div", "body");
  body.dir = "auto";
  const thought = make("p", "thought");
  thought.dir = "auto";
  const thoughts = make("details", "thoughts", make("summary", "", "Thinking"), thought);
  const wait = waiting(() => on.stop(exchange));
  const feet = footer(exchange, shown, on);
  const answer = make("article", "answer", make("p", "head", speaker, badge), thoughts, body, wait.node, feet.node);
  const node = make("li", "exchange", said, answer);
  let editing = null;

  function draw(isLast) {
    const now = shown();
    const running = !now.kind;
    node.classList.toggle("last", isLast);
    words.textContent = now.text;
    edit.hidden = !isLast;
    answer.dataset.kind = now.kind ?? "pending";
    answer.setAttribute("aria-busy", String(running));
    answer.setAttribute("aria-label", `Answer of ${exchange.persona}`);
    speaker.textContent = exchange.persona;
    badge.hidden = !exchange.demo || now.kind === "error";
    thoughts.hidden = !now.thoughts;
    thought.textContent = now.thoughts ?? "";
    paint(body, now.answer ?? "");
    body.hidden = !now.answer;
    wait.draw(now, running);
    feet.draw(now, isLast);
  }

  function startEditing() {
    if (editing) return editing.focus();
    editing = editor(latest(exchange).text, {
      send(text) {
        stopEditing();
        on.anew(exchange, text);
      },
      cancel() {
        stopEditing();
        edit.focus();
      },
    });
    said.hidden = true;
    said.before(editing.node);
    editing.focus();
  }

  function stopEditing() {
    editing.node.remove();
    editing = null;
    said.hidden = false;
  }

  return { node, draw, edit: startEditing, isEdited: () => editing !== null };
}

/** What is shown while an answer is to come: where it stands, for how long, and a way to stop it. */
function waiting(stop) {
  const phrase = make("span", "phrase");
  const since = make("span", "since");
  const hint = make("span", "more");
  const ends = button("Stop", stop, { kind: "link stop" });
  const node = make("p", "waiting", dots(), phrase, since, ends, hint);

  function draw(now, running) {
    node.hidden = !running;
    if (!running) return;
    const waited_s = Math.floor((Date.now() - now.asked_ms) / 1000);
    phrase.textContent = now.phrase || "sending";
    since.textContent = waited_s >= PATIENT_S && !now.answer ? `${waited_s} s` : "";
    hint.textContent = now.hint ?? "";
    hint.hidden = !now.hint;
  }

  return { node, draw };
}

/** What is offered below an answer: to copy it, to ask anew, its other versions, and where it came from. */
function footer(exchange, shown, on) {
  const copies = copyButton(() => shown().answer, "Copy answer");
  const anew = button("Regenerate", () => (isAgain(shown()) ? on.again(exchange) : on.anew(exchange)), {
    kind: "link anew",
  });
  const back = button(icon("left"), () => on.look(exchange, exchange.shown - 1), { kind: "tiny", label: "Earlier answer" });
  const forth = button(icon("right"), () => on.look(exchange, exchange.shown + 1), { kind: "tiny", label: "Later answer" });
  const which = make("span", "which");
  const versions = make("span", "versions", back, which, forth);
  const summary = make("summary", "", "Details");
  const told = make("p", "told");
  const details = make("details", "details", summary, told);
  const stopped = make("span", "ended", "Stopped");
  const node = make("div", "foot", stopped, versions, copies, anew, details);

  function draw(now, isLast) {
    const count = exchange.versions.length;
    node.hidden = !now.kind;
    stopped.hidden = now.kind !== "stopped";
    versions.hidden = count < 2;
    which.textContent = `${exchange.shown + 1} of ${count}`;
    back.disabled = exchange.shown === 0;
    forth.disabled = exchange.shown === count - 1;
    copies.hidden = !now.answer || now.kind === "error" || now.kind === "notice";
    anew.hidden = !isLast || isRunning(exchange) || now !== latest(exchange) || (now.kind === "error" && !now.again);
    anew.textContent = isAgain(now) ? "Try again" : now.kind === "reply" ? "Regenerate" : "Ask again";
    details.hidden = !now.details;
    told.replaceChildren(now.details ?? "", make("br"), "job ", make("code", "", now.job ?? ""));
  }

  return { node, draw };
}

// What never arrived is sent once more as the same event; everything else is asked anew.
function isAgain(now) {
  return now.kind === "error" && Boolean(now.again);
}

function dots() {
  const made = make("span", "dots", make("i"), make("i"), make("i"));
  made.setAttribute("aria-hidden", "true");
  return made;
}
