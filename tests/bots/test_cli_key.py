"""`rookery key`: made once, listed without itself, revoked."""

from __future__ import annotations

import json

import pytest

from bots import keys_view
from tasks.contracts.errors import BadInput, UnknownThing
from tasks.jobs import keys
from tasks.jobs.keys import Limits, Scope
from tasks.jobs.store import Store
from tests.command import Command


@pytest.fixture
def command(tmp_path, redis_url) -> Command:
    made = Command(tmp_path)
    made.settings(f'[redis]\nurl = "{redis_url}"\n')
    return made


@pytest.fixture
def store(redis_url: str) -> Store:
    return Store.open(redis_url)


def test_a_key_is_printed_this_once_and_nothing_else_goes_to_standard_output(command, store) -> None:
    made = command.invoke("key", "new", "ada", "--scope", "chat,embed", "--per-minute", "60", "--at-once", "4")
    secret = made.out.strip()
    assert secret.startswith(keys.PREFIX)
    assert "chat, embed, 60 a minute, 4 at once" in made.errors
    known = store.run(keys.find(keys.digest(secret)))
    assert known is not None
    assert (known.name, known.scopes) == ("ada", {Scope.CHAT, Scope.EMBED})
    assert known.limits == Limits(minute=60, at_once=4)
    listed = command.invoke("key", "list").out
    assert "ada" in listed
    assert secret not in listed


def test_without_a_scope_a_key_is_for_asking(command, store) -> None:
    secret = json.loads(command.invoke("key", "new", "ada", "--json").out)["key"]
    assert store.run(keys.find(keys.digest(secret))).scopes == {Scope.CHAT}


def test_the_list_for_programs_holds_no_key(command) -> None:
    secret = command.invoke("key", "new", "ada", "--days", "30").out.strip()
    (told,) = json.loads(command.invoke("key", "list", "--json").out)
    assert told["name"] == "ada"
    assert told["expires_ms"] - told["created_ms"] == 30 * keys_view.DAY_MS
    assert secret not in str(told)


def test_without_keys_the_list_says_what_that_means(command) -> None:
    assert "serve this machine alone" in " ".join(command.invoke("key", "list").out.split())


def test_a_key_is_revoked_by_its_name_or_its_id(command, store) -> None:
    for which in ("name", "id"):
        told = json.loads(command.invoke("key", "new", "ada", "--json").out)
        assert command.invoke("key", "revoke", told[which]).out == f"{told[which]} opens nothing any more\n"
        assert store.run(keys.find(keys.digest(told["key"]))) is None


def test_a_stranger_a_name_twice_and_a_scope_that_is_none_are_told(command) -> None:
    with pytest.raises(UnknownThing, match="no key 'ada'"):
        command.invoke("key", "revoke", "ada")
    command.invoke("key", "new", "ada")
    with pytest.raises(BadInput, match="there is a key 'ada' already"):
        command.invoke("key", "new", "ada")
    with pytest.raises(BadInput, match="no scope 'root'") as refused:
        command.invoke("key", "new", "bob", "--scope", "root")
    assert "ingest" in refused.value.next_step
