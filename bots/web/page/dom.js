// Making elements. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const at = (id) => document.getElementById(id);

export function make(name, kind = "", ...children) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...children);
  return made;
}

/** Return a button; `label` is what it is called where an icon is all it shows. */
export function button(content, act, { kind = "link", label = "" } = {}) {
  const made = make("button", kind, content);
  made.type = "button";
  if (label) {
    made.ariaLabel = label;
    made.title = label;
  }
  made.addEventListener("click", act);
  return made;
}

export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  made.setAttribute("class", "icon");
  made.setAttribute("viewBox", "0 0 20 20");
  made.ariaHidden = "true";
  made.append(use);
  return made;
}

/** Say something to a screen reader. */
export function announce(words) {
  at("announcer").textContent = words;
}
