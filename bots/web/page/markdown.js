// Light Markdown to DOM nodes: code, bold and lists. Never innerHTML, so nothing that a model writes can run.

import { copyButton } from "./copying.js";
import { make } from "./dom.js";

const FENCE = /^\s*(```+|~~~+)\s*([\w+#.-]*)\s*$/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBERED = /^\s*(\d{1,9})[.)]\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const INLINE = /`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*/g;

/**
 * Show `text` in `body`. Half of a text is fine too: an open code block runs to the end. Blocks that stand as they were
 * are left alone, so that what somebody has selected, scrolled or focused in them stays so while the rest is written.
 */
export function paint(body, text) {
  const blocks = blocksOf(text);
  let same = 0;
  while (same < blocks.length && body.children[same]?.source === blocks[same].source) same += 1;
  while (body.children.length > same) body.lastChild.remove();
  for (const { kind, source } of blocks.slice(same)) {
    const node = kind.show(source.split("\n"));
    node.source = source;
    body.append(node);
  }
}

function blocksOf(text) {
  const lines = text.split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const kind = [code, list, heading, paragraph].find(({ starts }) => starts(lines[at]));
    const end = kind.end(lines, at);
    if (end > at) blocks.push({ kind, source: lines.slice(at, end).join("\n") });
    at = Math.max(end, at + 1);
  }
  return blocks;
}

const closes = (opening, line) => line.trim() === FENCE.exec(opening)[1];

const code = {
  starts: (line) => FENCE.test(line),
  end(lines, at) {
    const closing = lines.findIndex((line, number) => number > at && closes(lines[at], line));
    return closing < 0 ? lines.length : closing + 1;
  },
  show([opening, ...lines]) {
    if (lines.length && closes(opening, lines.at(-1))) lines.pop();
    const written = lines.join("\n");
    const pre = make("pre", "", make("code", "", written));
    pre.tabIndex = 0; // so that the keyboard can scroll it
    const language = make("span", "language", FENCE.exec(opening)[2] || "text");
    return make("div", "code", make("p", "codehead", language, copyButton(() => written, "Copy code")), pre);
  },
};

const list = {
  starts: (line) => BULLET.test(line) || NUMBERED.test(line),
  end(lines, at) {
    const item = NUMBERED.test(lines[at]) ? NUMBERED : BULLET;
    let end = at;
    while (end < lines.length && item.test(lines[end])) end += 1;
    return end;
  },
  show(lines) {
    const numbered = NUMBERED.exec(lines[0]);
    const shown = make(numbered ? "ol" : "ul");
    if (numbered) shown.start = Number(numbered[1]);
    for (const line of lines) shown.append(make("li", "", ...inline((numbered ? NUMBERED : BULLET).exec(line).at(-1))));
    return shown;
  },
};

const heading = {
  starts: (line) => HEADING.test(line),
  end: (_lines, at) => at + 1,
  show: ([line]) => make("p", "", make("strong", "", ...inline(HEADING.exec(line)[1]))),
};

const paragraph = {
  starts: () => true,
  end(lines, at) {
    const special = (line) => [code, list, heading].some(({ starts }) => starts(line));
    let end = at;
    while (end < lines.length && lines[end].trim() && !special(lines[end])) end += 1;
    return end;
  },
  show: (lines) => make("p", "", ...inline(lines.join("\n"))),
};

function inline(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(done, found.index));
    nodes.push(found[1] !== undefined ? make("code", "", found[1]) : make("strong", "", found[2]));
    done = found.index + found[0].length;
  }
  nodes.push(text.slice(done));
  return nodes.filter((node) => node !== "");
}
