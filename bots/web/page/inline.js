// Markdown within a line: code, bold, italics, struck out, links. Text becomes nodes, never markup.

import { make } from "./dom.js";
import { shown } from "./tint.js";

const DEEPEST = 6;
const LONGEST_LABEL = 1_000;
const LONGEST_ADDRESS = 2_000;
const MOST_TRIES = 40; // ends that are looked at for one beginning: no text takes long, however it was meant
const SAFE = new Set(["http:", "https:", "mailto:"]);
const BEGINNINGS = /\\[!-/:-@[-`{-~]|`+|!?\[|\*\*|__|~~|[*_]|https?:\/\/[^\s<>"'`|]+/g;
const TAGS = { "**": "strong", __: "strong", "~~": "del", "*": "em", _: "em" };
const WORD = /[\p{L}\p{N}]/u;
const GOES_ON = /^(?:[\p{L}\p{N}]|[.(][\p{L}\p{N})])/u; // __init__.py and __init__() are names

/** Return the nodes of a piece of text; `isLink` says that it stands in a link, which holds no other. */
export function inline(text, depth = 0, isLink = false) {
  const nodes = [];
  let done = 0;
  const begins = new RegExp(BEGINNINGS);
  for (let found = begins.exec(text); found; found = begins.exec(text)) {
    const made = depth < DEEPEST ? part(text, found[0], found.index, depth, isLink) : null;
    if (!made) continue; // it is only a character
    nodes.push(text.slice(done, found.index), made.node);
    done = made.end;
    begins.lastIndex = done;
  }
  nodes.push(text.slice(done));
  return nodes.filter((node) => node !== "");
}

function part(text, mark, start, depth, isLink) {
  if (mark[0] === "\\") return { node: mark[1], end: start + 2 };
  if (mark[0] === "`") return code(text, mark, start);
  if (mark.endsWith("[")) return isLink ? null : labelled(text, start + mark.length, depth);
  if (mark.length > 2) return isLink ? null : bare(mark, start);
  return spanned(text, mark, start, depth, isLink);
}

function code(text, mark, start) {
  const from = start + mark.length;
  let end = text.indexOf(mark, from);
  for (let tries = 0; end >= 0 && text[end + mark.length] === "`" && tries < MOST_TRIES; tries += 1) {
    while (text[end] === "`") end += 1;
    end = text.indexOf(mark, end);
  }
  if (end <= from || text[end + mark.length] === "`") return { node: mark, end: from };
  const written = text.slice(from, end);
  const padded = mark.length > 1 && /^ .*\S.* $/s.test(written);
  return { node: make("code", "", ...shown(padded ? written.slice(1, -1) : written)), end: end + mark.length };
}

function spanned(text, mark, start, depth, isLink) {
  const from = start + mark.length;
  if (!text[from] || /\s/.test(text[from])) return null;
  if (mark[0] === "_" && WORD.test(text[start - 1] ?? "")) return null; // a_name_like_this is a name
  let end = text.indexOf(mark, from + 1);
  for (let tries = 0; end >= 0 && tries < MOST_TRIES; tries += 1) {
    if (mark.length > 1 && text[end + 2] === mark[0]) end += 1; // ***both***: the inner one closes first
    if (closes(text, mark, end)) {
      return { node: make(TAGS[mark], "", ...inline(text.slice(from, end), depth + 1, isLink)), end: end + mark.length };
    }
    end = text.indexOf(mark, end + mark.length);
  }
  return null;
}

function closes(text, mark, end) {
  if (/\s/.test(text[end - 1])) return false;
  const next = text[end + mark.length] ?? "";
  if (mark.length === 1 && (next === mark || text[end - 1] === mark)) return false; // half of a double one
  return mark[0] !== "_" || !GOES_ON.test(text.slice(end + mark.length, end + mark.length + 2));
}

/** [words](address), and ![words](address) too: pictures are not fetched from anywhere, they are named. */
function labelled(text, from, depth) {
  const middle = text.slice(from, from + LONGEST_LABEL).indexOf("](");
  if (middle < 0) return null;
  const found = /^\s*<?((?:[^\s()<>]|\([^\s()<>]*\))+)>?(?:\s+"[^"\n]*")?\s*\)/.exec(
    text.slice(from + middle + 2, from + middle + 2 + LONGEST_ADDRESS),
  );
  const label = text.slice(from, from + middle);
  if (!found || !label.trim() || label.includes("\n\n")) return null;
  const made = link(found[1], inline(label, depth + 1, true));
  return made && { node: made, end: from + middle + 2 + found[0].length };
}

function bare(address, start) {
  const trimmed = address.replace(/[.,;:!?)\]}*_~]+$/, "");
  const made = link(trimmed, [trimmed]);
  return made && { node: made, end: start + trimmed.length };
}

/** Return a link to another site, or null where the address is anything else: a script, a file, a part of this page. */
function link(address, words) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!SAFE.has(url.protocol)) return null;
  const made = make("a", "", ...words);
  Object.assign(made, { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow", title: url.href });
  return made;
}
