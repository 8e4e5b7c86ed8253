"""What lasts is told once, what flaps seldom, and what is over too, if anybody knew of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.notification import watching
from tasks.notification.troubles import GONE_S, Trouble
from tasks.notification.watching import DEAD, QUIET_S, STEADY_S, State, count_dead, look

EVERY_S = 5
GONE = Trouble("host:a", "Host a is gone", "Start it.", "warning", GONE_S, "Host a is back")
DAY_S = 24 * 3600


def watched(*episodes: tuple[float, bool], trouble: Trouble = GONE) -> Iterator[tuple[int, str]]:
    """Yield (second, title) of every notice, looking every five seconds; an episode is how long it is so, or not."""
    state, now_s = State(), 0
    for lasts_s, wrong in episodes:
        for _ in range(int(lasts_s / EVERY_S)):
            state, notices = look(state, [trouble] if wrong else [], now_s * 1000 + 1)
            yield from ((now_s, notice.title) for notice in notices)
            now_s += EVERY_S


def test_a_host_that_is_gone_is_told_once_and_so_is_its_return() -> None:
    told = list(watched((3600, True), (3600, False)))
    assert told == [(GONE_S, "Host a is gone"), (3600 + STEADY_S, "Host a is back")]


def test_what_is_over_before_anybody_was_told_is_no_news() -> None:
    assert not list(watched((GONE_S, True), (60, False)))


def test_what_is_away_for_a_moment_is_not_told_as_back() -> None:
    told = list(watched((60, True), (STEADY_S - EVERY_S, False), (60, True)))
    assert told == [(GONE_S, "Host a is gone")]


def test_a_flapping_host_does_not_send_a_hundred() -> None:
    told = list(watched(*[(60, True), (60, False)] * (DAY_S // 120)))
    assert 4 <= len(told) <= 24
    gone_s = [second for second, title in told if title == GONE.title]
    gaps = [later - sooner for sooner, later in pairwise(gone_s)]
    assert min(gaps) >= QUIET_S
    assert gaps[:4] == sorted(gaps[:4])  # less and less often


def test_after_a_quiet_day_it_is_news_again() -> None:
    told = [second for second, title in watched((60, True), (DAY_S, False), (60, True)) if title == GONE.title]
    assert told == [GONE_S, 60 + DAY_S + GONE_S]


def test_what_cannot_be_over_is_told_without_an_end() -> None:
    load = Trouble("load:a:b", "a cannot load b", "No memory.")
    assert list(watched((60, True), (3600, False), trouble=load)) == [(0, "a cannot load b")]


def test_how_long_it_lasted_is_told() -> None:
    state = State()
    for second in range(0, 200, EVERY_S):
        state, notices = look(state, [GONE] if second < 120 else [], second * 1000 + 1)
        words = [notice.words for notice in notices if notice.level == "success"]
        if words:
            assert words == ["It lasted 2 min."]
            return
    raise AssertionError("nobody was told that it is over")


def test_what_is_known_outlives_a_process() -> None:
    state, _ = look(State(), [Trouble("x", "X", "w", over="Y")], 1)
    assert State.model_validate_json(state.model_dump_json()) == state


def test_jobs_without_an_answer_are_counted_not_told_one_by_one() -> None:
    state, told = count_dead(State(), 4, 1)
    assert not told  # they may be of last week
    state, told = count_dead(state, 5, 600_001)
    assert [(notice.about, notice.title) for notice in told] == [(DEAD, "1 job has no answer")]
    state, told = count_dead(state, 9, 600_002)
    assert not told
    state, told = count_dead(state, 12, 600_002 + int(QUIET_S * 1000))
    assert [notice.title for notice in told] == ["7 jobs have no answer"]
    state, told = count_dead(state, 2, 2_000_000)
    assert not told
    assert state.dead == 2


def test_durations_are_told_as_people_say_them() -> None:
    assert [watching._spoken(seconds) for seconds in (7, 119, 120, 7_199, 7_200)] == [
        *("7 s", "119 s", "2 min", "120 min", "2.0 h")
    ]


EPISODES = st.lists(st.tuples(st.integers(1, 240).map(lambda steps: steps * EVERY_S), st.booleans()), max_size=40)


@given(EPISODES)
@settings(max_examples=60, deadline=None)
def test_however_it_flaps_news_alternate_and_come_ever_less_often(episodes: list[tuple[int, bool]]) -> None:
    told = list(watched(*episodes))
    assert [title for _, title in told] == [GONE.title, GONE.over] * (len(told) // 2) + [GONE.title] * (len(told) % 2)
    gone_s = [second for second, title in told if title == GONE.title]
    assert all(later - sooner >= QUIET_S for sooner, later in pairwise(gone_s))
