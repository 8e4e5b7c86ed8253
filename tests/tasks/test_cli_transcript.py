"""`rookery transcript`, and what other commands say of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.contracts.errors import TranscriptUnavailable, UnknownJob
from tests.command import Command
from tests.tasks.jobs.flock import Flock
from tests.tasks.transcript.ledger import Ledger


@pytest.fixture
def ledger(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A ledger whose transcript is where the command looks for it."""
    monkeypatch.delenv("TRANSCRIPT_URL", raising=False)
    made = Ledger(Flock(redis_url), f"sqlite:///{tmp_path / 'data' / 'transcript.sqlite3'}")
    yield made
    made.close()


def test_what_was_said_is_shown_exported_and_counted(command: Command, ledger: Ledger):
    ledger.say("what is a rook?", reply="a bird", session="web:rook:1", persona="rook")
    job = ledger.say("and a raven?", reply="another bird", session="web:rook:2", persona="rook")
    ledger.archive()
    shown = command.invoke("transcript", "show")
    assert shown.code == 0
    assert shown.out.index("what is a rook?") < shown.out.index("a bird") < shown.out.index("and a raven?")
    one = command.invoke("transcript", "show", "--session", "web:rook:2").out
    assert "raven" in one
    assert "what is a rook?" not in one
    lines = [json.loads(line) for line in command.invoke("transcript", "export").out.splitlines()]
    assert [line["reply"] for line in lines] == ["a bird", "another bird"]
    after = command.invoke("transcript", "export", "--after", str(lines[0]["number"])).out
    assert json.loads(after)["job"] == job
    assert json.loads(command.invoke("transcript", "stats", "--json").out)["turns"] == 4
    assert "exchanges" in command.invoke("transcript", "stats", "--tenant", "web:rook:1").out


def test_where_there_is_no_transcript_the_command_says_so(command: Command, tmp_path: Path):
    with pytest.raises(TranscriptUnavailable, match="no transcript yet"):
        command.invoke("transcript", "show")
    assert not list(tmp_path.rglob("*.sqlite3"))


def test_a_job_that_redis_keeps_no_more_is_explained_all_the_same(command: Command, ledger: Ledger):
    job = ledger.say("what is a rook?", reply="a bird")
    before = command.invoke("job", "explain", job, "--json").out
    ledger.archive()
    ledger.flock.client.delete(f"rookery:job:{job}", f"rookery:text:{job}")
    assert json.loads(command.invoke("job", "explain", job, "--json").out) == json.loads(before)


def test_a_job_that_nobody_knows_is_unknown_with_and_without_a_transcript(command: Command, ledger: Ledger):
    for _ in range(2):
        with pytest.raises(UnknownJob, match="no job 'gone'"):
            command.invoke("job", "explain", "gone")
        ledger.archive()


def test_status_tells_of_what_waits_to_be_archived_for_too_long(command: Command, ledger: Ledger):
    ledger.say("hello")
    assert "archive" not in command.invoke("status").out
    assert json.loads(command.invoke("status", "--json").out)["archive"]["entries"] == 1
    ledger.archive()
    ledger.flock.client.xadd("rookery:other", {"kind": "job"}, id="1-1")
    ledger.flock.client.rename("rookery:other", "rookery:archive")
    assert "the archive is behind: 1 to write down, the oldest for" in command.invoke("status").out
