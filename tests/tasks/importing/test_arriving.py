"""What OpenClaw kept of somebody, from the folder to the prompt of whoever answers them here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.errors import BadInput, ConfigurationError
from tasks.contracts.settings import Settings, load
from tasks.importing import arriving
from tasks.importing.arriving import Arrived, arrive
from tasks.importing.openclaw import Found, read
from tasks.memory.values import Kind, Trust
from tests.tasks.memory.hall import Hall

HER = {"user": "web:ada", "persona": "Molty", "direct": True}


@pytest.fixture
def found(tmp_path: Path) -> Found:
    folder = tmp_path / "workspace"
    (folder / "memory").mkdir(parents=True)
    (folder / "SOUL.md").write_text("You are a lobster.")
    (folder / "IDENTITY.md").write_text("- **Name:** Molty")
    (folder / "MEMORY.md").write_text("- my dog is called Rex\n")
    (folder / "memory" / "2026-03-18.md").write_text("- my flight to Oslo is booked\n")
    return read(folder)


@pytest.fixture
def hall(tmp_path: Path, redis_url: str) -> Iterator[Hall]:
    made = Hall(redis_url, tmp_path)
    yield made
    made.close()


def settings_of(folder: Path, text: str = "") -> Settings:
    (folder / "rookery.toml").write_text(text)
    return load(folder / "rookery.toml", {})


def bring(hall: Hall, found: Found, folder: Path, **how: str) -> Arrived:
    arrived = arrive(found, settings_of(folder), hall.flock.store, how.pop("person", HER["user"]), **how)
    hall.archive()
    hall.remember()
    return arrived


def test_a_folder_becomes_a_persona_with_its_workspace(hall: Hall, found: Found, tmp_path: Path) -> None:
    arrived = bring(hall, found, tmp_path)
    assert (arrived.persona, arrived.written, arrived.fresh) == ("Molty", True, 2)
    persona = settings_of(tmp_path).fleet.persona("Molty")
    assert persona.memory
    assert persona.prompt == "# SOUL.md\n\nYou are a lobster.\n\n# IDENTITY.md\n\n- **Name:** Molty"


def test_its_notes_become_facts_of_that_person_as_old_as_they_are(hall: Hall, found: Found, tmp_path: Path) -> None:
    bring(hall, found, tmp_path)
    oldest, newest = hall.remembered()
    assert (oldest.text, newest.text) == ("my flight to Oslo is booked", "my dog is called Rex")
    assert oldest.at_ms == found.notes[-1].at_ms
    assert {(one.kind, one.trust, one.direct, one.persona) for one in hall.remembered()} == {
        (Kind.FACT, Trust.BROUGHT, True, "Molty")
    }


def test_they_stand_in_the_prompt_of_that_person_and_of_nobody_else(hall: Hall, found: Found, tmp_path: Path) -> None:
    bring(hall, found, tmp_path)
    question = "what is my dog called?"
    assert "Rex" in hall.ask(question, **HER).recalled
    assert hall.ask(question, "s2", **{**HER, "user": "web:bob"}).recalled == ""
    assert hall.ask(question, "s3", **{**HER, "persona": "wren"}).recalled == ""
    in_public = {**HER, "direct": False, "tenant": "discord:1", "channel": "discord:7"}
    assert hall.ask(question, "s4", **in_public).recalled == ""


def test_what_is_brought_in_again_is_there_once(hall: Hall, found: Found, tmp_path: Path) -> None:
    bring(hall, found, tmp_path)
    hall.flock.client.delete(*hall.flock.client.keys("*ingested*"))  # long ago: only the transcript knows
    again = bring(hall, found, tmp_path)
    assert (again.written, again.fresh) == (False, 2)
    assert len(hall.texts()) == 2
    assert bring(hall, found, tmp_path).known == 2


def test_who_dies_before_the_persona_is_written_does_it_again(
    hall: Hall, found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object) -> bool:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(arriving, "write_new", dies)
        with pytest.raises(Killed):
            bring(hall, found, tmp_path)
    arrived = bring(hall, found, tmp_path)
    assert (arrived.written, arrived.fresh, arrived.known) == (True, 0, 2)
    assert len(hall.texts()) == 2


def test_a_persona_that_is_there_stays_as_it_is(hall: Hall, found: Found, tmp_path: Path) -> None:
    files = tmp_path / "data" / "personalities"
    files.mkdir(parents=True)
    (files / "molty.toml").write_text('name = "molty"\nmodel = "demo"\n')
    arrived = bring(hall, found, tmp_path, persona="Molty")
    assert (arrived.persona, arrived.written) == ("molty", False)
    assert (files / "molty.toml").read_text() == 'name = "molty"\nmodel = "demo"\n'


@pytest.mark.parametrize(("person", "persona"), [("ada", ""), ("web:", ""), ("web:ada", "🦞")])
def test_who_cannot_be_is_refused_before_anything_is_taken_in(
    hall: Hall, found: Found, tmp_path: Path, person: str, persona: str
) -> None:
    with pytest.raises(BadInput):
        arrive(found, settings_of(tmp_path), hall.flock.store, person, persona)
    assert hall.flock.client.keys("*ingested*") == []


def test_where_nothing_is_remembered_that_is_said(hall: Hall, found: Found, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "[memory]\nenabled = false\n")
    with pytest.raises(ConfigurationError, match="nothing is remembered here"):
        arrive(found, settings, hall.flock.store, "web:ada")
