from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bots.discord.adapter import create
from tasks.contracts.errors import ConfigurationError, PlatformUnavailable, ProcessFailed
from tasks.jobs import pockets
from tasks.jobs.store import Store
from tests.bots.conftest import eventually
from tests.bots.discord.conftest import FakeDesk, Running


def test_without_a_token_it_says_where_one_comes_from(settings_of) -> None:
    settings = replace(settings_of(), discord_token="")
    with pytest.raises(ConfigurationError) as told:
        create(settings, {})
    assert "DISCORD_TOKEN" in str(told.value)
    assert "discord.com/developers" in str(told.value)


def test_a_token_that_discord_does_not_know_is_told(start) -> None:
    failure = start(wait=False, token="another.token.altogether").failure()
    assert isinstance(failure, ConfigurationError)
    assert "Reset Token" in failure.next_step


def test_a_bot_that_may_not_read_is_told_how_to_let_it(start, people) -> None:
    people.quirks(content_allowed=False)
    failure = start(wait=False).failure()
    assert isinstance(failure, ConfigurationError)
    assert "Message Content Intent" in failure.next_step


def test_the_same_is_told_where_the_intent_is_switched_off_while_it_runs(bot, people) -> None:
    people.quirks(content_allowed=False)
    people.provoke(what="invalid")
    failure = bot.failure()
    assert isinstance(failure, ConfigurationError)
    assert "Message Content Intent" in failure.next_step


@pytest.mark.parametrize(("code", "kind"), [(4004, ConfigurationError), (4013, ProcessFailed)])
def test_a_connection_that_is_closed_for_good_ends_the_process(bot, people, code, kind) -> None:
    people.provoke(what="close", code=code)
    assert isinstance(bot.failure(), kind)


def test_an_event_that_cannot_be_read_ends_the_process_with_a_reason(bot, people) -> None:
    people.provoke(what="malformed")
    failure = bot.failure()
    assert isinstance(failure, ProcessFailed)
    assert "could not be read" in failure.message


def test_a_first_handshake_that_fails_ends_the_process_with_a_reason(start, people) -> None:
    people.quirks(refuse_handshakes=1)
    assert isinstance(start(wait=False).failure(), ProcessFailed | PlatformUnavailable)


def test_where_nobody_listens_discord_could_not_be_reached(start, settings_of, free_port) -> None:
    settings = settings_of()
    table = settings.fleet.discord.model_copy(update={"api": f"http://127.0.0.1:{free_port()}"})
    gone = replace(settings, fleet=settings.fleet.model_copy(update={"discord": table}))
    failure = Running(gone, FakeDesk()).failure()
    assert isinstance(failure, PlatformUnavailable)
    assert "[discord]" in failure.next_step


@pytest.mark.parametrize("what", ["reconnect", "resumable", "close"])
def test_a_connection_that_is_cut_goes_on_where_it_was(bot, desk, people, emulator, ada, what) -> None:
    people.say(person=ada, channel=emulator.general, text="before")
    eventually(lambda: len(desk.heard) == 1, "it")
    people.provoke(what=what)
    people.say(person=ada, channel=emulator.general, text="meanwhile")
    eventually(lambda: len(desk.heard) == 2, "what was said meanwhile")
    assert desk.texts() == ["before", "meanwhile"]
    state = people.state()
    assert (state["identified"], state["resumed"]) == (1, 1)


def test_a_session_that_is_no_more_is_begun_anew_and_misses_nothing(bot, desk, people, emulator, ada) -> None:
    people.say(person=ada, channel=emulator.general, text="before")
    eventually(lambda: len(desk.heard) == 1, "it")
    people.provoke(what="invalid")
    people.say(person=ada, channel=emulator.general, text="meanwhile")
    eventually(lambda: len(desk.heard) == 2, "what was said meanwhile")
    assert desk.texts() == ["before", "meanwhile"]
    assert people.state()["identified"] == 2


def test_it_tells_that_it_is_alive_and_how_far_discord_is(bot, redis_url) -> None:
    store = Store.open(redis_url)
    told = eventually(lambda: store.run(pockets.get("alive:discord")), "the heartbeat")
    assert json.loads(told)["at_ms"] > 0
    store.close()


def test_the_token_is_in_no_log_and_no_repr(start, people, emulator, caplog) -> None:
    caplog.set_level("DEBUG")
    bot = start()
    people.provoke(what="malformed")
    bot.failure()
    assert emulator.token not in caplog.text
    assert emulator.token not in repr(bot.adapter)
    assert emulator.token not in bot.adapter.office
