"""Jobs as everybody sees them: states, outcomes, timings."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from tasks.contracts.jobs import ENDED, HELD, NOTICES, WAITING, Cause, Delta, JobState, JobView, Mark, Outcome

BETWEEN = {JobState.DONE, JobState.DELIVERING}  # has its outcome, waits for a bot


def view(state: object = JobState.QUEUED, **fields: object) -> JobView:
    least = {"job": "j", "fence": 1, "model": "demo", "session": "s", "received_ms": 1_000}
    return JobView.model_validate({**least, "state": state, **fields})


def test_every_state_is_of_one_kind() -> None:
    kinds = [WAITING, HELD, BETWEEN, ENDED]
    assert [state for state in JobState if sum(state in kind for kind in kinds) != 1] == []


@pytest.mark.parametrize("state", JobState)
def test_a_job_has_ended_where_nothing_more_can_happen(state: JobState) -> None:
    assert view(state).ended == (state in {JobState.DELIVERED, JobState.UNDELIVERABLE, JobState.WITHDRAWN})


@pytest.mark.parametrize(
    ("state", "outcome", "answered"),
    [
        (JobState.GENERATING, None, False),
        (JobState.DONE, Outcome.REPLY, True),
        (JobState.DELIVERING, Outcome.NOTICE, True),
        (JobState.WITHDRAWN, None, True),  # there will never be more
    ],
)
def test_a_job_is_answered_with_its_outcome_or_its_end(
    state: JobState, outcome: Outcome | None, *, answered: bool
) -> None:
    assert view(state, outcome=outcome).answered is answered


def test_every_cause_that_makes_a_notice_has_its_words() -> None:
    silent = {Cause.WITHDRAWN, Cause.UNDELIVERABLE}  # nobody is there to be told
    assert set(NOTICES) == set(Cause) - silent
    assert all(notice.endswith(".") for notice in NOTICES.values())
    assert len(set(NOTICES.values())) == len(NOTICES)


def test_timings_run_from_receipt_to_the_first_time_in_each_state() -> None:
    marks = tuple(
        Mark(at_ms=1_000 + after_ms, state=state)
        for after_ms, state in [
            (0, JobState.RECEIVED),
            (5, JobState.QUEUED),
            (10, JobState.CLAIMED),
            (700, JobState.QUEUED),  # given back, and claimed again
            (710, JobState.CLAIMED),
            (900, JobState.DONE),
        ]
    )
    timings = view(marks=marks, first_token_ms=1_750).timings_ms()
    assert list(timings.items()) == [
        ("received", 0),
        ("queued", 5),
        ("claimed", 10),
        ("first_token", 750),
        ("done", 900),
    ]


def test_a_job_without_a_token_has_no_timing_for_it() -> None:
    assert view().timings_ms() == {}


def test_what_is_public_is_json_and_whole() -> None:
    made = view(JobState.DONE, outcome=Outcome.REPLY, text="hello", marks=(Mark(at_ms=1_002, state=JobState.DONE),))
    shown = json.loads(json.dumps(made.public()))
    assert shown.pop("timings_ms") == {"done": 2}
    assert JobView.model_validate_json(json.dumps(shown)) == made


@pytest.mark.parametrize("odd", [{"state": "gone"}, {"fence": "1"}, {"colour": "red"}, {"flags": "recalled"}])
def test_a_view_that_cannot_be_is_refused(odd: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        view(**odd)


def test_a_delta_is_the_same_after_json() -> None:
    delta = Delta(fence=3, offset=7, text="grüße\x00")
    assert Delta.model_validate_json(delta.model_dump_json()) == delta
