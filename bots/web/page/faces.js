// A small round face for each persona: its first letter, in a colour that its name always gets.

import { plain } from "./bidi.js";
import { make } from "./dom.js";

/** Return the face of a persona. Its name stands beside it, so it says nothing to a screen reader. */
export function face(name) {
  const first = [...plain(name).trim()][0] ?? "?";
  const made = make("span", "face", first.toUpperCase());
  made.ariaHidden = "true";
  made.style.setProperty("--hue", hueOf(name));
  return made;
}

/** Return the hue of a name, 0 to 359. */
function hueOf(name) {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 3_600;
  return String(Math.floor((sum * 137) % 360));
}
