"""The steps of a job, and how it ended."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.jobs import Cause, JobState, JobView, Mark, Outcome
from tasks.contracts.messages import Usage
from tasks.jobs.steps import choice, ending, remembered, steps_of

MARKS = (
    Mark(at_ms=1000, state=JobState.RECEIVED),
    Mark(at_ms=1000, state=JobState.QUEUED),
    Mark(at_ms=3000, state=JobState.CLAIMED, who="studio"),
    Mark(at_ms=5000, state=JobState.QUEUED, who="studio", why="it went away"),
    Mark(at_ms=9000, state=JobState.CLAIMED, who="attic"),
)


def view(**fields: Any) -> JobView:
    made = {"job": "j1", "state": JobState.QUEUED, "fence": 1, "model": "demo", "session": "s", "received_ms": 1000}
    return JobView(**{**made, "marks": MARKS, **fields})


def test_each_step_lasts_until_the_next_and_the_last_one_is_still_open() -> None:
    spans = [(step.from_ms, step.to_ms, step.took) for step in steps_of(view())]
    assert spans == [
        (0, 0, "0 ms"), (0, 2000, "2.0 s"), (2000, 4000, "2.0 s"), (4000, 8000, "4.0 s"), (8000, None, "")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"routed": "a question"}, "model demo, chosen by: a question"),
        ({"asked": "big"}, "demo answers in place of big, for which nobody was there"),
    ],
)
def test_what_chose_the_model_is_told_where_that_was_not_the_persona(fields: dict[str, Any], words: str) -> None:
    assert choice(view(**fields)) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"attempts": 0}, "not tried so far"),
        ({"attempts": 1}, "1 try so far"),
        ({"attempts": 2}, "2 tries so far"),
        ({"error": "out of memory"}, "last trouble: out of memory"),
        ({"outcome": Outcome.NOTICE, "cause": Cause.FAILED, "error": "no"}, "ended in a notice: failed (no)"),
        (
            {
                "outcome": Outcome.REPLY,
                "host": "attic",
                "answered_by": "demo-q4",
                "usage": Usage(prompt_tokens=3, completion_tokens=5),
                "finish_reason": "stop",
            },
            "answered by demo-q4 on attic · 3 + 5 tokens · stop",
        ),
        (
            {"outcome": Outcome.REPLY, "host": "attic", "answered_by": "demo", "adapter": "rook@20261122-ab12cd34"},
            "answered by demo with rook@20261122-ab12cd34 on attic · 0 + 0 tokens · ",
        ),
        (
            {"outcome": Outcome.REPLY, "host": "attic", "answered_by": "demo", "flags": ("no adapter",)},
            "answered by demo without the adapter that is served, which was not there, on attic · 0 + 0 tokens · ",
        ),
    ],
)
def test_an_end_is_told_in_a_line(fields: dict[str, Any], words: str) -> None:
    assert ending(view(**fields)) == words


def test_what_was_remembered_for_an_answer_is_told_as_far_as_it_is_kept() -> None:
    plain = view()
    assert remembered(plain) == []
    two = plain.model_copy(update={"memories": ("m1", "m2"), "recalled": "1. tea\n2. wine"})
    assert remembered(two) == ["2 memories in the prompt: m1, m2", "  1. tea", "  2. wine"]
    assert remembered(two.model_copy(update={"memories": ("m1",), "recalled": ""})) == ["1 memory in the prompt: m1"]
    assert "without memories" in remembered(plain.model_copy(update={"flags": ("no memory",)}))[0]
