// What is offered below an answer: to copy it, to say what it was worth, to ask anew, and where it came from.

import { copyButton } from "./copying.js";
import { button, icon, make } from "./dom.js";
import { editor } from "./editor.js";
import { isRunning, latest } from "./talk.js";
import { addressOf } from "./views.js";

const ASKED_ANEW = ["reply", "stopped"]; // of others, that one may ask again is the first thing to know

/** Return {node, draw} of what stands below an answer; `shown()` is the version that is looked at. */
export function footer(exchange, shown, on) {
  const copies = copyButton(() => shown().answer, "Copy answer");
  const anew = button("", () => (isAgain(shown()) ? on.again(exchange) : on.anew(exchange)), { kind: "anew" });
  const up = button(icon("thumb-up"), () => on.rate(exchange, shown(), "up"), { kind: "tiny", label: "Good answer" });
  const down = button(icon("thumb-down"), () => on.rate(exchange, shown(), "down"), { kind: "tiny", label: "Bad answer" });
  const fix = button(icon("pencil"), correct, { kind: "tiny", label: "Correct answer" });
  const turns = versions(exchange, on);
  const summary = make("summary", "", "Details");
  const told = make("p", "told");
  const grades = [1, 2, 3, 4, 5].map((stars) =>
    button(String(stars), () => on.grade(exchange, shown(), stars), { kind: "tiny", label: `${stars} of 5` }),
  );
  const grading = make("p", "grades", "How good was it? ", ...grades);
  Object.assign(grading, { role: "group", ariaLabel: "How good was it, from 1 to 5?" });
  const details = make("details", "details", summary, told, grading);
  const stopped = make("span", "ended", "Stopped");
  const node = make("div", "foot", stopped, turns.node, copies, up, down, fix, anew, details);

  let fixing = null;

  function correct() {
    const end = () => {
      fixing.node.remove();
      fixing = null;
      fix.focus();
    };
    const send = (text) => {
      on.correct(shown(), text);
      end();
    };
    if (!fixing) node.before((fixing = editor(shown().answer, { send, cancel: end }, "What it should have been")).node);
    fixing.focus();
  }

  function draw(now, isLast) {
    const isWords = Boolean(now.answer) && now.kind !== "error" && now.kind !== "notice";
    node.hidden = !now.kind;
    stopped.hidden = now.kind !== "stopped";
    turns.draw();
    copies.hidden = !isWords;
    for (const [rate, opinion] of [[up, "up"], [down, "down"]]) {
      rate.hidden = now.kind !== "reply" || !now.job;
      rate.ariaPressed = String(now.opinion === opinion);
    }
    fix.hidden = grading.hidden = up.hidden;
    grades.forEach((grade, at) => (grade.ariaPressed = String(now.stars === at + 1)));
    anew.hidden = !isLast || isRunning(exchange) || now !== latest(exchange) || (now.kind === "error" && !now.again);
    drawAnew(anew, now);
    details.hidden = !now.details;
    told.replaceChildren(now.details ?? "", make("br"), ...(now.job ? whence(now.job) : []));
  }

  return { node, draw };
}

function drawAnew(anew, now) {
  const words = isAgain(now) ? "Try again" : now.kind === "reply" ? "Regenerate" : "Ask again";
  if (anew.title === words) return;
  const isQuiet = ASKED_ANEW.includes(now.kind);
  anew.className = isQuiet ? "tiny anew" : "wide anew";
  anew.replaceChildren(icon("again"), ...(isQuiet ? [] : [words]));
  anew.ariaLabel = words;
  anew.title = words;
}

function whence(job) {
  const link = make("a", "", "How it came about");
  link.href = addressOf("jobs", job);
  return [link, " · job ", make("code", "", job)];
}

function versions(exchange, on) {
  const back = button(icon("left"), () => on.look(exchange, exchange.shown - 1), { kind: "tiny", label: "Earlier answer" });
  const forth = button(icon("right"), () => on.look(exchange, exchange.shown + 1), { kind: "tiny", label: "Later answer" });
  const which = make("span", "which");
  const node = make("span", "versions", back, which, forth);

  function draw() {
    const count = exchange.versions.length;
    node.hidden = count < 2;
    which.textContent = `${exchange.shown + 1} of ${count}`;
    back.disabled = exchange.shown === 0;
    forth.disabled = exchange.shown === count - 1;
  }

  return { node, draw };
}

// What never arrived is sent once more as the same event; everything else is asked anew.
function isAgain(now) {
  return now.kind === "error" && Boolean(now.again);
}
