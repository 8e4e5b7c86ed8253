// A message of the person's, to be put another way. And how text fields behave here: Enter sends, and they grow.

import { button, make } from "./dom.js";

const TALLEST_PX = 220;

/** Let a field be as tall as what is in it, up to a point. */
export function fit(field) {
  field.style.height = "auto";
  if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight + 2, TALLEST_PX)}px`;
}

/** Return whether a key press means "send this". Enter may also choose a character in an IME. */
export function sends(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

/** Return {node, focus} of a field with `text` in it. `on` has send(text) and cancel(). */
export function editor(text, on, label = "Edit your message") {
  const field = make("textarea");
  field.value = text;
  field.rows = 1;
  field.maxLength = 100_000;
  field.ariaLabel = label;
  const send = button("Send", () => submit(), { kind: "primary" });
  const node = make("div", "editor", field, make("p", "acts", button("Cancel", on.cancel), send));

  function submit() {
    const words = field.value.trim();
    if (words) on.send(words);
  }

  field.addEventListener("input", () => {
    fit(field);
    send.disabled = !field.value.trim();
  });
  field.addEventListener("keydown", (event) => {
    if (sends(event)) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      event.stopPropagation(); // here it cancels, elsewhere it stops an answer
      on.cancel();
    }
  });

  function focus() {
    fit(field);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  return { node, focus };
}
