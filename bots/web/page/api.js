// The HTTP API, as the page uses it. Errors come out as {type, message, next_step, status, again}.

import { login } from "./login.js";

const SLOWEST_RETRY_MS = 10_000;
const LOST = { type: "Lost", message: "no answer", next_step: "", again: true };
const NO_KEY = 401;

/**
 * Call the API. Throws {type, message, next_step, again}: `again` says that the very same call may work later. Where
 * the server wants to know who asks, the person is asked for a key first, and the call is made once more.
 */
export async function call(method, path, body) {
  for (;;) {
    const response = await fetched(method, path, body);
    if (response.status === NO_KEY) {
      await login();
      continue;
    }
    const told = await response.json().catch(() => ({}));
    if (response.ok) return told;
    const again = response.status === 429 || response.status >= 500;
    throw { ...(told.error ?? LOST), status: response.status, again };
  }
}

async function fetched(method, path, body) {
  try {
    return await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw LOST;
  }
}

/**
 * Follow a job until it is answered. `on` has text(at, piece, place), state(told), restart(), answer(view),
 * trouble(error), gone(error). What is told from a `place` of before is not told again, while the same worker writes.
 * Returns a function that stops listening.
 */
export function follow(job, place, on) {
  const path = `api/jobs/${encodeURIComponent(job)}`;
  let source;
  let timer;
  let patience_ms = 500;
  let over = false;

  function listen() {
    source = new EventSource(`${path}/events${place ? `?after=${encodeURIComponent(place)}` : ""}`);
    const hear = (name, handler) => source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
    source.addEventListener("open", () => (patience_ms = 500));
    source.addEventListener("text", ({ data, lastEventId }) => {
      const { at, text } = JSON.parse(data);
      place = lastEventId;
      on.text(at, text, place);
    });
    hear("state", on.state);
    hear("restart", on.restart);
    hear("failure", ({ error }) => on.trouble(error));
    hear("answer", (view) => {
      stop();
      on.answer(view);
    });
    source.addEventListener("error", () => {
      if (over) return;
      on.trouble(LOST);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(look, patience_ms);
    });
  }

  // The browser tries again by itself when a stream breaks, but never when it was refused: then we ask why.
  async function look() {
    patience_ms = Math.min(patience_ms * 2, SLOWEST_RETRY_MS);
    try {
      await call("GET", path);
    } catch (error) {
      if (over) return;
      if (!error.again) {
        stop();
        on.gone(error);
        return;
      }
      on.trouble(error);
      timer = setTimeout(look, patience_ms);
      return;
    }
    if (!over) listen();
  }

  function stop() {
    over = true;
    clearTimeout(timer);
    source.close();
  }

  listen();
  return stop;
}
