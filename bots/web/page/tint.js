// Colours for code: comments, strings, numbers and the words of a language. A glance, no parser.

import { pieces } from "./bidi.js";
import { make } from "./dom.js";

const MOST_CHARS = 20_000; // longer code is shown as it is: it is coloured anew with every piece that comes
const KINDS = ["comment", "string", "number", "word"];
const STRINGS = /"(?:\\[^]|[^"\\\n]){0,400}"|'(?:\\[^]|[^'\\\n]){0,400}'/;
const LONG = new RegExp(`"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|${STRINGS.source}`);
const TEMPLATES = new RegExp(`\`(?:\\\\[^]|[^\`\\\\])*(?:\`|$)|${STRINGS.source}`);
const BLOCK = /\/\*[^]*?(?:\*\/|$)/;
const SLASHES = new RegExp(`\\/\\/.*|${BLOCK.source}`);
const DASHES = new RegExp(`--.*|${BLOCK.source}`);
const HASH = /(?<![\w$&{])#.*/;
const NUMBERS = /\b\d[\w.]*/;
const WORDS = /[A-Za-z_$][\w$]*/;
const SCRIPT =
  "and as assert async await break case class continue def del do done elif else end esac except export fi finally for from " +
  "function global if import in is lambda local match nonlocal not or pass raise return self then try unless until while " +
  "with yield True False None true false nil";
const BRACES =
  "abstract as async await break case catch class const continue def default defer delete do else enum export extends final " +
  "finally fn for from func fun function go if impl implements import in instanceof interface let loop match mod module move " +
  "mut namespace new null of override package private protected pub public readonly return self static struct super switch " +
  "this throw throws trait try type typedef typeof union unsafe use using val var virtual void where while with yield true " +
  "false undefined bool boolean char double float int long number string unsigned";
const QUERY =
  "all and as asc between by case create cross delete desc distinct drop else end exists from full group having in index inner " +
  "insert into is join left like limit not null on or order outer primary key right select set table then union unique update " +
  "values view when where with do for function if local nil repeat return until while true false";
const FAMILIES = [
  [family(HASH, LONG, SCRIPT), "python py sh bash zsh shell console ruby rb r perl elixir nix makefile"],
  [family(HASH, LONG, "true false null yes no on off"), "yaml yml toml ini dockerfile"],
  [family(SLASHES, TEMPLATES, BRACES), "javascript js jsx typescript ts tsx go php dart css json jsonc"],
  [family(SLASHES, STRINGS, BRACES), "java c cpp c++ cs csharp rust rs kotlin swift scala zig"],
  [family(DASHES, STRINGS, `${QUERY} ${QUERY.toUpperCase()}`), "sql lua"],
];
const languages = new Map(FAMILIES.flatMap(([known, names]) => names.split(" ").map((name) => [name, known])));

function family(comments, strings, words) {
  const scanner = new RegExp([comments, strings, NUMBERS, WORDS].map(({ source }) => `(${source})`).join("|"), "g");
  return { scanner, words: new Set(words.split(" ")) };
}

/** Return the nodes of code in that language; of one that is not known, its text. */
export function tinted(code, language) {
  const known = code.length > MOST_CHARS ? undefined : languages.get(language.toLowerCase());
  if (!known) return shown(code);
  const nodes = [];
  let done = 0;
  for (const found of code.matchAll(known.scanner)) {
    const kind = KINDS[found.slice(1).findIndex((part) => part !== undefined)];
    if (kind === "word" && !known.words.has(found[0])) continue;
    nodes.push(...shown(code.slice(done, found.index)), make("span", kind, ...shown(found[0])));
    done = found.index + found[0].length;
  }
  return [...nodes, ...shown(code.slice(done))];
}

/** Return the nodes of code as it is, with what would turn it around made visible. */
export function shown(code) {
  return pieces(code).map(({ text, turns }) => (turns ? make("span", "turn", text) : text));
}
