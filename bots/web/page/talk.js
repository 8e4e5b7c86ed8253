// What is asked and what comes back, whatever it looks like. An exchange is one message of the person with its
// versions: the question as it was put and its answer, one more for each time it was asked anew. The last one counts.

import { randomId } from "./chats.js";
import { call, follow } from "./api.js";
import { briefly, readable } from "./words.js";

const MOST_STREAMS = 3; // a browser opens six connections to a server, and the page needs some for itself

export const latest = (exchange) => exchange.versions.at(-1);
export const isRunning = (exchange) => !latest(exchange).kind;

/** Return the talk of this page. `on` has changed(chat, exchange), settled(chat, exchange, words) and said(words). */
export function talk(on) {
  const listening = new Map(); // version → stop listening
  const sending = new Map(); // version on its way → a promise of its arrival, or of its failure
  const newest = new Map(); // session → the same of what was posted last in it

  /** Ask something new in a chat. */
  function ask(chat, text, { name, demo }) {
    const exchange = { id: randomId(), persona: name, demo, versions: [version(text, 0)], shown: 0 };
    chat.exchanges.push(exchange);
    post(chat, exchange);
    return exchange;
  }

  /**
   * Ask the last message anew, with other words if need be; its last answer is taken back if it still runs. Returns
   * whether it was asked: not, where the last answer could not be taken back.
   */
  async function anew(chat, exchange, text = latest(exchange).text) {
    if (isRunning(exchange) && !(await stop(chat, exchange))) return false;
    const before = latest(exchange);
    const next = version(text, before.ordinal + 1);
    if (before.kind === "error" && !before.job) exchange.versions.pop(); // nothing came of it
    exchange.versions.push(next);
    exchange.shown = exchange.versions.length - 1;
    await post(chat, exchange);
    return true;
  }

  /** Post the last version. Its id makes this safe to repeat: the flock knows the same message again. */
  function post(chat, exchange) {
    const now = latest(exchange);
    const arrival = arrive(chat, exchange, now, newest.get(chat.session)).finally(() => sending.delete(now));
    sending.set(now, arrival);
    newest.set(chat.session, arrival);
    return arrival;
  }

  // One after the other: two requests at once may overtake each other, and who asked first is answered first.
  async function arrive(chat, exchange, now, earlier) {
    Object.assign(now, { kind: undefined, answer: "", place: "", again: undefined, phrase: "sending", asked_ms: Date.now() });
    on.changed(chat, exchange);
    await earlier;
    if (now.unwanted) {
      now.kind = "stopped";
      return settle(chat, exchange, now, "Stopped");
    }
    try {
      const { job, hosted } = await call("POST", "api/chat", {
        text: now.text,
        persona: exchange.persona,
        session: chat.session,
        message_id: exchange.id,
        ordinal: now.ordinal,
      });
      Object.assign(now, { job, phrase: hosted ? "queued" : "waiting for a host" });
      if (now.unwanted) await stop(chat, exchange);
      else listen(chat, exchange);
      on.changed(chat, exchange);
    } catch (error) {
      fail(chat, exchange, now, error);
    }
  }

  /** Go on with whatever of a chat still runs. */
  function resume(chat) {
    for (const exchange of chat.exchanges.filter(isRunning)) {
      if (latest(exchange).job) listen(chat, exchange);
      else if (!sending.has(latest(exchange))) post(chat, exchange);
    }
  }

  function listen(chat, exchange) {
    const now = latest(exchange);
    if (listening.has(now) || now.kind) return;
    if (listening.size >= MOST_STREAMS) letGo(listening.keys().next().value); // resumed once there is room again
    const change = (what) => {
      Object.assign(now, what);
      on.changed(chat, exchange);
    };
    listening.set(
      now,
      follow(now.job, now.place, {
        text: (offset, piece, place) => change({ answer: (now.answer ?? "").slice(0, offset) + piece, place }),
        restart: () => change({ answer: "", place: "" }),
        state({ phrase, hint }) {
          change({ phrase, hint });
          on.said(phrase);
        },
        trouble: (error) => change({ phrase: briefly(error), hint: "" }),
        answer: (view) => finish(chat, exchange, now, view),
        gone: (error) => fail(chat, exchange, now, error),
      }),
    );
  }

  function finish(chat, exchange, now, view) {
    now.kind = view.outcome ?? "stopped";
    // A stopped answer keeps what was written of it; a long-ended one, whose words have expired, what we have.
    now.answer = view.outcome ? view.text || now.answer || view.ending : view.text || now.answer;
    now.details = view.details;
    now.thoughts = view.thoughts;
    exchange.demo = view.demo;
    settle(chat, exchange, now, `${exchange.persona}: ${now.answer || view.ending}`);
  }

  function fail(chat, exchange, now, error) {
    Object.assign(now, { kind: "error", answer: readable(error), again: error.again, unwanted: false });
    if (error.type === "UnknownJob") now.again = true;
    settle(chat, exchange, now, now.answer);
  }

  function settle(chat, exchange, now, words) {
    letGo(now);
    on.settled(chat, exchange, words);
  }

  function letGo(now) {
    listening.get(now)?.();
    listening.delete(now);
  }

  /** Take a message back. Returns whether it is over now. */
  async function stop(chat, exchange) {
    const now = latest(exchange);
    if (now.kind) return true;
    now.unwanted = true; // if it is on its way yet, it is taken back when it has arrived
    now.phrase = "stopping";
    on.changed(chat, exchange);
    if (!now.job) {
      await sending.get(now);
      return Boolean(now.kind);
    }
    try {
      const { state } = await call("DELETE", `api/jobs/${encodeURIComponent(now.job)}`);
      if (state === "withdrawn" && !now.kind) {
        now.kind = "stopped";
        settle(chat, exchange, now, "Stopped");
      }
      return true;
    } catch (error) {
      Object.assign(now, { unwanted: false, phrase: `Not stopped: ${readable(error)}` });
      on.changed(chat, exchange);
      return false;
    }
  }

  /** Take back everything of a chat that is not answered yet. */
  function stopAll(chat) {
    return Promise.all(chat.exchanges.filter(isRunning).map((exchange) => stop(chat, exchange)));
  }

  /** Say what an answer was worth, or with the same opinion once more that it was nothing to speak of. */
  function rate(chat, exchange, version, opinion) {
    return judge(chat, exchange, version, "opinion", opinion, (now) => ({ opinion: now ?? "none" }));
  }

  /** The same from 1 to 5. */
  function grade(chat, exchange, version, stars) {
    return judge(chat, exchange, version, "stars", stars, (now) => ({ opinion: "rated", text: String(now ?? "") }));
  }

  async function judge(chat, exchange, version, what, value, said) {
    const before = version[what];
    version[what] = before === value ? undefined : value;
    on.changed(chat, exchange);
    try {
      await call("POST", `api/jobs/${encodeURIComponent(version.job)}/feedback`, said(version[what]));
      on.said(version[what] ? "Noted, thank you" : "Taken back");
    } catch (error) {
      version[what] = before;
      on.said(`Not noted: ${readable(error)}`);
      on.changed(chat, exchange);
    }
  }

  /** Say what an answer should have been. */
  async function correct({ job }, text) {
    try {
      await call("POST", `api/jobs/${encodeURIComponent(job)}/feedback`, { opinion: "corrected", text });
      on.said("Noted, thank you");
    } catch (error) {
      on.said(`Not noted: ${readable(error)}`);
    }
  }

  /** Have a chat forgotten: what is still being answered is taken back first, so that nothing is remembered later. */
  async function forget(chat) {
    chat.removed = true;
    for (const exchange of chat.exchanges) letGo(latest(exchange));
    await stopAll(chat);
    await call("DELETE", `api/sessions/${encodeURIComponent(chat.session)}`);
  }

  return { ask, anew, post, resume, stop, stopAll, rate, grade, correct, forget };
}

function version(text, ordinal) {
  return { text, ordinal, kind: undefined, answer: "", place: "", job: "", details: "", phrase: "", again: undefined };
}
