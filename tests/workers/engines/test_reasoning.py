from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.services import Piece
from workers.engines.reasoning import ReasoningSplitter

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORD = st.sampled_from(["<think>", "</think>", "<", "think", ">", "/", "\n", " ", "a", "<th", "</thi", "`"])


def split(parts: Iterable[str]) -> tuple[str, str]:
    """Return the thinking and the answer."""
    splitter = ReasoningSplitter()
    pieces: list[Piece] = [piece for part in parts for piece in splitter.feed(part)] + splitter.end()
    assert all(piece.text for piece in pieces)
    return "".join(p.text for p in pieces if p.reasoning), "".join(p.text for p in pieces if not p.reasoning)


@pytest.mark.parametrize(
    ("text", "thinking", "answer"),
    [
        ("Hello there.", "", "Hello there."),
        ("<think>hm</think>\n\nYes.", "hm", "Yes."),
        ("\n<think>\nhm\n</think>Yes.", "\nhm\n", "\nYes."),
        ("<think></think>Yes.", "", "Yes."),
        ("<think>never ends", "never ends", ""),
        ("<think>a</think><think>b</think>c", "ab", "c"),
        ("First.\n<think>hm</think>Second.", "hm", "First.\nSecond."),
        ("Write `<think>` to think.", "", "Write `<think>` to think."),
        ("a < b and <thin", "", "a < b and <thin"),
        ("<thinking>", "", "<thinking>"),
        ("<think>a</thinker>b</think>c", "a</thinker>b", "c"),
        ("</think>", "", "</think>"),
        ("<th", "", "<th"),
        ("", "", ""),
    ],
)
def test_thinking_is_told_from_the_answer(text: str, thinking: str, answer: str) -> None:
    assert split([text]) == (thinking, answer)
    assert split(text) == (thinking, answer)


@UNHURRIED
@given(st.lists(WORD, max_size=12).map("".join), st.lists(st.integers(0, 60), max_size=8))
def test_the_split_is_the_same_wherever_the_text_is_cut(text: str, places: list[int]) -> None:
    edges = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    assert split(text[a:b] for a, b in pairwise(edges)) == split([text])


@UNHURRIED
@given(st.text("<think>/ \n`", max_size=40).filter(lambda text: "<think>" not in text))
def test_text_without_thinking_arrives_unchanged(text: str) -> None:
    assert split(text) == ("", text)


def test_the_answer_is_not_held_back_without_need() -> None:
    splitter = ReasoningSplitter()
    assert splitter.feed("Yes") == [Piece("Yes")]
    assert splitter.feed(" <th") == [Piece(" <th")]
