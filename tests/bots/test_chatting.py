"""A conversation in the terminal: what its commands mean."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bots import lessons
from bots.chatting import HELP, LEAVE, Chat, Talk, command_of
from bots.conversation import request_of
from tasks.contracts.errors import UnknownPersona
from tasks.contracts.fleet import parse
from tasks.contracts.settings import load
from tasks.jobs import consents
from tasks.jobs.archive import ArchiveStream
from tasks.jobs.store import Store

FLEET = parse(
    {
        "model": [{"name": "demo", "builtin": "demo"}, {"name": "own", "gguf": "own.gguf"}],
        "persona": [{"name": "ada", "model": "demo"}, {"name": "Grace H", "model": "own"}],
    },
    "test",
)


@pytest.fixture
def talk() -> Talk:
    return Talk(FLEET, FLEET.personas[0])


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/new", ("/new", "")),
        ("/persona  Grace H ", ("/persona", "Grace H")),
        ("/nonsense", ("/nonsense", "")),
        ("/etc/hosts is what?", None),
        ("/ alone", None),
        ("hello /new", None),
        ("", None),
    ],
)
def test_a_line_that_begins_like_a_command_is_one_and_a_path_is_not(line: str, command: tuple[str, str] | None) -> None:
    assert command_of(line) == command


def test_the_help_names_every_command() -> None:
    assert {line.split()[0] for line in HELP.splitlines()} >= {"/regenerate", "/new", "/persona", "/help"}
    assert LEAVE & {line.split()[0] for line in HELP.splitlines()}


def test_the_last_message_is_asked_anew_as_a_job_that_replaces_it(talk: Talk) -> None:
    assert talk.anew() is None
    first = request_of(talk.say("hello"), FLEET)
    again = [request_of(said, FLEET) for _ in range(2) if (said := talk.anew())]
    assert len({first.job, *(request.job for request in again)}) == 3
    assert {request.replaces for request in again} == {first.job}
    assert {request.text for request in again} == {"hello"}


def test_what_never_arrived_is_sent_as_the_same_job(talk: Talk) -> None:
    said = talk.say("hello")
    talk.reached = False
    assert talk.anew() == said


def test_messages_share_a_conversation_until_a_new_one_begins(talk: Talk) -> None:
    first, second = talk.say("one"), talk.say("two")
    assert (first.session, first.message == second.message) == (second.session, False)
    talk.start_over()
    assert talk.anew() is None
    assert talk.say("three").session != first.session


def test_one_turns_to_somebody_else_by_name_and_the_demo_model_is_called_that(talk: Talk) -> None:
    assert talk.called(talk.persona) == "ada (demo model)"
    talk.say("hello")
    talk.turn_to("Grace H")
    assert talk.called(talk.persona) == "Grace H"
    assert talk.anew() is None, "what was said to somebody else is not asked anew here"
    assert talk.say("hello").persona == "Grace H"
    with pytest.raises(UnknownPersona):
        talk.turn_to("nobody")
    assert talk.persona.name == "Grace H"


def test_whoever_owns_the_flock_agrees_and_corrects_like_everybody(talk: Talk, redis_url: str, tmp_path: Path) -> None:
    (tmp_path / "rookery.toml").write_text(f'[redis]\nurl = "{redis_url}"\n')
    told = io.StringIO()
    chat = Chat(load(tmp_path / "rookery.toml", {}), talk, Console(file=told, width=400))
    store = Store.open(redis_url)

    def say(line: str) -> str:
        told.seek(0)
        told.truncate()
        chat._take(line)
        return told.getvalue().strip()

    assert say("/learning").startswith("I learn nothing")
    assert (say("/learning here off"), say("/learning maybe")) == (lessons.HOW, lessons.HOW)
    assert say("/correct Lima") == "nothing was answered yet"
    talk.answered = "job1"
    assert say("/correct") == lessons.WHAT_TO_CORRECT
    assert lessons.NOT_LEARNED in say("/correct Lima")
    assert say("/learning on") == lessons.AGREED
    assert store.run(consents.every()).allow(["terminal:operator"])
    assert say("/learning off") == lessons.WITHDRAWN
    stream = ArchiveStream(store)
    [entry] = [dict(entry.fields) for entry in (*stream.unfinished(9), *stream.fresh(9))]
    assert (entry["job"], entry["user"], entry["text"]) == ("job1", "terminal:operator", "Lima")
    talk.start_over()
    assert talk.answered == ""
    store.close()
