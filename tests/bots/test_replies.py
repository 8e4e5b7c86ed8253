from __future__ import annotations

import pytest

from bots import replies
from bots.lookout import UNKNOWN, Prospect
from tasks.contracts.errors import Refused
from tasks.contracts.fleet import parse
from tasks.contracts.jobs import NOTICES, Cause, JobState, JobView, Mark, Outcome
from tasks.contracts.messages import Usage

FLEET = parse({"model": [{"name": "demo", "builtin": "demo"}, {"name": "own", "gguf": "own.gguf"}]}, "test")
UNHOSTED = (Mark(at_ms=0, state=JobState.RECEIVED, why=replies.NO_HOST),)


def view(state: JobState = JobState.QUEUED, **fields: object) -> JobView:
    return JobView.model_validate({"job": "j", "state": state, "fence": 1, "model": "demo", "session": "s", **fields})


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (view(JobState.RECEIVED), "waiting for your earlier message"),
        (view(JobState.RECALLING), "remembering"),
        (view(JobState.QUEUED), "queued"),
        (view(JobState.QUEUED, marks=UNHOSTED), "waiting for a host that has demo"),
        (view(JobState.QUEUED, marks=UNHOSTED, attempts=1), "trying again"),
        (view(JobState.CLAIMED, host="studio"), "claimed by studio"),
        (view(JobState.CLAIMED, host="studio", marks=UNHOSTED), "claimed by studio"),
        (view(JobState.GENERATING, host="studio"), "studio is writing"),
        (view(JobState.WITHDRAWN), "stopped"),
    ],
)
def test_who_waits_is_told_what_for(seen: JobView, words: str) -> None:
    assert replies.phrase(seen) == words


@pytest.mark.parametrize(
    ("seen", "prospect", "words"),
    [
        (view(ahead=2), UNKNOWN, "queued, 2 before you"),
        (view(ahead=2, eta_s=3.0), UNKNOWN, "queued, 2 before you"),
        (view(ahead=2, eta_s=33.0), UNKNOWN, "queued, 2 before you, about 35 s"),
        (view(ahead=90, eta_s=170.0), UNKNOWN, "queued, 90 before you, about 3 min"),
        (view(), Prospect(loading="studio"), "studio is loading demo"),
        (view(marks=UNHOSTED), Prospect(loading="studio"), "studio is loading demo"),
        (view(ahead=1), Prospect(loading="attic", ready=True), "queued, 1 before you"),
        (view(marks=UNHOSTED), Prospect(ready=True), "queued"),
        (view(JobState.CLAIMED, host="studio"), Prospect(loading="studio"), "claimed by studio"),
    ],
)
def test_who_waits_is_told_what_there_is_to_hope_for(seen: JobView, prospect: Prospect, words: str) -> None:
    assert replies.phrase(seen, prospect) == words


def test_every_state_has_words() -> None:
    assert all(replies.phrase(view(state)) for state in JobState)


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (view(JobState.DELIVERED, outcome=Outcome.REPLY), 0),
        (view(JobState.DONE, outcome=Outcome.REPLY), 0),
        (view(JobState.DELIVERED, outcome=Outcome.NOTICE, cause=Cause.EXPIRED), 1),
        (view(JobState.WITHDRAWN), 1),
        (view(JobState.WITHDRAWN, outcome=Outcome.REPLY), 1),
        (view(JobState.UNDELIVERABLE), 1),
    ],
)
def test_only_an_answer_exits_with_zero(seen: JobView, code: int) -> None:
    assert replies.exit_code(seen) == code


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (view(JobState.DELIVERED, outcome=Outcome.REPLY, text="caw"), "caw"),
        (view(JobState.DELIVERED, outcome=Outcome.REPLY), replies.NOTHING_SAID),
        (view(JobState.DELIVERED, outcome=Outcome.NOTICE, text=NOTICES[Cause.FAILED]), NOTICES[Cause.FAILED]),
        (view(JobState.WITHDRAWN, text="half an ans"), "Stopped."),
    ],
)
def test_what_is_over_has_an_ending(seen: JobView, words: str) -> None:
    assert replies.ending(seen) == words


def test_the_small_print_says_who_where_how_much_and_how_long() -> None:
    marks = (Mark(at_ms=1_000, state=JobState.RECEIVED), Mark(at_ms=13_500, state=JobState.DELIVERED))
    seen = view(
        JobState.DELIVERED,
        host="studio",
        usage=Usage(prompt_tokens=12, completion_tokens=48),
        received_ms=1_000,
        first_token_ms=1_340,
        marks=marks,
        attempts=2,
        finish_reason="length",
    )
    assert replies.details(seen) == (
        "demo on studio · 12 → 48 tokens · first word 0.34 s · 12.5 s in all · 2 tries · cut at the token limit"
    )


def test_an_answer_of_somebody_else_than_meant_says_so() -> None:
    stood_in = view(JobState.DELIVERED, model="small", asked="big", host="attic", flags=("fallback",))
    assert replies.details(stood_in) == "small on attic · in place of big, which nobody could answer with"
    elsewhere = view(JobState.DELIVERED, host="attic", flags=("failover",))
    assert replies.details(elsewhere) == "demo on attic · its own host is away"
    assert replies.public(view(JobState.DELIVERED, model="demo", asked="own", flags=("fallback",)), FLEET)["demo"]


def test_the_small_print_names_the_adapter_that_answered_or_that_should_have() -> None:
    learned = view(JobState.DELIVERED, host="attic", adapter="rook@20261122-ab12cd34")
    assert replies.details(learned) == "demo on attic with rook@20261122-ab12cd34"
    alone = view(JobState.DELIVERED, host="attic", flags=("no adapter",))
    assert replies.details(alone) == "demo on attic without the adapter that is served, which was not there"


def test_the_small_print_leaves_out_what_is_not_known() -> None:
    assert replies.details(view()) == "demo"


@pytest.mark.parametrize(("model", "demo"), [("demo", True), ("own", False), ("gone", False)])
def test_only_the_builtin_model_is_called_a_demo(model: str, demo: bool) -> None:
    assert replies.is_demo(model, FLEET) is demo
    assert replies.public(view(model=model), FLEET)["demo"] is demo


def test_who_leaves_the_model_open_is_called_a_demo_where_that_answers_by_default() -> None:
    raw = {"routing": {"primary": "demo"}, "persona": [{"name": "ada"}, {"name": "ben", "model": "demo"}]}
    fleet = parse({**raw, "model": [{"name": "demo", "builtin": "demo"}, {"name": "own", "gguf": "own.gguf"}]}, "test")
    assert [replies.speaks_as_demo(persona, fleet) for persona in fleet.personas] == [True, True]
    other = fleet.model_copy(update={"routing": fleet.routing.model_copy(update={"primary": "own"})})
    assert [replies.speaks_as_demo(persona, other) for persona in other.personas] == [False, True]


def test_an_error_is_told_with_its_kind_and_next_step() -> None:
    told = replies.error(Refused("too much", next_step="wait"))
    assert told == {"error": {"type": "Refused", "message": "too much", "next_step": "wait"}}


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain\n\ttext 🦉 é", "plain\n\ttext 🦉 é"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x9b2J\r\x08", "2J"),
    ],
)
def test_an_answer_cannot_steer_the_terminal(text: str, safe: str) -> None:
    assert replies.printable(text) == safe
