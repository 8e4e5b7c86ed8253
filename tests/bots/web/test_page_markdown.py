"""Markdown as the page shows it, rendered by the page's own scripts in a real browser. Never as markup."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bots import web
from bots.web.guard import HEADERS

pytestmark = pytest.mark.browser
FILES = Path(web.__file__).parent / "page"
SHOW = """async (text) => {
    const { paint } = await import("/markdown.js");
    const body = document.createElement("div");
    paint(body, text);
    for (const head of body.querySelectorAll(".codehead")) head.remove();
    for (const node of body.querySelectorAll("*"))
        for (const name of ["tabindex", "role", "aria-label", "class", "target", "rel", "title"])
            node.removeAttribute(name);
    return body.innerHTML;
}"""
CASES = {
    "bold and slanted": (
        "**a** *b* ***c*** _d_",
        "<p><strong>a</strong> <em>b</em> <strong><em>c</em></strong> <em>d</em></p>",
    ),
    "names and sums are no emphasis": ("a_b_c, 2 * 3 * 4, __init__.py", "<p>a_b_c, 2 * 3 * 4, __init__.py</p>"),
    "struck out": ("~~no~~", "<p><del>no</del></p>"),
    "code keeps its stars": ("`**a**` ``b ` c``", "<p><code>**a**</code> <code>b ` c</code></p>"),
    "half of it is text": ("**a `b [c](", "<p>**a `b [c](</p>"),
    "escaped": (r"\*a\* \`b\`", "<p>*a* `b`</p>"),
    "headings below those of the page": ("# a\n### b ##", "<h3>a</h3><h5>b</h5>"),
    "a rule": ("a\n\n---\nb", "<p>a</p><hr><p>b</p>"),
    "lists in lists": (
        "- a\n  1. b\n  2. c\n- d\n\n  e",
        '<ul><li>a<ol start="1"><li>b</li><li>c</li></ol></li><li>d<p>e</p></li></ul>',
    ),
    "numbers go on": ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    "code in a list": (
        "- a\n  ```\n  b\n    c\n  ```\n- d",
        "<ul><li>a<div><pre><code>b\n  c</code></pre></div></li><li>d</li></ul>",
    ),
    "a list without a blank line before": ("a:\n- b", "<p>a:</p><ul><li>b</li></ul>"),
    "what is to do": (
        "- [ ] a\n- [x] b",
        "<ul><li><span>to do: </span><span></span>a</li><li><span>done: </span><span></span>b</li></ul>",
    ),
    "a quote": ("> a\n> - b", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote>"),
    "a table": (
        "| a | b |\n|---|--:|\n| 1 | `x\\|y` |\n| 2 |\n\nc",
        "<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><code>x|y</code></td></tr>"
        "<tr><td>2</td><td></td></tr></tbody></table></div><p>c</p>",
    ),
    "bars are no table": ("a | b\nc", "<p>a | b\nc</p>"),
    "an open code block runs to the end": (
        "```py\nx = 1\n\ny",
        "<div><pre><code>x = <span>1</span>\n\ny</code></pre></div>",
    ),
    "tildes too": ("~~~\n```\n~~~", "<div><pre><code>```</code></pre></div>"),
    "colours": (
        '```python\nif x == "a": # b\n```',
        '<div><pre><code><span>if</span> x == <span>"a"</span>: <span># b</span></code></pre></div>',
    ),
    "code of no known language": ("```klingon\nif 1\n```", "<div><pre><code>if 1</code></pre></div>"),
    "a link": ("[a **b**](https://x.org/y_z)", '<p><a href="https://x.org/y_z">a <strong>b</strong></a></p>'),
    "no link in a link": ("[https://x.org](https://y.org)", '<p><a href="https://y.org/">https://x.org</a></p>'),
    "an address is a link up to its dot": (
        "see https://x.org/a.",
        '<p>see <a href="https://x.org/a">https://x.org/a</a>.</p>',
    ),
    "a picture is a link": ("![a](https://x.org/a.png)", '<p><a href="https://x.org/a.png">a</a></p>'),
    "no script behind a link": ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
    "nor with spaces, tabs and capitals": ("[a](  JaVa\tScRiPt:alert(1))", "<p>[a](  JaVa\tScRiPt:alert(1))</p>"),
    "nor data": ("[a](data:text/html,<b>)", "<p>[a](data:text/html,&lt;b&gt;)</p>"),
    "nor a part of this page": ("[a](#/settings) [b](/api/logout)", "<p>[a](#/settings) [b](/api/logout)</p>"),
    "markup is text": ("<b onclick=x>a</b> &amp;", "<p>&lt;b onclick=x&gt;a&lt;/b&gt; &amp;amp;</p>"),
    "what turns code around is shown": (
        "```\na\u202eb\n```\n`\u2066`",
        "<div><pre><code>a<span>U+202E</span>b</code></pre></div><p><code><span>U+2066</span></code></p>",
    ),
}
SLOW = {
    "backticks": "`a " * 20_000,
    "brackets": "[" * 20_000 + "](" * 20_000,
    "stars": "*a **b " * 20_000,
    "underscores": "_a " * 20_000 + "__b " * 20_000,
    "spaces in a heading": "# " + " #" * 30_000 + "a",
    "dashes": "a|b\n" + "-" * 60_000 + "|",
    "a fence and a backtick": "```" + "a" * 60_000 + "`",
    "quotes in code": "```js\n" + '"\\' * 9_000 + "\n```",
    "quotes in quotes": ">" * 20_000 + "a",
    "lists in lists": "\n".join(" " * depth + "- a" for depth in range(300)),
    "blank lines in a list": "- a\n" + "\n" * 20_000 + "- b",
}


class _Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def scripts(chromium) -> Iterator[Any]:
    """An empty page that may load the scripts of ours."""
    handler = functools.partial(_Handler, directory=str(FILES))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/bidi.js")
        yield page
        page.close()
        server.shutdown()


@pytest.mark.parametrize(("text", "shown"), CASES.values(), ids=CASES)
def test_markdown_becomes(scripts, text: str, shown: str) -> None:
    assert scripts.evaluate(SHOW, text) == shown


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_no_text_takes_forever_however_it_was_meant(scripts, text: str) -> None:
    assert scripts.evaluate(SHOW, text)  # the tests are ended where a browser hangs


def test_a_link_says_where_it_leads_and_takes_nothing_along(scripts) -> None:
    link = """() => import("/inline.js").then(({ inline }) => {
        const { target, rel, title, href } = inline("[here](https://xn--bcher-kva.example/ 'x') [b](https://bücher.example)")[1];
        return { target, rel, title, href };
    })"""
    where = "https://xn--bcher-kva.example/"
    assert scripts.evaluate(link) == {
        "target": "_blank",
        "rel": "noopener noreferrer nofollow",
        "title": where,
        "href": where,
    }


def test_blocks_that_stand_as_they_were_are_left_alone(scripts) -> None:
    kept = """() => import("/markdown.js").then(({ paint }) => {
        const body = document.createElement("div");
        paint(body, "a\\n\\nb");
        const before = [...body.children];
        paint(body, "a\\n\\nb c\\n\\nd");
        return [...body.children].map((node) => before.includes(node));
    })"""
    assert scripts.evaluate(kept) == [True, False, False]


def test_code_that_is_being_written_keeps_its_place(scripts) -> None:
    kept = """() => import("/markdown.js").then(({ paint }) => {
        const body = document.createElement("div");
        paint(body, "```py\\nx = 1");
        const before = body.firstChild;
        paint(body, "```py\\nx = 1\\ny = 22\\n```\\nz");
        return [body.firstChild === before, before.querySelector("code").textContent, body.children.length];
    })"""
    assert scripts.evaluate(kept) == [True, "x = 1\ny = 22", 2]
