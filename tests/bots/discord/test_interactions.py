from __future__ import annotations

import asyncio
import json
import time
from functools import partial

import pytest

from bots import commands
from bots.discord import interactions, slash
from bots.discord.interactions import STRANGER
from bots.discord.platform import INTERACTION, WEBHOOK
from bots.platform import WHISPER, Button, Face, Outgoing, Place
from bots.reception.values import AWAY, Accepted, Ignored, Told
from tasks.contracts.errors import PlatformRefused
from tasks.jobs import bookmarks, pockets
from tasks.jobs.store import Store
from tests.bots.conftest import eventually

EPHEMERAL = 1 << 6


def answers(people, channel: str):
    """Return the answers to interactions that are no longer "thinking"."""
    return [one for one in people.messages(channel=channel) if one.get("interaction_metadata") and one["content"]]


def test_every_command_is_uploaded_with_where_it_may_be_used(bot, people) -> None:
    uploaded = {one["name"]: one for one in people.commands()}
    assert set(uploaded) == set(commands.NAMES)
    for one in uploaded.values():
        assert (one["integration_types"], one["contexts"]) == ([0], [0, 1])
        assert 1 <= len(one["description"]) <= 100
    assert [option["name"] for option in uploaded["ask"]["options"]] == ["question", "persona"]
    assert uploaded["ask"]["options"][0]["required"]


def test_each_command_is_deferred_at_once_and_then_answered(bot, desk, people, emulator, ada) -> None:
    desk.says = lambda command: Told(f"{command.name}: done, @everyone")
    for name in (*commands.NAMES, "nothing-of-ours"):
        since = len(people.ledger())
        people.slash(person=ada, channel=emulator.general, name=name)
        eventually(lambda since=since: len(people.ledger(since=since)) == 3, "the answer")
        acknowledged, deferred, answer = people.ledger(since=since)
        assert [acknowledged["kind"], deferred["kind"], answer["kind"]] == ["acknowledged", "response", "edit"]
        assert deferred["loading"]
        assert deferred["ephemeral"] is (name not in slash.ANSWERED_AS_JOBS)
        assert answer["content"] == f"{name}: done, @everyone"
        assert not answer["pinged"]["everyone"]


def test_a_command_says_who_asks_what_of_whom_and_where(bot, desk, people, emulator, ada) -> None:
    given = {"question": "why?", "persona": "Ada"}
    asked = people.slash(person=ada, channel=emulator.general, name="ask", options=given)
    command = eventually(lambda: desk.commands, "the command")[0]
    assert (command.name, command.said.text, command.said.persona) == ("ask", "why?", "Ada")
    assert (command.said.user, command.said.message, command.said.guild) == (ada, asked, emulator.guild)
    assert command.said.place == Place(emulator.general, asked, via=INTERACTION)


def test_a_command_in_a_direct_message_or_a_thread(bot, desk, people, emulator, ada) -> None:
    people.slash(person=ada, channel=people.direct(person=ada), name="status")
    people.slash(person=ada, channel=people.channel(name="aside", parent=emulator.general), name="status")
    eventually(lambda: bot.ended or len(desk.commands) == 2, "both")
    assert bot.ended is None, repr(bot.ended)
    found = {(command.said.direct, command.said.parent) for command in desk.commands}
    assert found == {(True, ""), (False, emulator.general)}


def test_the_answer_to_a_question_is_put_where_it_was_deferred(bot, desk, people, emulator, ada) -> None:
    desk.says = lambda command: Accepted("job1", "Ada", command.said.place)
    people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "why?"})
    place = eventually(lambda: desk.commands, "the command")[0].said.place
    eventually(lambda: people.messages(channel=emulator.general), "the sign that it thinks")
    first = bot.post(place, "Because.")
    assert bot.post(place, "Because.") == first, "there is only one, however often it is put there"
    bot.post(place, "And more.", reply=False)
    bot.call(bot.platform.edit(place, first, Outgoing("Because!", "N")))
    assert [one["content"] for one in answers(people, emulator.general)] == ["Because!", "And more."]


def test_what_was_answered_is_found_and_what_still_thinks_is_not(bot, desk, people, emulator, ada) -> None:
    desk.says = lambda command: Accepted("job1", "Ada", command.said.place)
    people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "why?"})
    place = eventually(lambda: desk.commands, "the command")[0].said.place
    eventually(lambda: people.messages(channel=emulator.general), "the sign that it thinks")
    what, now = Outgoing("Because.", "N"), int(time.time() * 1000)
    assert bot.call(bot.platform.find(place, what, now)) == ""
    first = bot.post(place, "Because.")
    assert bot.call(bot.platform.find(place, what, now)) == first


