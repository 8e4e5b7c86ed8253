from __future__ import annotations

import asyncio
import time
import traceback

import aiohttp
import pytest

from bots.discord.failures import translated
from bots.discord.platform import INTERACTION, WEBHOOK
from bots.platform import WHISPER, Button, Face, Outgoing, Place, Proof
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable
from tests.bots.conftest import eventually

STOP = (Button("stop", "job1", "Stop"),)
ADA = Face("Ada", "https://example.org/ada.png")


def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def general(emulator) -> Place:
    return Place(emulator.general)


def test_each_way_to_post_has_its_proof(bot) -> None:
    ways = {"": Proof.NONCE, WEBHOOK: Proof.PLACEHOLDER, INTERACTION: Proof.ORIGINAL, WHISPER: Proof.ORIGINAL}
    assert {via: bot.platform.proof(Place("1", via=via)) for via in ways} == ways


def test_the_same_chunk_is_posted_once(bot, people, general) -> None:
    assert bot.post(general, "hello", nonce="ONE") == bot.post(general, "hello", nonce="ONE")
    assert bot.post(general, "hello", nonce="TWO")
    assert len(people.posted()) == 2


def test_nobody_is_ever_called_by_posts_or_edits(bot, people, emulator, general, ada) -> None:
    text = f"@everyone <@{ada}> <@&{emulator.roles[1]}>"
    asked = people.say(person=ada, channel=emulator.general, text="hi")
    below = Place(emulator.general, asked)
    message = bot.post(below, text)
    bot.call(bot.platform.edit(below, message, Outgoing(text + "!", "N")))
    by_webhook = Place(emulator.general, via=WEBHOOK)
    spoken = bot.post(by_webhook, text, face=ADA)
    bot.call(bot.platform.edit(by_webhook, spoken, Outgoing(text + "!", "N", face=ADA)))
    entries = [entry for entry in people.ledger() if "pinged" in entry]
    assert [entry["kind"] for entry in entries] == ["post", "edit", "webhook", "edit"]
    for entry in entries:
        assert entry["pinged"] == {"users": [], "roles": [], "everyone": False, "said": True}


def test_an_edit_puts_other_words_in_the_place(bot, people, emulator, general) -> None:
    message = bot.post(general, "…", buttons=STOP)
    bot.call(bot.platform.edit(general, message, Outgoing("all of it", "N")))
    there = people.messages(channel=emulator.general)[-1]
    assert (there["id"], there["content"], there["components"]) == (message, "all of it", [])


def test_a_file_goes_along(bot, people, general) -> None:
    bot.post(general, "Here it is.", file=("answer.md", b"# much"))
    assert people.posted()[0]["files"] == ["answer.md"]


def test_a_reply_to_what_was_deleted_is_posted_all_the_same(bot, people, emulator, ada) -> None:
    asked = people.say(person=ada, channel=emulator.general, text="never mind")
    people.delete(message=asked)
    bot.post(Place(emulator.general, asked), "too late")
    assert [(one["content"], one["reference"]) for one in people.posted()] == [("too late", "")]


def test_a_bad_gateway_is_passed_with_the_same_nonce(bot, people, general) -> None:
    people.quirks(faults=[{"path": "/messages$", "method": "POST", "after": True}])
    bot.post(general, "hello", nonce="ONE")
    assert [one["nonce"] for one in people.posted()] == ["ONE"]
    assert [entry["kind"] for entry in people.ledger()] == ["post", "fault", "repeated"]


def test_a_rate_limit_of_discord_is_waited_for(bot, people, general) -> None:
    people.quirks(faults=[{"path": "/messages$", "method": "POST", "status": 429, "retry_after": 0.05}])
    bot.post(general, "hello")
    assert len(people.posted()) == 1


def test_a_rate_limit_of_what_stands_before_discord_is_told(bot, people, general) -> None:
    people.quirks(faults=[{"path": "/messages$", "method": "POST", "status": 429, "retry_after": 7, "via": False}])
    with pytest.raises(PlatformBusy) as told:
        bot.post(general, "hello")
    assert told.value.retry_after_s == 7
    assert people.posted() == []


def test_a_longer_limit_than_one_waits_for_is_told(bot, people, general) -> None:
    people.quirks(faults=[{"path": "/messages$", "method": "POST", "status": 429, "retry_after": 120}])
    with pytest.raises(PlatformBusy) as told:
        bot.post(general, "hello")
    assert told.value.retry_after_s == 120


@pytest.mark.parametrize("quirk", ["hidden", "silent"])
def test_where_it_may_not_post_discord_never_will_take_it(bot, people, emulator, general, quirk) -> None:
    people.quirks(**{quirk: [emulator.general]})
    with pytest.raises(PlatformRefused) as told:
        bot.post(general, "hello")
    assert told.value.next_step


def test_a_message_that_is_gone_cannot_be_edited(bot, people, general) -> None:
    message = bot.post(general, "hello")
    people.delete(message=message)
    with pytest.raises(PlatformRefused):
        bot.call(bot.platform.edit(general, message, Outgoing("x", "N")))


def test_what_is_too_long_is_refused_and_not_tried_for_ever(bot, general) -> None:
    with pytest.raises(PlatformRefused, match="50035"):
        bot.post(general, "x" * 2001)


