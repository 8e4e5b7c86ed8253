// Copying to the clipboard, also where a page that is served over plain http may not use the new way.

import { announce, button, icon } from "./dom.js";

const THANKS_MS = 1_500; // how long a button says that it has copied

/** Return a button that copies what `text()` returns at that moment. */
export function copyButton(text, label) {
  const made = button(icon("copy"), copies, { kind: "tiny copy", label });
  let timer;

  async function copies() {
    const done = await copy(text());
    look(done ? "done" : "no", done ? "Copied" : "Not allowed");
    announce(done ? "Copied" : "The browser did not allow copying");
    clearTimeout(timer);
    timer = setTimeout(() => look("copy", label), THANKS_MS);
  }

  function look(name, words) {
    made.replaceChildren(icon(name));
    made.title = words;
    made.dataset.state = name;
  }

  return made;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const holder = document.createElement("textarea");
  holder.className = "unseen";
  holder.value = text;
  document.body.append(holder);
  holder.select();
  const done = document.execCommand("copy");
  holder.remove();
  focused?.focus();
  return done;
}
