// The field to write in. What was not sent is kept with its conversation, whatever happens to the page.

import * as chats from "./chats.js";
import { at } from "./dom.js";
import { fit, sends } from "./editor.js";

const KEEP_MS = 300;

/** Return {focus, show, belong, put}. `on` has send(text), and recall() for an arrow up in an empty field. */
export function composer(on) {
  const field = at("text");
  let session = "";
  let saving;

  /** Show what was written and not sent in a conversation. */
  function show(other) {
    if (saving) keep();
    session = other;
    field.value = chats.draft(session);
    size();
  }

  /** What is in the field belongs to this conversation from now on. */
  function belong(other) {
    chats.keepDraft(session, "");
    session = other;
    keep();
  }

  /** Put words into the field that could not be sent, unless there are others. */
  function put(text) {
    field.value ||= text;
    changed();
  }

  /** Have the field ready to write in, where that opens no keyboard over half of a phone. */
  function focus() {
    if (matchMedia("(pointer: fine)").matches) field.focus();
  }

  function keep() {
    clearTimeout(saving);
    saving = undefined;
    if (session) chats.keepDraft(session, field.value);
  }

  function size() {
    fit(field);
    at("send").disabled = !field.value.trim();
  }

  function changed() {
    size();
    saving ??= setTimeout(keep, KEEP_MS);
  }

  at("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    size();
    keep();
    on.send(text);
  });
  field.addEventListener("keydown", (event) => {
    if (sends(event)) {
      event.preventDefault();
      at("composer").requestSubmit();
    } else if (event.key === "ArrowUp" && !field.value && on.recall()) {
      event.preventDefault();
    }
  });
  field.addEventListener("input", changed);
  addEventListener("pagehide", keep);
  return { focus, show, belong, put };
}
