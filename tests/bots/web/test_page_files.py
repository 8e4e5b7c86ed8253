"""The files of the page: all of them are its own, they are few, and none needs what its policy forbids."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bots import web

FILES = sorted(path for path in (Path(web.__file__).parent / "page").iterdir() if path.is_file())
NAMES = {path.name for path in FILES}
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FILES}
MOST_BYTES = 202_500
STARTS = {"index.html"}
NAMESPACE = "http://www.w3.org/2000/svg"
USED = re.compile(r"""["'`(/]([\w-]+\.(?:js|css|svg))\b""")
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(.style"
)


class Inline(HTMLParser):
    """Finds what a policy without inline scripts and styles would not run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith("on")]


def views(text: str) -> set[str]:
    """Return the modules that a route of the page loads, which no import names."""
    found = re.search(r"NAMES = \[(.*?)\]", text)
    return {f"{name}.js" for name in re.findall(r'"(\w+)"', found[1])} if found else set()


def test_the_page_weighs_less_than_a_photograph() -> None:
    assert sum(path.stat().st_size for path in FILES) <= MOST_BYTES


def test_every_file_is_used_and_every_one_that_is_named_is_there() -> None:
    reached, ahead = set[str](), set(STARTS)
    while ahead:
        name = ahead.pop()
        reached.add(name)
        ahead |= (set(USED.findall(TEXTS[name])) | (views(TEXTS[name]) if name == "views.js" else set())) - reached
        assert ahead <= NAMES, f"{name} names what is not there"
    assert reached == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_nothing_is_asked_of_the_rest_of_the_world_and_no_markup_is_made_of_text(name: str) -> None:
    text = TEXTS[name].replace(NAMESPACE, "")
    assert not re.findall(r"""["'(]https?://|@import|url\(""", text)
    assert not FORBIDDEN.search(text)


def test_the_page_has_no_script_and_no_style_within_it() -> None:
    inline = Inline()
    inline.feed(TEXTS["index.html"])
    assert inline.found == []
