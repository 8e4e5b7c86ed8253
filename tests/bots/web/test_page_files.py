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
MOST_BYTES = 112_000
MOST_BYTES_OF_A_VIEW = 56_000
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


def reached(starts: set[str]) -> set[str]:
    """Return what is loaded with these files. Views are not: each of them is when somebody looks at it."""
    found, ahead = set[str](), set(starts)
    while ahead:
        name = ahead.pop()
        found.add(name)
        ahead |= set(USED.findall(TEXTS[name])) - found
        assert ahead <= NAMES, f"{name} names what is not there"
    return found


def weight(names: set[str]) -> int:
    return sum(len(TEXTS[name].encode()) for name in names)


VIEWS = sorted(views(TEXTS["views.js"]))
FIRST = reached(STARTS)
"""What a browser loads that opens the page; `test_page_learning` watches one do it."""


def test_what_is_loaded_at_first_weighs_less_than_a_photograph() -> None:
    assert weight(FIRST) <= MOST_BYTES


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_view_adds_when_it_is_looked_at_weighs_less_still(view: str) -> None:
    assert weight(reached({view}) - FIRST) <= MOST_BYTES_OF_A_VIEW


def test_every_file_is_used_and_every_one_that_is_named_is_there() -> None:
    assert FIRST | reached(set(VIEWS)) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_nothing_is_asked_of_the_rest_of_the_world_and_no_markup_is_made_of_text(name: str) -> None:
    text = TEXTS[name].replace(NAMESPACE, "")
    assert not re.findall(r"""["'(]https?://|@import|url\(""", text)
    assert not FORBIDDEN.search(text)


def test_the_page_has_no_script_and_no_style_within_it() -> None:
    inline = Inline()
    inline.feed(TEXTS["index.html"])
    assert inline.found == []