def test_after_fifteen_minutes_only_what_stands_there_can_be_changed(
    bot, desk, people, emulator, ada, redis_url
) -> None:
    desk.says = lambda command: Accepted("job1", "Ada", command.said.place)
    for _number in range(2):
        people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "why?"})
    places = [command.said.place for command in eventually(lambda: len(desk.commands) == 2 and desk.commands, "both")]
    first = bot.post(places[0], "Because.")
    store = Store.open(redis_url)
    for place in places:
        store.run(pockets.drop(f"interaction:discord:{place.message}"))
    store.close()
    assert bot.post(places[0], "Because!") == first
    bot.call(bot.platform.edit(places[0], first, Outgoing("Because?", "N")))
    assert answers(people, emulator.general)[0]["content"] == "Because?"
    with pytest.raises(PlatformRefused):
        bot.post(places[1], "Because.")


def test_an_answer_for_one_alone_is_hidden_to_its_last_part_and_over_with_its_time(
    bot, desk, people, emulator, ada, redis_url
) -> None:
    desk.says = lambda command: Accepted("job1", "Ada", command.said.alone or command.said.place)
    asked = people.slash(person=ada, channel=emulator.general, name="memory", options={"about": "tea"})
    alone = eventually(lambda: desk.commands, "the command")[0].said.alone
    assert alone == Place(emulator.general, asked, via=WHISPER)
    eventually(lambda: people.messages(channel=emulator.general), "the sign that it thinks")
    first = bot.post(alone, "You like tea.")
    bot.post(alone, "And cake.", reply=False)
    bot.call(bot.platform.edit(alone, first, Outgoing("You love tea.", "N")))
    said = answers(people, emulator.general)
    assert [one["content"] for one in said] == ["You love tea.", "And cake."]
    assert all(one["flags"] & EPHEMERAL for one in said)
    assert bot.call(bot.platform.find(alone, Outgoing("You love tea.", "N"), 0)) == ""
    store = Store.open(redis_url)
    store.run(pockets.drop(f"interaction:discord:{asked}"))
    store.close()
    with pytest.raises(PlatformRefused):
        bot.post(alone, "You like tea.")
    with pytest.raises(PlatformRefused):
        bot.call(bot.platform.edit(alone, first, Outgoing("You like tea.", "N")))
    assert len(answers(people, emulator.general)) == 2


def test_a_stranger_is_told_so_alone_and_nothing_is_carried_out(bot, desk, people, emulator, ada) -> None:
    desk.strangers = {ada}
    people.slash(person=ada, channel=emulator.general, name="status")
    answer = eventually(lambda: answers(people, emulator.general), "the word")[0]
    assert (answer["content"], answer["flags"]) == (STRANGER, EPHEMERAL)
    assert desk.commands == []


@pytest.mark.parametrize(("action", "name"), [("stop", "stop"), ("regenerate", "retry")])
def test_a_button_is_the_command_of_who_pressed_it(bot, desk, people, emulator, ada, action, name) -> None:
    asked = people.say(person=ada, channel=emulator.general, text="why?")
    message = bot.post(Place(emulator.general, asked), "…", buttons=(Button(action, "job1", "Press"),))
    bob = people.person(name="Bob")["id"]
    desk.says = lambda _command: Told("Only who asked can do that.")
    people.press(person=bob, message=message, custom_id=f"rookery:{action}:job1")
    command = eventually(lambda: desk.commands, "the press")[0]
    assert (command.name, command.job, command.said.user) == (name, "job1", bob)
    assert command.said.place == Place(emulator.general, asked)
    word = eventually(lambda: answers(people, emulator.general), "the word")[0]
    assert (word["content"], word["flags"] & EPHEMERAL) == ("Only who asked can do that.", EPHEMERAL)


def test_a_button_below_a_persona_is_answered_as_the_persona_spoke(bot, desk, people, emulator, ada) -> None:
    by_webhook = Place(emulator.general, via=WEBHOOK)
    message = bot.post(by_webhook, "…", face=Face("Ada"), buttons=(Button("regenerate", "job1", "Again"),))
    people.press(person=ada, message=message, custom_id="rookery:regenerate:job1")
    assert eventually(lambda: desk.commands, "the press")[0].said.place == by_webhook


def test_a_button_of_somebody_else_is_left_alone(bot, desk, people, emulator, ada) -> None:
    message = bot.post(Place(emulator.general), "hello")
    people.press(person=ada, message=message, custom_id="other:stop:1")
    people.slash(person=ada, channel=emulator.general, name="help")
    eventually(lambda: desk.commands, "the command")
    assert [command.name for command in desk.commands] == ["help"]


