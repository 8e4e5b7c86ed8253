"""Jobs in a list."""

from __future__ import annotations

import pytest

from bots.web.house.rows import ASKED_CHARS, beginning, may_read, row
from bots.web.visitors import HERE, Visitor
from tasks.contracts.jobs import JobState, JobView
from tasks.jobs.keys import Scope

VIEW = JobView(
    job="j", state=JobState.QUEUED, fence=1, model="crow", session="web:rook:s", user="key:k1", received_ms=1_000
)
DISCORD = VIEW.model_copy(update={"session": "discord:rook:7", "user": "discord:9"})


def test_times_are_from_the_receipt_and_missing_until_they_come() -> None:
    waits = row(VIEW, "", "")
    assert (waits.first_token_s, waits.took_s, waits.ended_ms) == (None, None, None)
    over = row(VIEW.model_copy(update={"first_token_ms": 1_500, "ended_ms": 3_000}), "", "")
    assert (over.first_token_s, over.took_s, over.ended_ms) == (0.5, 2.0, 3_000)


def test_an_error_names_no_server() -> None:
    assert row(VIEW.model_copy(update={"error": "http://10.0.0.7:1 is gone"}), "", "").error == "its server is gone"


def test_a_question_is_shown_by_its_beginning() -> None:
    assert beginning("a" * 1_000) == "a" * (ASKED_CHARS - 1) + "…"
    assert beginning(" two\n\tlines ") == "two lines"


@pytest.mark.parametrize(
    ("view", "scopes", "may"),
    [
        (VIEW, {Scope.READ}, True),
        (VIEW, {Scope.CHAT}, False),
        (DISCORD, {Scope.READ}, False),  # the words of other platforms are for who looks after all of it
        (DISCORD, {Scope.ADMIN}, True),
    ],
)
def test_words_are_read_by_whom_they_are_for(view: JobView, scopes: set[Scope], may: bool) -> None:
    assert may_read(view, Visitor("ben", frozenset(scopes), "k2")) is may
    assert may_read(view, HERE)
