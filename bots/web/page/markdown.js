// Markdown to DOM nodes, block by block. Text is never parsed as markup, so nothing that a model writes can run.

import { copyButton } from "./copying.js";
import { make } from "./dom.js";
import { inline } from "./inline.js";
import { table } from "./tables.js";
import { tinted } from "./tint.js";

const LONGEST_MARK = 1_000; // characters; a longer line is no heading, rule or fence, whatever it begins with
const DEEPEST = 8; // lists in lists, and quotes in quotes
const FENCE = /^\s*(```+|~~~+)\s*([\w+#.-]*)[^`]*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(?:\s+|$)/;
const HEADING = /^(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const RULE = /^\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const QUOTE = /^\s*>\s?/;
const TASK = /^\[([ xX])\]\s+/;

/**
 * Show `text` in `body`. Half of a text is fine too: an open code block runs to the end. Blocks that stand as they were
 * are left alone, so that what somebody has selected, scrolled or focused in them stays so while the rest is written;
 * code that is being written keeps its place.
 */
export function paint(body, text) {
  const blocks = blocksOf(text.split("\n"));
  let same = 0;
  while (same < blocks.length && body.children[same]?.source === blocks[same].source) same += 1;
  if (grown(body.children[same], blocks[same])) same += 1;
  while (body.children.length > same) body.lastChild.remove();
  for (const { kind, source } of blocks.slice(same)) {
    const node = kind.show(source.split("\n"), 0);
    node.source = source;
    body.append(node);
  }
}

/** Have code that goes on show its new text, and return whether it did. */
function grown(node, block) {
  if (block?.kind !== code || !node?.grow || !block.source.startsWith(node.source)) return false;
  node.grow(block.source.split("\n"));
  node.source = block.source;
  return true;
}

function blocksOf(lines) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const kind = [code, table, rule, list, heading, quote, paragraph].find(({ starts }) => starts(lines, at));
    const end = kind.end(lines, at);
    if (end > at) blocks.push({ kind, source: lines.slice(at, end).join("\n") });
    at = Math.max(end, at + 1);
  }
  return blocks;
}

function nodesOf(lines, depth) {
  if (depth > DEEPEST) return [make("p", "", lines.join("\n"))];
  return blocksOf(lines).map(({ kind, source }) => kind.show(source.split("\n"), depth));
}

const matches = (pattern, line) => line.length <= LONGEST_MARK && pattern.test(line);
const closes = (opening, line) => {
  const [, fence] = FENCE.exec(opening);
  return line.trim().startsWith(fence) && !line.trim().replaceAll(fence[0], "");
};
const indent = (line) => line.length - line.trimStart().length;

const code = {
  starts: (lines, at) => matches(FENCE, lines[at]),
  end(lines, at) {
    const closing = lines.findIndex((line, number) => number > at && closes(lines[at], line));
    return closing < 0 ? lines.length : closing + 1;
  },
  show(lines) {
    const language = FENCE.exec(lines[0])[2];
    let written = "";
    const words = make("code");
    const grow = (source) => {
      written = within(source);
      words.replaceChildren(...tinted(written, language));
    };
    const pre = make("pre", "", words);
    pre.tabIndex = 0; // so that the keyboard can scroll it
    pre.role = "region";
    pre.ariaLabel = language ? `Code in ${language}` : "Code";
    const head = make("p", "codehead", make("span", "language", language || "text"), copyButton(() => written, "Copy code"));
    const node = make("div", "code", head, pre);
    node.grow = grow;
    grow(lines);
    return node;
  },
};

function within([opening, ...lines]) {
  if (lines.length && closes(opening, lines.at(-1))) lines.pop();
  return lines.map((line) => line.slice(Math.min(indent(opening), indent(line)))).join("\n");
}

const rule = {
  starts: (lines, at) => matches(RULE, lines[at]),
  end: (_lines, at) => at + 1,
  show: () => make("hr"),
};

const list = {
  starts: (lines, at) => ITEM.test(lines[at]),
  end(lines, at) {
    const [, base, mark] = ITEM.exec(lines[at]);
    const goesOn = (line) => indent(line) > base.length || isItem(line, base.length, mark);
    let end = at + 1;
    while (end < lines.length) {
      if (lines[end].trim()) {
        if (!goesOn(lines[end])) break;
        end += 1;
      } else {
        const next = lines.findIndex((line, number) => number > end && line.trim());
        if (next < 0 || !goesOn(lines[next])) break;
        end = next;
      }
    }
    return end;
  },
  show(lines, depth) {
    const [, base, mark] = ITEM.exec(lines[0]);
    const isNumbered = /\d/.test(mark);
    const shown = make(isNumbered ? "ol" : "ul");
    if (isNumbered) shown.start = Number.parseInt(mark, 10);
    let item = [];
    for (const line of lines) {
      if (isItem(line, base.length, mark)) {
        if (item.length) shown.append(itemOf(item, depth));
        item = [line.replace(ITEM, "")];
      } else {
        item.push(line.slice(Math.min(indent(line), base.length + mark.length + 1)));
      }
    }
    shown.append(itemOf(item, depth));
    return shown;
  },
};

function isItem(line, base, mark) {
  const found = ITEM.exec(line);
  return Boolean(found) && found[1].length <= base && /\d/.test(found[2]) === /\d/.test(mark) && !matches(RULE, line);
}

function itemOf(lines, depth) {
  const task = TASK.exec(lines[0]);
  const [first, ...rest] = nodesOf(task ? [lines[0].replace(TASK, ""), ...lines.slice(1)] : lines, depth + 1);
  const made = make("li", task ? "task" : "");
  if (task) made.append(make("span", "unseen", task[1] === " " ? "to do: " : "done: "), make("span", task[1] === " " ? "box" : "box ticked"));
  if (first?.tagName === "P") made.append(...first.childNodes, ...rest);
  else if (first) made.append(first, ...rest);
  return made;
}

const heading = {
  starts: (lines, at) => matches(HEADING, lines[at]),
  end: (_lines, at) => at + 1,
  show([line]) {
    const [, marks, words] = HEADING.exec(line);
    return make(`h${Math.min(marks.length + 2, 6)}`, "", ...inline(words)); // below the headings of the page
  },
};

const quote = {
  starts: (lines, at) => QUOTE.test(lines[at]),
  end(lines, at) {
    const after = lines.findIndex((line, number) => number > at && !QUOTE.test(line));
    return after < 0 ? lines.length : after;
  },
  show: (lines, depth) => make("blockquote", "", ...nodesOf(lines.map((line) => line.replace(QUOTE, "")), depth + 1)),
};

const paragraph = {
  starts: () => true,
  end(lines, at) {
    const special = (number) => [code, table, rule, list, heading, quote].some(({ starts }) => starts(lines, number));
    let end = at;
    while (end < lines.length && lines[end].trim() && (end === at || !special(end))) end += 1;
    return end;
  },
  show: (lines) => make("p", "", ...inline(lines.join("\n"))),
};
