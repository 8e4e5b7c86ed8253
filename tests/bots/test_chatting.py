"""A conversation in the terminal: what its commands mean."""

from __future__ import annotations

import pytest

from bots.chatting import HELP, LEAVE, Talk, command_of
from bots.conversation import request_of
from tasks.contracts.errors import UnknownPersona
from tasks.contracts.fleet import parse

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
