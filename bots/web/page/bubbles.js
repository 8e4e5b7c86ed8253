// One exchange on the page: what the person said, and what comes back. Only draws; log.js decides.

import { copyButton } from "./copying.js";
import { button, icon, make } from "./dom.js";
import { editor } from "./editor.js";
import { face } from "./faces.js";
import { footer } from "./footer.js";
import { paint } from "./markdown.js";
import { latest } from "./talk.js";

const PATIENT_S = 3; // shorter waits are not counted before people's eyes

/**
 * Return {node, draw, edit, isEdited}: `draw(isLast)` shows the exchange as it stands now. `on` has stop, again, anew,
 * look and rate.
 */
export function bubbles(exchange, on) {
  const shown = () => exchange.versions[exchange.shown] ?? latest(exchange);
  const words = make("div", "said");
  words.dir = "auto";
  const edit = button(icon("pencil"), () => startEditing(), { kind: "tiny", label: "Edit" });
  const underSaid = make("p", "acts", edit, copyButton(() => shown().text, "Copy message"));
  const said = make("div", "asked", words, underSaid);

  const speaker = make("bdi", "speaker");
  const badge = make("span", "badge", "demo model");
  const body = make("div", "body");
  body.dir = "auto";
  const thought = make("p", "thought");
  thought.dir = "auto";
  const thoughts = make("details", "thoughts", make("summary", "", "Thinking"), thought);
  const wait = waiting(() => on.stop(exchange));
  const feet = footer(exchange, shown, on);
  const head = make("p", "head", face(exchange.persona), speaker, badge);
  const answer = make("article", "answer", head, thoughts, body, wait.node, feet.node);
  const node = make("li", "exchange", said, answer);
  let editing = null;

  function draw(isLast) {
    const now = shown();
    const running = !now.kind;
    node.classList.toggle("last", isLast);
    words.textContent = now.text;
    edit.hidden = !isLast;
    answer.dataset.kind = now.kind ?? "pending";
    answer.ariaBusy = String(running);
    answer.ariaLabel = `Answer of ${exchange.persona}`;
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
  const hint = make("span", "more-words");
  const ends = button(icon("stop"), stop, { kind: "link stop" });
  ends.append("Stop");
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

function dots() {
  const made = make("span", "dots", make("i"), make("i"), make("i"));
  made.ariaHidden = "true";
  return made;
}
