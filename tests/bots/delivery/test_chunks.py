from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.delivery.chunks import SMALLEST_LIMIT, split, utf16
from bots.delivery.fences import blocks_of

LIMIT = SMALLEST_LIMIT
# What makes cutting hard, in the mixture in which models write it.
PIECES = st.sampled_from(
    [
        *("word ", "a", "Ends here. ", "\n", "\n\n", "  \n", "    x = 1\n", "- item\n", "x" * 60, " "),
        *("```\n", "```python\n", "~~~\n", "````\n", "```", "~~~~~~\n", "``````````````\n", "```not `a` fence\n"),
        *("\N{COMBINING ACUTE ACCENT}", "👩\N{ZERO WIDTH JOINER}👩", "🇩🇪", "🐦", "漢字。"),
    ]
)
TEXTS = st.lists(PIECES, max_size=120).map("".join) | st.text(max_size=600)


@given(TEXTS, st.sampled_from([len, utf16]))
@example("```python\n" + "x" * 600 + "\n```", len)
@example("words ```\nnot closed", len)
@example("`" * 1000, len)
def test_no_chunk_is_longer_than_the_platform_takes(text: str, length):
    assert all(length(chunk) <= LIMIT for chunk in split(text, LIMIT, length))


@given(TEXTS)
def test_every_chunk_closes_the_code_blocks_that_it_opens(text: str):
    for chunk in split(text, LIMIT):
        assert all(block.end <= len(chunk) for block in blocks_of(chunk))


@given(TEXTS)
def test_no_chunk_is_blank(text: str):
    assert all(chunk.strip() for chunk in split(text, LIMIT))


@given(st.lists(st.sampled_from(["word ", "Ends here. ", "\n", "\n\n", "x" * 60, "🇩🇪", "漢字。"])).map("".join))
def test_no_word_is_lost_or_added_or_moved(text: str):
    assert re.sub(r"\s+", "", "".join(split(text, LIMIT))) == re.sub(r"\s+", "", text)


@given(st.lists(st.integers(0, 90), min_size=1, max_size=40), st.sampled_from(["", "python", "c++ title=x"]))
def test_a_code_block_that_is_cut_comes_back_line_by_line(lengths: list[int], info: str):
    lines = [f"{'    ' * (number % 3)}{'x' * length}" for number, length in enumerate(lengths)]
    chunks = split(f"```{info}\n" + "\n".join(lines) + "\n```", LIMIT)
    language = info.split()[0] if info else ""
    bodies = []
    for number, chunk in enumerate(chunks):
        first, *body, last = chunk.split("\n")
        assert first == f"```{language if number else info}"
        assert last == "```"
        bodies += body
    assert [line for line in bodies if line.strip()] == [line for line in lines if line.strip()]


@given(
    st.lists(st.sampled_from(["👩\N{ZERO WIDTH JOINER}👧", "🇩🇪", "e\N{COMBINING ACUTE ACCENT}", "👍🏽"]), min_size=80)
)
def test_what_people_see_as_one_character_stays_one(characters: list[str]):
    text = "".join(characters)
    ends, at = set(), 0
    for character in characters:
        at += len(character)
        ends.add(at)
    at = 0
    for chunk in split(text, LIMIT, utf16):
        at += len(chunk)
        assert at in ends


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a" * 90 + "\n" + "b" * 30 + "\n\n" + "c" * 30 + "\n" + "d" * 99, "a" * 90 + "\n" + "b" * 30),
        ("a" * 90 + ". " + "b" * 30 + "\n" + "c b. " * 30, "a" * 90 + ". " + "b" * 30),
        ("a" * 120 + ". " + "b c d " * 30, "a" * 120 + "."),
        ("a" * 150 + " " + "b" * 150, "a" * 150),
        ("a " + "b" * 250, "a"),
    ],
    ids=["paragraph", "line", "sentence", "word", "the only space"],
)
def test_a_cut_is_where_people_would_make_it(text: str, first: str):
    assert split(text, LIMIT)[0] == first


def test_a_code_block_that_fits_into_a_message_is_kept_whole():
    block = "```python\n" + "x = 1\n" * 20 + "```"
    assert split("Here it is. " * 10 + "\n" + block, LIMIT) == [("Here it is. " * 10).rstrip(), block]


def test_a_code_block_that_has_not_ended_yet_is_closed_for_now():
    assert split("Look:\n```python\nx = 1", LIMIT) == ["Look:\n```python\nx = 1\n```"]


def test_what_is_said_first_does_not_change_while_more_is_said():
    text = "Some words of an answer. " * 100
    for length in range(500, len(text), 97):
        assert split(text[:length], LIMIT)[:2] == split(text, LIMIT)[:2]


def test_a_blank_text_has_no_chunks():
    assert split(" \n\n ", LIMIT) == []