def test_what_has_no_answer_is_not_left_thinking(bot, desk, people, emulator, ada) -> None:
    desk.says = lambda _command: Ignored("nobody is meant")
    people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "x"})
    assert eventually(lambda: answers(people, emulator.general), "a word")[0]["content"]


def test_a_lost_acknowledgement_loses_no_question(bot, desk, people, emulator, ada) -> None:
    people.quirks(faults=[{"path": "/callback$", "after": True}])
    desk.says = lambda _command: Told("done")
    people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "x"})
    assert eventually(lambda: answers(people, emulator.general), "the answer")[0]["content"] == "done"


@pytest.mark.parametrize("how", [{"status": 502}, {"status": 429, "retry_after": 0.01}, {"drop": True, "after": True}])
def test_an_answer_that_discord_did_not_take_at_first_is_put_there_a_little_later(
    bot, desk, people, emulator, ada, redis_url, monkeypatch, how
) -> None:
    monkeypatch.setattr(interactions, "AGAIN_S", 0.01)
    people.quirks(faults=[{"path": "@original$", **how}])
    desk.says = lambda _command: Told("done")
    people.slash(person=ada, channel=emulator.general, name="help")
    assert eventually(lambda: answers(people, emulator.general), "the answer")[0]["content"] == "done"
    assert len(desk.commands) == 1, "it is carried out once"
    store = Store.open(redis_url)
    eventually(lambda: not [name for name in store.run(bookmarks.get_many("discord")) if "asked" in name], "its end")
    store.close()


def test_while_redis_hangs_who_asks_is_told_in_time(bot, desk, people, emulator, ada, redis_url, monkeypatch) -> None:
    monkeypatch.setattr(interactions, "KEEP_S", 0.05)
    store = Store.open(redis_url)
    store.client.execute_command("CLIENT", "PAUSE", "700", "ALL")
    people.slash(person=ada, channel=emulator.general, name="help")
    answer = eventually(lambda: answers(people, emulator.general), "the word")[0]
    assert (answer["content"], answer["flags"]) == (AWAY, EPHEMERAL)
    assert desk.commands == []
    store.close()


def test_what_a_dead_bot_had_taken_up_is_carried_out_by_the_next(start, desk, people, emulator, ada, redis_url) -> None:
    first = start()
    desk.says = lambda _command: (_ for _ in ()).throw(SystemError("the process dies here"))
    people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "why?"})
    eventually(lambda: desk.commands, "the command")
    first.stop()
    desk.says = lambda _command: Told("Because.")
    start()
    assert eventually(lambda: answers(people, emulator.general), "the answer")[0]["content"] == "Because."
    assert desk.commands[0] == desk.commands[1]
    store = Store.open(redis_url)
    eventually(lambda: not [name for name in store.run(bookmarks.get_many("discord")) if "asked" in name], "its end")
    store.close()


def test_what_is_asked_while_a_dead_bots_commands_are_carried_out_comes_after_them(
    start, desk, people, emulator, ada, monkeypatch
) -> None:
    first = start()
    desk.says = lambda _command: (_ for _ in ()).throw(SystemError("the process dies here"))
    people.slash(person=ada, channel=emulator.general, name="ask", options={"question": "first"})
    eventually(lambda: desk.commands, "the command")
    first.stop()
    desk.commands.clear()
    desk.says = lambda command: Told(command.said.text)
    go_on = interactions.Interactions.go_on

    async def late(self) -> None:
        people_say = partial(people.slash, person=ada, channel=emulator.general, name="ask")
        await asyncio.to_thread(people_say, options={"question": "second"})
        await asyncio.to_thread(
            eventually, lambda: sum(one["kind"] == "acknowledged" for one in people.ledger()) == 2, "the second"
        )
        await go_on(self)

    monkeypatch.setattr(interactions.Interactions, "go_on", late)
    start()
    eventually(lambda: len(desk.commands) == 2, "both")
    assert [command.said.text for command in desk.commands] == ["first", "second"]


def test_tokens_of_interactions_are_in_no_log_and_in_no_command(bot, desk, people, emulator, ada, caplog) -> None:
    caplog.set_level("DEBUG")
    people.quirks(faults=[{"path": "/callback$", "status": 502}, {"path": "^/webhooks/", "status": 404, "times": 9}])
    desk.says = lambda _command: Told("done")
    people.slash(person=ada, channel=emulator.general, name="help")
    eventually(lambda: "answer not taken" in caplog.text, "the refusal")
    assert "interaction-" not in caplog.text
    assert "interaction-" not in json.dumps([str(command) for command in desk.commands])
