// A table in Markdown: a line of heads, a line of dashes, and rows as long as there are bars.

import { make } from "./dom.js";
import { inline } from "./inline.js";

const DASHES = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const MOST_COLUMNS = 50;
const LONGEST_LINE = 2_000; // characters, of the dashes

export const table = {
  starts: (lines, at) => lines[at].includes("|") && (lines[at + 1] ?? "").includes("-") && isRuled(lines[at], lines[at + 1]),
  end(lines, at) {
    const after = lines.findIndex((line, number) => number > at + 1 && !(line.trim() && line.includes("|")));
    return after < 0 ? lines.length : after;
  },
  show([heads, dashes, ...rows]) {
    const sides = cells(dashes).map(side);
    const row = (tag, line) => make("tr", "", ...sides.map((where, column) => make(tag, where, ...inline(cells(line)[column] ?? ""))));
    const shown = make("table", "", make("thead", "", row("th", heads)), make("tbody", "", ...rows.map((line) => row("td", line))));
    const node = make("div", "table", shown);
    node.tabIndex = 0; // so that the keyboard can scroll it
    node.role = "region";
    node.ariaLabel = "Table";
    return node;
  },
};

function isRuled(heads, dashes) {
  return dashes.length <= LONGEST_LINE && DASHES.test(dashes) && cells(heads).length === cells(dashes).length;
}

function cells(line) {
  const bare = line.trim().replace(/^\|/, "").replace(/(^|[^\\])\|$/, "$1");
  return bare.split(/(?<!\\)\|/, MOST_COLUMNS).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function side(dashes) {
  if (!dashes.endsWith(":")) return "";
  return dashes.startsWith(":") ? "middle" : "far";
}
