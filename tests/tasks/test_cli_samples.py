"""`rookery train export`, over a transcript and a ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.contracts.errors import BadInput, ConfigurationError
from tasks.jobs import consents
from tasks.jobs.store import Store
from tests.command import Command
from tests.tasks.training.samples.talk import ADA, BOB, EVE, Talk

SECRET = "my key is AKIAIOSFODNN7EXAMPLE, keep it"


@pytest.fixture
def talk(command: Command, redis_url: str, tmp_path: Path) -> Talk:
    """What was said to the persona that the command finds."""
    (tmp_path / "data").mkdir()
    (tmp_path / "style").mkdir()
    (tmp_path / "style" / "a.md").write_text("> Who are you?\nRook, krah.\n")
    made = Talk(tmp_path / "data")
    command.settings(
        f'[data]\ndir = "{tmp_path / "data"}"\n[redis]\nurl = "{redis_url}"\n[transcript]\nurl = "{made.url}"\n'
        "[training]\nmin_chars = 0\nmin_samples = 3\nwindow_days = 3650\n"
        '[[model]]\nname = "demo"\nbuiltin = "demo"\n'
        f'[[persona]]\nname = "rook"\nmodel = "demo"\nlearns = "liked"\nexamples = "{tmp_path / "style"}"\n'
    )
    store = Store.open(redis_url)
    for person in (ADA, BOB):
        store.run(consents.agree(person))
    now_ms = store.now_ms()
    made._clock = iter(range(now_ms - 100_000, now_ms, 1000))  # type: ignore[assignment]
    store.close()
    return made


def test_what_would_be_learned_is_shown_and_nothing_is_trained(talk: Talk, command: Command, tmp_path: Path) -> None:
    talk.say("j1", text="a joke?", reply="An attempted\nmurder.")
    talk.say("j2", EVE)
    talk.say("j3", text="and this?", reply=SECRET, session="t")
    for job in ("j1", "j2", "j3"):
        talk.think("up", BOB, job)
    out = command.invoke("train", "export").out
    assert out.startswith("3 new samples, and no run before; enough for a run\n")
    assert "liked" in out
    assert "left out: somebody in it did not agree  1" in out
    assert "  asked   a joke?\n  answer  An attempted murder.\n" in out
    assert "Rook, krah." in out
    assert "AKIA" not in out
    assert "a joke?" not in command.invoke("train", "export", "-n", "0").out
    assert not (tmp_path / "data" / "training").exists()


def test_programs_get_every_sample_as_a_line(talk: Talk, command: Command) -> None:
    talk.say("j1", text="a joke?")
    talk.think("up", ADA, "j1")
    told = [json.loads(line) for line in command.invoke("train", "export", "-p", "rook", "--json").out.splitlines()]
    assert {(one["source"], one["author"], one["persona"]) for one in told} == {
        ("written", "", "rook"),
        ("liked", ADA, "rook"),
    }
    assert "a run wants 3" in command.invoke("train", "export").out


def test_who_does_not_learn_and_an_example_that_is_none_are_told(talk: Talk, command: Command, tmp_path: Path) -> None:
    (tmp_path / "style" / "b.md").write_text("> Why?\n")
    with pytest.raises(ConfigurationError, match=r"b\.md, line 1: this question has no answer"):
        command.invoke("train", "export")
    command.settings('[[model]]\nname = "demo"\nbuiltin = "demo"\n[[persona]]\nname = "rook"\nmodel = "demo"\n')
    with pytest.raises(BadInput, match="no persona learns"):
        command.invoke("train", "export")
