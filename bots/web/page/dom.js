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

/** Return an SVG element. */
export function draw(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function icon(name) {
  return draw("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, draw("use", { href: `#i-${name}` }));
}

/** Return a link that opens beside the page. */
export function beyond(address, kind, ...children) {
  const made = make("a", kind, ...children);
  return Object.assign(made, { href: address, target: "_blank", rel: "noopener noreferrer" });
}

/** Say something to a screen reader. */
export function announce(words) {
  at("announcer").textContent = words;
}
