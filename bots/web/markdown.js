// Light Markdown to DOM nodes: code, bold and lists. Never innerHTML, so nothing that a model writes can run.

const FENCE = /^\s*(```+|~~~+)\s*([\w+#.-]*)\s*$/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBERED = /^\s*(\d{1,9})[.)]\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const INLINE = /`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*/g;

/** Return the nodes that show `text`. Half of a text is fine too: an open code block runs to the end. */
export function render(text) {
  const shown = document.createDocumentFragment();
  const lines = text.split("\n");
  let at = 0;
  while (at < lines.length) {
    const block = [code, list, heading, paragraph].find((kind) => kind.starts(lines[at]));
    at = block.take(lines, at, shown);
  }
  return shown;
}

const code = {
  starts: (line) => FENCE.test(line),
  take(lines, at, shown) {
    const [, fence, language] = FENCE.exec(lines[at]);
    const closes = (line) => line.trim() === fence;
    let end = at + 1;
    while (end < lines.length && !closes(lines[end])) end += 1;
    const pre = element("pre", element("code", lines.slice(at + 1, end).join("\n")));
    pre.tabIndex = 0; // so that the keyboard can scroll it
    if (language) pre.dataset.language = language;
    shown.append(pre);
    return end + 1;
  },
};

const list = {
  starts: (line) => BULLET.test(line) || NUMBERED.test(line),
  take(lines, at, shown) {
    const numbered = NUMBERED.exec(lines[at]);
    const item = numbered ? NUMBERED : BULLET;
    const list = element(numbered ? "ol" : "ul");
    if (numbered) list.start = Number(numbered[1]);
    for (let found; at < lines.length && (found = item.exec(lines[at])); at += 1) {
      list.append(element("li", ...inline(found.at(-1))));
    }
    shown.append(list);
    return at;
  },
};

const heading = {
  starts: (line) => HEADING.test(line),
  take(lines, at, shown) {
    shown.append(element("p", element("strong", ...inline(HEADING.exec(lines[at])[1]))));
    return at + 1;
  },
};

const paragraph = {
  starts: () => true,
  take(lines, at, shown) {
    const special = (line) => [code, list, heading].some((kind) => kind.starts(line));
    let end = at;
    while (end < lines.length && lines[end].trim() && !special(lines[end])) end += 1;
    if (end > at) shown.append(element("p", ...inline(lines.slice(at, end).join("\n"))));
    return Math.max(end, at + 1);
  },
};

function inline(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(done, found.index));
    nodes.push(found[1] !== undefined ? element("code", found[1]) : element("strong", found[2]));
    done = found.index + found[0].length;
  }
  nodes.push(text.slice(done));
  return nodes.filter((node) => node !== "");
}

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
