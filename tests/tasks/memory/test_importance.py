from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.memory.importance import JUNK, Signs, importance, may_go, says_nothing, worth_now
from tasks.memory.values import Kind, Memory
from tasks.memory.weighing import DAY_MS

NOW_MS = 1_000 * DAY_MS


def memory(days: float = 0, **fields) -> Memory:
    at_ms = NOW_MS - int(days * DAY_MS)
    return Memory(**{"source": "s", "tenant": "t", "author": "7", "text": "tea", "at_ms": at_ms, **fields})


@pytest.mark.parametrize("text", ["ok", "Thanks!", "lol", "Good morning", "👍", "", "…", "hi hi"])
def test_small_talk_is_worth_next_to_nothing(text: str) -> None:
    assert says_nothing(text)
    assert importance(text) == JUNK


@pytest.mark.parametrize("text", ["ok, at 5 then", "hi, I am Ann", "thank you for the tea", "no tea"])
def test_what_begins_like_small_talk_and_says_something_is_not(text: str) -> None:
    assert not says_nothing(text)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("My birthday is on 3 May", "The weather is nice"),
        ("I am allergic to nuts", "Somebody is allergic to nuts"),
        ("I'll bring the cake by Monday", "There is cake"),
        ("Please remember that the door code changes weekly", "The door code changes weekly"),
        ("We met Grace in Paris", "we met somebody somewhere"),
    ],
)
def test_what_tells_of_somebody_is_worth_more(more: str, less: str) -> None:
    assert importance(more) > importance(less)


def test_what_somebody_wanted_remembered_is_worth_most() -> None:
    assert importance("tea at five", asked_for=True) >= 0.85 > importance("My birthday is on 3 May")


@given(st.text(max_size=300), st.integers(0, 50), st.integers(0, 50))
def test_it_is_between_nothing_and_one_and_grows_with_how_often_it_is_said_and_liked(
    text: str, liked: int, times: int
) -> None:
    worth = importance(text, Signs(liked=liked, times=times))
    assert 0 <= worth <= 1
    assert importance(text, Signs(liked=liked + 1, times=times)) >= worth
    assert importance(text, Signs(liked=liked, times=times + 1)) >= worth
    assert importance(text, Signs(liked=liked, times=times)) == worth
    assert importance(text, Signs(liked=liked, times=times), asked_for=True) >= worth


@given(st.floats(0, 1), st.integers(0, 100), st.floats(0, 900))
def test_what_is_recalled_grows_and_what_is_not_fades(worth: float, recalls: int, days: float) -> None:
    now = worth_now(memory(days, importance=worth, recalls=recalls), NOW_MS)
    assert 0 <= now <= 1
    assert worth_now(memory(days, importance=worth, recalls=recalls + 1), NOW_MS) >= now
    assert worth_now(memory(days + 1, importance=worth, recalls=recalls), NOW_MS) <= now


def test_only_what_is_old_unimportant_and_not_pinned_may_go() -> None:
    assert may_go(memory(91, importance=0.3), NOW_MS, 0.5)
    assert not may_go(memory(89, importance=0.3), NOW_MS, 0.5)
    assert not may_go(memory(91, importance=0.9), NOW_MS, 0.5)
    assert not may_go(memory(91, importance=0.3, pinned=True), NOW_MS, 0.5)
    assert not may_go(memory(91, importance=0.3, kind=Kind.TASK), NOW_MS, 0.5)
