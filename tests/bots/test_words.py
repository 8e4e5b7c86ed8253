from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.words import REPLACEMENT, Blocklist, Words, read
from tasks.contracts.errors import ConfigurationError

LIST = Blocklist.of(["bad", "évil phrase", "a$$", "坏词", "don't", ""])
PIECES = [
    "bad",
    "b",
    "ad",
    "évil",
    "evil phrase",
    " ",
    "-",
    "!",
    "a",
    "$",
    "坏",
    "词",
    "e\u0301",
    "don",
    "'",
    "t",
    "\u200b",
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("BÁD!", "[…]!"),
        ("badge, forbad, bad", "badge, forbad, […]"),
        ("an EVIL - phrase", "an […]"),
        ("e\u0301vil phrase", "[…]"),
        ("a$$ but pizza$$", "[…] but pizza$$"),
        ("这是坏词吗", "这是[…]吗"),
        ("bаd", "[…]"),
        ("b\u200bad", "[…]"),
        ("_bad_ ｂａｄ", "_[…]_ […]"),
        ("don’t", "[…]"),
        ("evil. Then a new phrase", "evil. Then a new phrase"),
        ("", ""),
    ],
)
def test_blocked_words_are_replaced_whatever_their_case_and_accents(text: str, shown: str) -> None:
    assert LIST.masked(text) == shown
    assert LIST.finds(text) == (text != shown)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_was_shown_of_a_streamed_text_stays_and_never_holds_a_blocked_word(text: str) -> None:
    whole, before = LIST.shown(text, True), ""
    for end in range(len(text) + 1):
        now = LIST.shown(text[:end], False)
        assert now.startswith(before)
        assert not LIST.finds(now.replace(REPLACEMENT, " / / / "))
        before = now
    assert whole.startswith(before)


def test_no_more_is_held_back_than_may_begin_a_phrase() -> None:
    assert LIST.shown("a good day to you ", False) == "a good day to you "
    assert LIST.shown("a good evil ", False) == "a good "
    assert LIST.shown("a good evil thing ", False) == "a good evil thing "
    assert LIST.shown("a good day", False) == "a good ", "the last word may yet grow"


def test_without_blocked_words_nothing_is_held_back() -> None:
    assert Blocklist().shown("half a wo", False) == "half a wo"


def test_a_file_is_a_list_or_groups_of_words() -> None:
    assert read("- one\n- two words\n") == Blocklist.of(["one", "two words"])
    grouped = read("inbound: mask\nreplacement: '(…)'\nswearing: [one]\nnames: [two words, 13]\n")
    assert grouped == Blocklist.of(["one", "two words", "13"], "mask", "(…)")
    assert read("") == read("words:\n") == Blocklist()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("words: [one", "is no YAML"),
        ("words: one", "words: wanted a list"),
        ("- {a: b}", "words: wanted a list"),
        ("inbound: shout", "inbound"),
        ("replacement: 3", "replacement"),
        ("- !!python/object/apply:os.getcwd []", "is no YAML"),
    ],
)
def test_a_file_that_says_something_else_is_refused_by_the_key(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read(text)


def test_a_changed_file_is_obeyed_at_once_and_a_broken_one_leaves_things_as_they_were(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "blocked_words.yaml"
    words = Words(file)
    assert words.outgoing("one two", True) == "one two", "no file is an empty list"
    file.write_text("- one\n")
    assert words.outgoing("one two", True) == "[…] two"
    file.write_text("- one\n- two\n")
    assert words.outgoing("one two", True) == "[…] […]"
    file.write_text("words: [")
    for _ in range(3):
        assert words.outgoing("one two", True) == "[…] […]"
    assert [record.message for record in caplog.records] == ["file cannot be used and stays as it was"]
    os.unlink(file)
    assert words.outgoing("one two", True) == "one two"
