from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.delivery.safe import CUT_OFF, MOST_CHARS, MOST_MARKS, harmless, same_words, unpinged


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pay \N{RIGHT-TO-LEFT OVERRIDE}evil", "pay evil"),
        ("zero\N{ZERO WIDTH SPACE}width", "zerowidth"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}start", "start"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("lines\r\nof\rthree\N{LINE SEPARATOR}kinds", "lines\nof\nthree\nkinds"),
        ("half \ud83d of it", "half \ufffd of it"),
        ("hidden\U000e0041\U000e0042 words", "hidden words"),
        ("a" + "\N{COMBINING ACUTE ACCENT}" * 50, "a" + "\N{COMBINING ACUTE ACCENT}" * MOST_MARKS),
    ],
    ids=["bidi", "zero width", "byte order", "control", "line ends", "surrogate", "tags", "heaps"],
)
def test_what_nobody_should_send_is_not_sent(text: str, shown: str):
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain words,\n\twith a tab",
        "👩\N{ZERO WIDTH JOINER}👧 and 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می\N{ZERO WIDTH NON-JOINER}خواهم",
        "शक्\N{ZERO WIDTH JOINER}ति",
        "שלום and مرحبا",
        "c\N{COMBINING CEDILLA}a\N{COMBINING GRAVE ACCENT}",
    ],
    ids=["plain", "emoji", "persian", "hindi", "right to left", "accents"],
)
def test_what_people_write_stays_as_it_is(text: str):
    assert harmless(text) == text


def test_an_answer_without_end_is_cut_off_and_says_so():
    shown = harmless("x" * (MOST_CHARS + 1))
    assert shown.endswith(CUT_OFF)
    assert len(shown) == MOST_CHARS + len(CUT_OFF)


@given(st.text())
def test_what_is_harmless_stays_so(text: str):
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize("text", ["@everyone", "hi @here", "<@123>", "<@!123>", "<@&9>", "<#5>", "@ada_l"])
def test_nobody_is_called(text: str):
    calm = unpinged(text)
    assert text not in calm
    assert calm.replace("\u2060", "") == text


def test_an_at_that_calls_nobody_stays():
    assert unpinged("3 @ 5 euro, 1 < 2") == "3 @ 5 euro, 1 < 2"


@pytest.mark.parametrize(
    ("posted", "wanted", "alike"),
    [
        ("The answer is 42.", "The answer is 42.", True),
        ("The answer is", "The answer is 42.", True),
        ("The *answer* is 42.", "The **answer** is 42.", True),
        ("The", "The answer is 42.", False),
        ("Another answer is", "The answer is 42.", False),
        ("The answer is 42", "The answer is", True),
        ("The answer is 42. Or not.", "The answer is 43.", False),
        ("", "The answer is 42.", False),
    ],
)
def test_a_message_is_known_again_by_its_words(posted: str, wanted: str, alike: bool):
    assert same_words(posted, wanted) is alike
