// Characters that turn the order of text around, or cannot be seen: what a name or code says must be what it looks like.

const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Return a name as one line in which nothing is turned around or hidden; what is no text is no name. */
export function plain(text) {
  return String(text ?? "").replace(/\s+/g, " ").replace(UNSEEN, "");
}

/** Return code as pieces {text, turns}: what would turn the rest around stands by itself, by its number. */
export function pieces(text) {
  const found = [];
  let done = 0;
  for (const { 0: turn, index } of text.matchAll(TURNS)) {
    if (index > done) found.push({ text: text.slice(done, index), turns: false });
    found.push({ text: `U+${turn.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`, turns: true });
    done = index + turn.length;
  }
  if (done < text.length) found.push({ text: text.slice(done), turns: false });
  return found;
}
