"""`rookery persona`: who there is, how they are, and who is quiet for a while."""

from __future__ import annotations

import json

import pytest

from tasks.contracts.errors import UnknownPersona
from tasks.jobs import roster
from tests.command import Command
from tests.tasks.jobs.flock import Flock

TWO = '[[persona]]\nname = "Ada [bold]"\nmodel = "demo"\nper_hour = 9\nprompt = "Be brief.\\nBe kind."\n'


@pytest.fixture
def flock(redis_url: str) -> Flock:
    """The ledger, empty; the command looks at the same."""
    return Flock(redis_url)


@pytest.fixture
def command(tmp_path, redis_url) -> Command:
    """`rookery` in a folder with a persona in the settings, one in a file, and a file that cannot be."""
    made = Command(tmp_path)
    made.settings(f'[redis]\nurl = "{redis_url}"\n{TWO}')
    at = tmp_path / "data" / "personalities"
    at.mkdir(parents=True)
    (at / "luna.toml").write_text('model = "demo"\n[[triggers]]\nkind = "keyword"\nvalue = "moon"\n')
    (at / "bad.toml").write_text("weight = -1\n")
    return made


def test_the_list_says_who_there_is_where_and_what_is_wrong(command, flock) -> None:
    flock.store.run(roster.spoke("luna", flock.submit(persona="luna")))
    ended = command.invoke("persona", "list")
    rows = [line.split() for line in ended.out.splitlines()]
    assert rows[0] == ["persona", "model", "state", "answers", "the", "last", "in"]
    assert rows[1] == ["Ada", "[bold]", "demo", "ready", "rookery.toml"]
    assert rows[2][:4] == ["luna", "demo", "ready", "1"]
    assert rows[2][-1] == "luna.toml"
    assert "bad.toml: weight = -1: wanted 0 or more" in ended.out


def test_the_list_for_programs_is_json(command, flock) -> None:
    flock.store.run(roster.disable("luna", "she sleeps", "ben"))
    told = json.loads(command.invoke("persona", "list", "--json").out)
    ada, luna = told["personas"]
    assert (ada["name"], ada["away"], ada["answers"]) == ("Ada [bold]", "", 0)
    assert (luna["away"], luna["disabled_by"]) == ("she sleeps", "ben")
    assert luna["file"].endswith("personalities/luna.toml")
    assert len(told["troubles"]) == 1


def test_one_is_shown_with_what_is_her_own_and_her_prompt(command, flock) -> None:
    shown = command.invoke("persona", "show", "Ada [bold]").out
    assert ["per_hour", "9"] in [line.split() for line in shown.splitlines()]
    assert "Be brief.\nBe kind." in shown
    assert "temperature" not in shown
    assert "keyword moon" in command.invoke("persona", "show", "luna").out
    told = json.loads(command.invoke("persona", "show", "luna", "--json").out)
    assert told["settings"]["triggers"] == [{"kind": "keyword", "value": "moon", "chance": 1.0}]


def test_a_persona_is_disabled_seen_so_in_the_status_and_enabled(command, flock) -> None:
    assert command.invoke("persona", "disable", "luna", "she sleeps").out == "luna takes no more messages\n"
    assert "the reason is new" in command.invoke("persona", "disable", "luna", "she dreams").out
    assert "luna takes no messages: she dreams (the command, " in command.invoke("status").out
    assert json.loads(command.invoke("status", "--json").out)["personas"]["luna"]["why"] == "she dreams"
    assert command.invoke("persona", "enable", "luna").out == "luna takes messages again\n"
    assert command.invoke("persona", "enable", "luna").out == "luna was not disabled\n"
    assert "luna" not in command.invoke("status").out


def test_one_that_is_in_no_file_any_more_can_still_be_enabled(command, flock) -> None:
    flock.store.run(roster.disable("gone", "long ago", "ben"))
    assert command.invoke("persona", "enable", "gone").out == "gone takes messages again\n"
    with pytest.raises(UnknownPersona):
        command.invoke("persona", "enable", "gone")


def test_enabling_one_that_its_file_switches_off_says_so(command, tmp_path) -> None:
    (tmp_path / "data" / "personalities" / "luna.toml").write_text('model = "demo"\nenabled = false\n')
    assert command.invoke("persona", "enable", "luna").out == f"luna was not disabled, but {roster.BY_FILE}\n"


@pytest.mark.parametrize("verb", [("show", "lnua"), ("disable", "lnua", "why"), ("enable", "lnua")])
def test_a_name_that_nobody_has_is_told_with_the_one_that_was_meant(command, verb) -> None:
    with pytest.raises(UnknownPersona) as caught:
        command.invoke("persona", *verb)
    assert caught.value.next_step == "did you mean 'luna'?"
