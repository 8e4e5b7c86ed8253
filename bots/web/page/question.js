// A question to the person that keeps everything else waiting: a name to type, or a yes.

import { button, make } from "./dom.js";

const TITLE_CHARS = 100;

/** Ask, and return what was typed (where there is a `value`), true for a plain yes, or null. */
export function question({ title, words = "", value, act }) {
  return new Promise((resolve) => {
    const dialog = make("dialog", "question");
    const heading = make("h2", "", title);
    heading.id = "question";
    dialog.setAttribute("aria-labelledby", heading.id);
    const field = value === undefined ? null : make("input");
    let answer = null;

    function agree() {
      answer = field ? field.value.trim() || null : true;
      dialog.close();
    }

    const acts = make("p", "acts", button("Cancel", () => dialog.close()), button(act, agree, { kind: "primary" }));
    dialog.append(heading, ...(words ? [make("p", "", words)] : []), ...(field ? [field] : []), acts);
    if (field) {
      field.value = value;
      field.maxLength = TITLE_CHARS;
      field.ariaLabel = title;
      field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault(); // else it would press what has the focus after the dialog
        agree();
      });
    }
    dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the page's own keys rest meanwhile
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    field?.select();
  });
}
