"""What was used at a time of day, or after something else, is expected again; what was seen once is not."""

from __future__ import annotations

import math

from workers.residency.foresight import DAY_S, History, expected_in_s, noted

HOUR_S = 3_600.0
NINE_S = 9 * HOUR_S


def seen(*uses: tuple[str, float], history: History | None = None) -> History:
    """Return the history of these uses; the clock on the wall shows the same seconds."""
    history = history or History()
    for slug, at_s in uses:
        history = noted(history, slug, at_s, at_s)
    return history


def ahead_s(history: History, slug: str, now_s: float) -> float:
    return expected_in_s(history, slug, now_s, now_s)


def mornings(days: int, slug: str = "news", at_s: float = NINE_S) -> list[tuple[str, float]]:
    return [(slug, day * DAY_S + at_s) for day in range(days)]


def test_what_nobody_used_is_not_expected():
    assert ahead_s(History(), "m", 0.0) == math.inf
    assert ahead_s(seen(("m", 10.0)), "m", 5_000.0) == math.inf, "once is no habit"


def test_what_comes_every_morning_is_expected_the_next():
    history = seen(*mornings(4))
    assert ahead_s(history, "news", 4 * DAY_S + NINE_S - 600) == 600
    assert ahead_s(history, "news", 4 * DAY_S + NINE_S + 60) == 0, "it is late today"


def test_what_came_today_is_expected_tomorrow():
    history = seen(*mornings(5))
    assert ahead_s(history, "news", 4 * DAY_S + NINE_S + 60) == DAY_S - 60


def test_what_comes_on_one_day_in_three_is_not_expected_by_the_clock():
    uses = [use for day, use in enumerate(mornings(12)) if day % 3 == 0]
    history = seen(*sorted([*uses, *mornings(12, "daily", 15 * HOUR_S)], key=lambda use: use[1]))
    assert ahead_s(history, "daily", 12 * DAY_S) == 15 * HOUR_S
    assert ahead_s(history, "news", 12 * DAY_S) == math.inf


def test_a_habit_that_ended_is_forgotten():
    history = seen(*mornings(10))
    assert ahead_s(history, "news", 12 * DAY_S) == NINE_S
    assert ahead_s(history, "news", 30 * DAY_S) == math.inf


def rounds(count: int, *, gap_s: float = 300.0, every_s: float = 1_300.0) -> list[tuple[str, float]]:
    return [use for n in range(count) for use in (("draft", n * every_s), ("check", n * every_s + gap_s))]


def test_what_followed_something_else_is_expected_after_it():
    history = seen(*rounds(3), ("draft", 4_000.0))
    assert ahead_s(history, "check", 4_100.0) == 200.0
    assert ahead_s(history, "check", 4_350.0) == 0.0, "a little late"
    assert ahead_s(history, "check", 4_900.0) == math.inf, "it does not come any more"


def test_what_follows_half_the_time_at_most_is_not_expected():
    uses = [(slug, at_s) for n in range(9) for slug, at_s in (("draft", n * 900.0), ("abc"[n % 3], n * 900.0 + 300.0))]
    assert ahead_s(seen(*uses, ("draft", 9_000.0)), "a", 9_100.0) == math.inf


def test_a_long_conversation_is_one_use():
    talk = [("draft", float(second)) for second in range(0, 600, 20)]
    history = seen(*talk)
    assert history.models["draft"].begun == 1.0
    assert history.models["draft"].used_s == 580.0
    assert list(history.models["draft"].quarters.values()) == [1.0]
