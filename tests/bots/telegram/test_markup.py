"""Markdown as models write it, against Telegram's own strict reading of what is made of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.telegram import markup
from tests.emulators.telegram.markup import parsed, units

MARKS = r"** * *** _ __ ~~ ` `` ``` \* <b> </b> &amp; & @ann @ | ( ) [ ] — 😀 word"
PIECES = st.sampled_from(
    [*MARKS.split(), " ", "\t", "\n", "```py\n", "> ", "- ", "# ", "[a](https://b.c)", "[x](y)", "https://a.b/c_d_"]
)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("plain", "plain"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("**bold** and __bold__", "<b>bold</b> and <b>bold</b>"),
        ("*it* and _it_", "<i>it</i> and <i>it</i>"),
        ("***both***", "<b><i>both</i></b>"),
        ("**bold *and* more**", "<b>bold <i>and</i> more</b>"),
        ("~~gone~~", "<s>gone</s>"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("**never closed", "**never closed"),
        ("*a **b* c**", "<i>a **b</i> c**"),
        ("`a < b **c**`", "<code>a &lt; b **c**</code>"),
        ("``a`b``", "<code>a`b</code>"),
        (r"\*no\*", "*no*"),
        ("# Title **x**", "<b>Title x</b>"),
        ("- one\n* two\n  + three\n1. four", "• one\n• two\n  • three\n1. four"),
        ("> a\n> **b**\nc", "<blockquote>a\n<b>b</b></blockquote>\nc"),
        ("```python\nx = '<'\n```", "<pre><code class=\"language-python\">x = '&lt;'</code></pre>"),
        ("```\n**x**\n```\ny", "<pre>**x**</pre>\ny"),
        ("```js\nnever closed", '<pre><code class="language-js">never closed</code></pre>'),
        ("[a](https://b.c/?d=1&e=2)", '<a href="https://b.c/?d=1&amp;e=2">a</a>'),
        ("[wiki](https://b.c/d_(e))", '<a href="https://b.c/d_(e)">wiki</a>'),
        ("![cat](http://b.c/d.png)", '<a href="http://b.c/d.png">cat</a>'),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("[a](tg://user?id=1)", "[a](tg://user?id=1)"),
        ('[a](https://b.c/"onclick=)', '[a](https://b.c/"onclick=)'),
        ("https://a.b/c_d_e *x*", "https://a.b/c_d_e <i>x</i>"),
        ("---", "———"),
    ],
)
def test_markdown_becomes_what_telegram_reads(markdown: str, html: str) -> None:
    assert markup.to_html(markdown) == html


def test_nobody_is_called_by_what_a_model_wrote() -> None:
    html = markup.to_html("ask @anna or **@ben_b**, not me@example.org")
    visible, entities = parsed(html, "HTML")
    assert "@anna" not in visible
    assert "@ben_b" not in visible
    assert "me@example.org" in visible
    assert [entity["type"] for entity in entities] == ["bold"]
    _text, found = parsed(markup.plain("ask @anna"), "")
    assert found == []


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
@example("**" * 30 + "*")
@example("> ```\n> x")
@example("```\n```")
def test_whatever_is_written_telegram_can_read_it_and_it_is_not_longer_than_was_counted(text: str) -> None:
    visible, _entities = parsed(markup.to_html(text), "HTML")
    assert units(visible) <= markup.length(text)
    assert units(markup.plain(text)) <= markup.length(text)


@pytest.mark.parametrize("hostile", ["*", "`", "[", "_a", "> ", "#", "[a](https://b(", "@", "\\", "[a](", "***a"])
def test_a_hostile_line_is_read_like_any_other(hostile: str) -> None:
    line = hostile * (4000 // len(hostile))
    visible, _entities = parsed(markup.to_html(line), "HTML")
    assert 0 < units(visible) <= markup.length(line)
