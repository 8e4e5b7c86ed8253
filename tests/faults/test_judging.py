"""The judge of the fault suite: it sees each promise that is broken, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.contracts.jobs import JobState, JobView, Mark, Outcome
from tests.faults.chat import Post
from tests.faults.judging import (
    ECHO,
    IN_TIME,
    IN_TURN,
    ONE_END,
    ONE_POST,
    OWN_WORDS,
    REFUSED,
    Case,
    judge,
    recoveries,
    tally,
)

SAID = "hello"
LATE_S = 5.0
DEADLINE_MS = 10_000


def view(**fields: object) -> JobView:
    marks = (Mark(at_ms=100, state=JobState.CLAIMED), Mark(at_ms=200, state=JobState.DONE))
    told = {"outcome": Outcome.REPLY, "text": ECHO + SAID, "deadline_ms": DEADLINE_MS, "marks": marks}
    job = JobView(job="j", state=JobState.DELIVERED, fence=3, model="m", session="s", **told)
    return job.model_copy(update=fields)


def post(**fields: object) -> Post:
    return replace(Post("j", "reply", ECHO + SAID, 300), **fields)


GOOD = Case(1, SAID, view(), (post(),))
TURNED_AWAY = Case(2, SAID, None, (post(kind=REFUSED, text="no room"),))


def broken(*cases: Case) -> set[str]:
    return {promise for promise, verdict in judge(cases, LATE_S).items() if verdict.broken}


@pytest.mark.parametrize(
    ("case", "promises"),
    [
        (GOOD, set()),
        (TURNED_AWAY, set()),
        (replace(GOOD, posts=()), {ONE_END}),
        (replace(GOOD, view=view(state=JobState.DELIVERING)), {ONE_END}),
        (replace(GOOD, view=None), {ONE_END}),
        (replace(GOOD, view=view(text="another")), {ONE_END}),
        (replace(GOOD, posts=(post(), post())), {ONE_POST}),
        (replace(GOOD, posts=(post(at_ms=DEADLINE_MS + 5_000),)), set()),
        (replace(GOOD, posts=(post(at_ms=DEADLINE_MS + 5_001),)), {IN_TIME}),
        (Case(1, "mine", view(), (post(),)), {OWN_WORDS}),
    ],
    ids=["well", "refused", "lost", "unfinished", "forgotten", "altered", "doubled", "just in time", "late", "foreign"],
)
def test_what_is_broken_is_seen_and_nothing_else(case: Case, promises: set[str]):
    assert broken(case) == promises


def test_two_turns_of_a_session_may_not_overlap():
    def turn(began_ms: int, ended_ms: int, session: str = "s") -> Case:
        marks = (Mark(at_ms=began_ms, state=JobState.CLAIMED), Mark(at_ms=ended_ms, state=JobState.DONE))
        return replace(GOOD, view=view(marks=marks, session=session))

    assert broken(turn(100, 200), turn(200, 300)) == set()
    assert broken(turn(100, 200), turn(150, 300)) == {IN_TURN}
    assert broken(turn(100, 200), turn(150, 300, "other")) == set()


def test_a_promise_that_nobody_could_break_was_not_looked_at():
    looked_at = {promise: verdict.looked_at for promise, verdict in judge([TURNED_AWAY], LATE_S).items()}
    assert looked_at == {ONE_END: 1, ONE_POST: 1, IN_TIME: 0, OWN_WORDS: 0, IN_TURN: 0}


def test_a_recovery_ends_with_the_first_reply_after_the_fault():
    notice = replace(GOOD, posts=(post(kind="notice", at_ms=350),))
    replies = [replace(GOOD, posts=(post(at_ms=at_ms),)) for at_ms in (900, 400)]
    assert recoveries([notice, *replies], [300, 400, 500, 1_000]) == [100, 0, 400, None]


def test_messages_are_counted_by_what_became_of_them():
    cases = [GOOD, TURNED_AWAY, replace(GOOD, posts=()), replace(GOOD, posts=(post(), post()))]
    assert tally(cases) == {"messages": 4, "replies": 2, "notices": 0, "refused": 1, "lost": 1, "doubled": 1}
