// Where the server wants to know who asks: a key, typed once. The browser keeps it as a cookie no script can read.

import { button, make } from "./dom.js";
import { readable } from "./words.js";

const PATH = "api/login";
let asking = null;

/** Ask for a key until one is taken. Many may wait for it: they are all asked once. */
export function login() {
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

function ask() {
  return new Promise((resolve) => {
    const field = make("input");
    Object.assign(field, { type: "password", name: "key", autocomplete: "current-password", required: true });
    field.id = "key";
    field.spellcheck = false;
    field.placeholder = "rk_…";
    const label = make("label", "", "Key");
    label.htmlFor = field.id;
    const trouble = make("p", "trouble");
    trouble.id = "login-trouble";
    trouble.role = "alert";
    field.setAttribute("aria-describedby", trouble.id);
    const heading = make("h2", "", "Sign in");
    heading.id = "login";
    const words = make("p", "", "This Rookery answers those who have a key. ", make("code", "", "rookery key new"), " makes one.");
    const enter = button("Sign in", () => {}, { kind: "primary" });
    enter.type = "submit";
    const form = make("form", "", heading, words, label, field, trouble, make("p", "acts", enter));
    const dialog = make("dialog", "question login", form);
    dialog.setAttribute("aria-labelledby", heading.id);

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      enter.disabled = true;
      trouble.textContent = await refused(field.value.trim());
      enter.disabled = false;
      if (trouble.textContent) return field.select();
      dialog.close();
      dialog.remove();
      resolve();
    });
    dialog.addEventListener("cancel", (event) => event.preventDefault()); // without a key there is nothing to go back to
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
  });
}

/** Return why a key was not taken, or nothing. */
async function refused(key) {
  try {
    const response = await fetch(PATH, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key }),
    });
    if (response.ok) return "";
    const told = await response.json().catch(() => ({}));
    return readable(told.error ?? { type: "Lost" });
  } catch {
    return readable({ type: "Lost" });
  }
}
