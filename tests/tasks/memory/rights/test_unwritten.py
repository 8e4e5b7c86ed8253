"""Forgetting by words waits until what was said before it is written down, but not for an archive that is stuck."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts import names
from tasks.contracts.messages import Turn
from tasks.contracts.queues import UPKEEP
from tasks.contracts.wishes import Granted
from tasks.jobs.archive import Entry
from tasks.jobs.ingesting import Notes, ingest
from tasks.memory.rights import unwritten
from tasks.memory.rights.telling import UNWRITTEN
from tests.tasks.memory.people import ADA, BOB, GUILD, Rights

REX = "my dog is called Rex"


def said_just_now(hall: Rights, text: str = REX, **fields: Any) -> None:
    """Have something said and answered that is not written down yet."""
    hall.flock.finish(hall.ask(text, **fields), "I see.")


def again(hall: Rights, job: str) -> None:
    """Have a wish that was put off taken once more."""
    hall.flock.past(job)
    hall.flock.sweep()
    hall.granter.serve()


def told(hall: Rights, job: str) -> Granted:
    return Granted.model_validate_json(hall.flock.view(job).text)


def test_what_was_said_just_before_is_waited_for_and_goes_too(hall: Rights) -> None:
    hall.told("Rex likes my hat", "I like tea")
    said_just_now(hall)
    job = hall.submit_wish("forget", "Rex")
    hall.granter.serve()
    assert hall.flock.state(job) == "recalling"
    assert names.ARCHIVE in hall.flock.client.lindex(UPKEEP, 0)
    hall.archive()
    again(hall, job)
    assert (told(hall, job).turns, told(hall, job).flagged.count(UNWRITTEN)) == (2, 0)
    assert unwritten.WHY in [mark.why for mark in hall.flock.view(job).marks]
    hall.remember()
    assert not [text for text in hall.texts() if "Rex" in text]
    assert "I like tea" in hall.texts()


def test_a_stuck_archive_holds_no_wish_for_ever_and_that_is_told(
    hall: Rights, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hall.told("Rex likes my hat")
    said_just_now(hall)
    job = hall.submit_wish("forget", "Rex")
    for _ in range(2):
        hall.granter.serve()
        again(hall, job)
        assert hall.flock.state(job) == "recalling"
    assert hall.flock.bells(UPKEEP) == 1
    monkeypatch.setattr(unwritten, "PATIENCE_MS", 0)
    again(hall, job)
    gone = told(hall, job)
    assert (gone.forgotten, gone.turns, UNWRITTEN in gone.flagged, UNWRITTEN in gone.words) == (1, 1, True, True)
    assert "misses what was said just before" in caplog.text


@pytest.mark.parametrize("kind", ["list", "export", "remember"])
def test_nothing_else_waits(hall: Rights, kind: str) -> None:
    said_just_now(hall)
    job = hall.submit_wish(kind, "Rex")
    hall.granter.serve()
    assert hall.flock.state(job) == "delivered"


def test_everything_is_forgotten_at_once_as_what_is_on_its_way_goes_when_it_arrives(hall: Rights) -> None:
    said_just_now(hall)
    assert hall.wish("forget").turns == 0
    hall.archive()
    assert hall.remember() == []


def test_what_others_said_and_what_was_wanted_of_memories_is_not_waited_for(hall: Rights) -> None:
    hall.told("Rex likes my hat")
    said_just_now(hall, **{**GUILD, "user": BOB})
    hall.wish("list", "Rex")
    assert hall.owed() == 1  # a wish is none of the archive's
    assert hall.wish("forget", "Rex").turns == 1


def test_what_is_said_after_the_wish_is_not_waited_for(hall: Rights) -> None:
    hall.told("Rex likes my hat")
    job = hall.submit_wish("forget", "Rex")
    hall.flock.client.hincrby(hall.flock.store.key("job", job), "received_ms", -1)
    said_just_now(hall)
    hall.granter.serve()
    assert told(hall, job).turns == 1


def test_notes_that_were_brought_in_just_before_are_waited_for(hall: Rights) -> None:
    note = Turn(role="user", author="ada", text=REX, job="rex")
    notes = Notes(person=ADA, persona="wren")
    hall.flock.store.run(ingest("openclaw:wren", "openclaw:wren", 20, [(note, 1_000)], notes))
    job = hall.submit_wish("forget", "Rex")
    hall.granter.serve()
    assert hall.flock.state(job) == "recalling"


def test_what_cannot_be_read_is_nobodys() -> None:
    for kind, fields in (
        ("job", {}),
        ("job", {"request": "{"}),
        ("ingest", {"turn": "[]"}),
        ("reset", {"session": ADA}),
    ):
        assert not unwritten.is_said_by(ADA, Entry("1-0", kind, fields))


def test_more_than_can_be_looked_at_is_waited_for(hall: Rights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unwritten, "MOST_LOOKED_AT", 1)
    for _ in range(2):
        said_just_now(hall, **{**GUILD, "user": BOB})
    job = hall.submit_wish("forget", "Rex")
    hall.granter.serve()
    assert hall.flock.state(job) == "recalling"
