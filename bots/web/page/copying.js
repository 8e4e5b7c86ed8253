// Copying to the clipboard, also where a page that is served over plain http may not use the new way.

import { announce, button } from "./dom.js";

const THANKS_MS = 1_500; // how long a button says that it has copied

/** Return a button that copies what `text()` returns at that moment. */
export function copyButton(text, label = "Copy") {
  const made = button("Copy", async () => {
    const done = await copy(text());
    made.textContent = done ? "Copied" : "Not allowed";
    announce(done ? "Copied" : "The browser did not allow copying");
    setTimeout(() => (made.textContent = "Copy"), THANKS_MS);
  });
  if (label !== "Copy") made.setAttribute("aria-label", label);
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
