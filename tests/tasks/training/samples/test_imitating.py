"""The lines of an author, as answers to what was said before them."""

from __future__ import annotations

import json

import pytest

from tasks.contracts.learning import Source
from tasks.contracts.personas import Persona
from tasks.training.samples import imitating
from tasks.training.samples.rules import Reason
from tests.tasks.training.samples.talk import ADA, BOB, EVE, IMITATE, Talk, agreed, told

ROOM = {"request_channel": "discord:7", "request_tenant": "discord:g"}
ALONE = {"request_direct": True}


def brought(talk: Talk, job: str, author: str, text: str, **more: str) -> None:
    turn = json.dumps({"role": more.pop("role", "user"), "text": text, "author": author, "job": job})
    talk.note("ingest", message=job, session="api:@channel:pub", at_ms="5", turn=turn, place=more.pop("place", ""))


def shape(sample) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in sample.turns]


def test_an_author_s_line_answers_what_the_persona_said_before_it(talk: Talk) -> None:
    talk.say("j1", text="ahoy", reply="hello", **ALONE)
    talk.say("j2", text="how be ye?", reply="well", **ALONE)
    talk.say("j3", text="arr", reply="bye", **ALONE)
    one, two = talk.found(IMITATE).samples
    assert (shape(one), one.answer) == ([("user", "hello")], "how be ye?")
    assert (shape(two), two.answer) == ([("user", "hello"), ("assistant", "how be ye?"), ("user", "well")], "arr")
    assert (two.source, two.author, two.people, two.jobs) == (Source.IMITATED, ADA, (ADA,), ("j1", "j2", "j3"))


def test_in_a_channel_it_answers_whoever_spoke_before_whichever_persona_was_asked(talk: Talk) -> None:
    talk.say("j1", BOB, text="Bob: who is there?", reply="I am", persona="wren", session="discord:wren:7", **ROOM)
    talk.say("j2", ADA, text="Ann: me, arr", reply="oh", session="discord:rook:7", **ROOM)
    talk.say("j3", ADA, text="Ann: elsewhere", session="discord:rook:8", **ROOM)
    found = talk.found(IMITATE)
    assert [shape(one) for one in found.samples] == [[("user", "Bob: who is there?\nI am")]]
    assert [(one.answer, one.people, one.channel) for one in found.samples] == [("me, arr", (ADA, BOB), "discord:7")]
    assert dict(found.left_out) == {Reason.ALONE: 1}


def test_lines_that_were_brought_in_are_an_author_s_too(talk: Talk) -> None:
    brought(talk, "m1", BOB, "Note: what now?")
    brought(talk, "m2", ADA, "we sail")
    brought(talk, "m3", ADA, "and sing")
    brought(talk, "m4", ADA, "said for her", role="assistant")
    brought(talk, "m5", ADA, "likes rum", place=json.dumps({"persona": "rook", "person": ADA}))
    assert told(talk.found(IMITATE).samples) == [("imitated", "Note: what now?", "we sail")]


@pytest.mark.parametrize("silent", [ADA, BOB])
def test_who_did_not_agree_is_neither_answer_nor_context(talk: Talk, silent: str) -> None:
    brought(talk, "m1", BOB, "what now?")
    brought(talk, "m2", ADA, "we sail")
    consents = agreed(*({ADA, BOB} - {silent}))
    found = talk.found(IMITATE, consents)
    assert found.samples == []
    assert dict(found.left_out) == {Reason.NOT_AGREED if silent == ADA else Reason.ALONE: 1}
    assert talk.found(IMITATE, agreed(ADA, BOB, closed=("api:@channel:pub",))).left_out == {Reason.CLOSED: 1}


def test_what_is_said_to_another_persona_alone_stays_between_the_two(talk: Talk) -> None:
    for job in ("j1", "j2"):
        talk.say(job, persona="wren", session="web:wren:s", **ALONE)
    found = talk.found(IMITATE)
    assert (found.samples, dict(found.left_out)) == ([], {})


def test_a_line_that_was_answered_anew_is_one_line(talk: Talk) -> None:
    talk.say("j1", text="ahoy", reply="hello", **ALONE)
    talk.say("j2", text="arr", reply="what?", **ALONE)
    talk.say("j3", text="arr", reply="I see", request_replaces="j2", **ALONE)
    talk.say("j4", text="bye", **ALONE)
    samples = {one.id: one for one in talk.found(IMITATE).samples}
    assert told(list(samples.values())) == [("imitated", "hello", "arr"), ("imitated", "I see", "bye")]


def test_only_lines_that_came_since_the_last_run_are_new(talk: Talk) -> None:
    for number in range(4):
        talk.say(f"j{number}", text=f"line {number}", **ALONE)  # at 1020, 2020, 3020 and 4020
    assert [one.answer for one in talk.found(IMITATE, since_ms=2020).samples] == ["line 2", "line 3"]


def test_who_is_not_named_is_not_imitated(talk: Talk) -> None:
    for number in range(3):
        talk.say(f"j{number}", BOB, **ALONE)
    assert talk.found(IMITATE).samples == []
    assert talk.found(Persona(name="rook", learns="imitate")).samples == []
    assert len(talk.found(Persona(name="rook", learns="imitate", imitates=(BOB, EVE))).samples) == 2


def test_only_so_many_conversations_are_followed_at_once(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imitating, "MOST_PLACES", 2)
    for session in ("a", "b", "c", "c", "b", "a"):
        talk.say(f"{session}{next(talk._clock)}", session=f"web:rook:{session}", **ALONE)
    assert [one.conversation[-1] for one in talk.found(IMITATE).samples] == ["c", "b"]