def test_before_it_has_logged_in_discord_is_not_there(settings_of) -> None:
    import asyncio

    from bots.discord.adapter import DiscordBot

    adapter = DiscordBot(settings_of())
    with pytest.raises(PlatformUnavailable):
        asyncio.run(adapter.platform.post(Place("1"), Outgoing("hello", "N")))


def test_what_was_posted_is_found_by_what_it_answers_and_says(bot, people, emulator, ada) -> None:
    first = people.say(person=ada, channel=emulator.general, text="one")
    second = people.say(person=ada, channel=emulator.general, text="two")
    ids = [bot.post(Place(emulator.general, asked), "Busy.", nonce=asked) for asked in (first, second)]
    for asked, message in zip((first, second), ids, strict=True):
        found = bot.platform.find(Place(emulator.general, asked), Outgoing("Busy.", "gone"), now_ms())
        assert bot.call(found) == message
    other = bot.platform.find(Place(emulator.general, first), Outgoing("Never said.", "gone"), now_ms())
    assert bot.call(other) == ""


def test_what_was_posted_is_found_by_its_buttons_among_many(bot, people, emulator, general, ada) -> None:
    message = bot.post(general, "…", buttons=STOP)
    bot.post(general, "…", nonce="OTHER", buttons=(Button("stop", "job2", "Stop"),))
    for number in range(120):
        people.say(person=ada, channel=emulator.general, text=str(number))
    assert bot.call(bot.platform.find(general, Outgoing("…", "gone", buttons=STOP), now_ms())) == message


def test_typing_is_shown(bot, people, emulator, general) -> None:
    bot.call(bot.platform.typing(general))
    assert [entry["channel"] for entry in people.ledger() if entry["kind"] == "typing"] == [emulator.general]


def test_personas_speak_under_their_own_names_by_one_webhook(bot, people, emulator) -> None:
    place = Place(emulator.general, via=WEBHOOK)
    message = bot.post(place, "…", face=ADA)
    bot.post(place, "…", nonce="B", face=Face("Bob"))
    bot.call(bot.platform.edit(place, message, Outgoing("I am Ada.", "N", face=ADA)))
    spoken = people.posted(kinds=("webhook",))
    assert [(one["name"], one["avatar"]) for one in spoken] == [("Ada", ADA.avatar), ("Bob", None)]
    assert len([entry for entry in people.ledger() if entry["kind"] == "hook"]) == 1
    assert people.messages(channel=emulator.general)[0]["content"] == "I am Ada."


def test_in_a_thread_the_webhook_of_its_channel_speaks(bot, people, emulator) -> None:
    thread = people.channel(name="aside", parent=emulator.general)
    place = Place(thread, via=WEBHOOK)
    message = bot.post(place, "…", face=ADA)
    bot.call(bot.platform.edit(place, message, Outgoing("here", "N", face=ADA)))
    assert [one["content"] for one in people.messages(channel=thread)] == ["here"]


def test_after_a_restart_the_webhook_is_found_again(start, people, emulator) -> None:
    place = Place(emulator.general, via=WEBHOOK)
    first = start()
    message = first.post(place, "…", face=ADA)
    first.stop()
    second = start()
    second.call(second.platform.edit(place, message, Outgoing("still me", "N", face=ADA)))
    assert len([entry for entry in people.ledger() if entry["kind"] == "hook"]) == 1


def test_what_a_webhook_says_is_not_heard(bot, desk, people, emulator, ada) -> None:
    bot.post(Place(emulator.general, via=WEBHOOK), "I am Ada.", face=ADA)
    people.say(person=ada, channel=emulator.general, text="who?")
    eventually(lambda: desk.heard, "the question")
    assert desk.texts() == ["who?"]


def test_a_lost_answer_of_a_webhook_is_not_posted_again_unasked(bot, people, emulator) -> None:
    place, what = Place(emulator.general, via=WEBHOOK), Outgoing("…", "N", face=ADA, buttons=STOP)
    people.quirks(faults=[{"path": "^/webhooks/", "method": "POST", "after": True}])
    with pytest.raises(PlatformUnavailable):
        bot.call(bot.platform.post(place, what))
    spoken = people.posted(kinds=("webhook",))
    assert bot.call(bot.platform.find(place, what, now_ms())) == spoken[0]["message"]
    assert len(spoken) == 1


def test_a_webhook_that_was_deleted_is_made_anew(bot, people, emulator) -> None:
    place = Place(emulator.general, via=WEBHOOK)
    bot.post(place, "…", face=ADA)
    people.quirks(faults=[{"path": "^/webhooks/", "method": "POST", "status": 404, "code": 10015}])
    with pytest.raises(PlatformRefused):
        bot.post(place, "…", face=ADA)
    assert bot.post(place, "…", face=ADA)


def test_where_no_webhook_may_be_made_that_way_is_refused(bot, people, emulator, ada) -> None:
    for chat in (emulator.general, people.direct(person=ada)):
        people.quirks(silent=[emulator.general])
        with pytest.raises(PlatformRefused):
            bot.post(Place(chat, via=WEBHOOK), "…", face=ADA)


def test_no_error_shows_an_address_also_not_by_what_it_came_of() -> None:
    async def scene() -> str:
        try:
            async with translated():
                raise aiohttp.ConnectionTimeoutError("Connection timeout to host https://discord.com/webhooks/1/SECRET")
        except PlatformUnavailable as exc:
            return "".join(traceback.format_exception(exc))
        raise AssertionError

    assert "SECRET" not in asyncio.run(scene())
