from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.memory.values import ALWAYS
from tasks.memory.when import when

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday
NOW_MS = int(NOW.timestamp() * 1000)


def days(question: str) -> tuple[date, date]:
    """Return the first and the last day that a question is about."""
    between = when(question, NOW_MS)
    assert between.from_ms is not None
    assert between.to_ms is not None
    first, after = (datetime.fromtimestamp(at / 1000, UTC) for at in (between.from_ms, between.to_ms))
    return first.date(), (after - timedelta(milliseconds=1)).date()


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("what did I say yesterday?", date(2026, 11, 17), date(2026, 11, 17)),
        ("What happened the day before yesterday", date(2026, 11, 16), date(2026, 11, 16)),
        ("what were we on about last night", date(2026, 11, 17), date(2026, 11, 17)),
        ("what did Ann say today?", date(2026, 11, 18), date(2026, 11, 18)),
        ("what did we plan last week?", date(2026, 11, 9), date(2026, 11, 15)),
        ("how was last weekend?", date(2026, 11, 14), date(2026, 11, 15)),
        ("what did I promise last month?", date(2026, 10, 1), date(2026, 10, 31)),
        ("where was I last year?", date(2025, 1, 1), date(2025, 12, 31)),
        ("what did I do this week", date(2026, 11, 16), date(2026, 11, 18)),
        ("3 days ago I told you something", date(2026, 11, 15), date(2026, 11, 15)),
        ("what did I ask two weeks ago?", date(2026, 11, 1), date(2026, 11, 7)),
        ("in the last 3 days", date(2026, 11, 15), date(2026, 11, 18)),
        ("over the past week", date(2026, 11, 11), date(2026, 11, 18)),
        ("what did she say on Monday?", date(2026, 11, 16), date(2026, 11, 16)),
        ("what did she say on Wednesday?", date(2026, 11, 11), date(2026, 11, 11)),
        ("what was it on 2026-03-04?", date(2026, 3, 4), date(2026, 3, 4)),
        ("who came on 4 March 2025?", date(2025, 3, 4), date(2025, 3, 4)),
        ("who came on March 4th, 2025?", date(2025, 3, 4), date(2025, 3, 4)),
        ("what did I do on December 24th?", date(2025, 12, 24), date(2025, 12, 24)),
        ("what did we do in March?", date(2026, 3, 1), date(2026, 3, 31)),
        ("what did we do in December 2024?", date(2024, 12, 1), date(2024, 12, 31)),
    ],
)
def test_a_question_that_names_a_time_is_about_that_time(question: str, first: date, last: date) -> None:
    assert days(question) == (first, last)


@pytest.mark.parametrize(
    "question",
    [
        "what is my dog called?",
        "which tea do I like on cold days?",
        "may I ask what I like?",
        "is Sunday a good name for a cat?",
        "what happened on 2026-13-45?",
        "it costs 10 a week",
        "99999 days ago",
        "",
    ],
)
def test_a_question_that_names_none_is_about_all_of_it(question: str) -> None:
    assert when(question, NOW_MS) == ALWAYS


def test_days_are_those_of_where_the_person_is() -> None:
    tokyo = timezone(timedelta(hours=9))
    late = int(datetime(2026, 11, 18, 20, 0, tzinfo=UTC).timestamp() * 1000)  # the 19th in Tokyo
    between = when("what did I say yesterday?", late, tokyo)
    assert between.from_ms is not None
    assert datetime.fromtimestamp(between.from_ms / 1000, tokyo).date() == date(2026, 11, 18)


@given(st.text(max_size=100), st.integers(0, 4_000_000_000_000))
def test_any_question_at_any_time_is_read(text: str, now_ms: int) -> None:
    between = when(text, now_ms)
    if between != ALWAYS:
        assert between.from_ms is not None
        assert between.to_ms is not None
        assert between.from_ms < between.to_ms


@given(st.integers(0, 999), st.sampled_from(["day", "week", "month", "year"]), st.integers(0, 4_000_000_000_000))
def test_any_number_of_days_ago_is_read(count: int, unit: str, now_ms: int) -> None:
    when(f"{count} {unit}s ago", now_ms)
