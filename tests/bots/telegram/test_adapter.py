"""The bot with a desk that the test plays: what it passes on, what it says at once, how it begins and ends."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from bots.delivery.manners import Manners
from bots.platform import Heard, Place
from bots.reception.values import Accepted, Command, Ignored, Told, Verdict
from bots.runner import Adapter, Fetches
from bots.telegram import polling
from bots.telegram.adapter import TelegramBot, make
from bots.telegram.reading import WANTED
from tasks.contracts.errors import BadInput, ConfigurationError
from tasks.contracts.settings import Settings
from tasks.jobs.store import AsyncStore
from tests.bots.telegram.playing import PlayedDesk, accepted, bot_of, house_of, run, until
from tests.emulators.telegram.emulator import TOKEN, Emulator
from tests.emulators.telegram.people import texts

SettingsOf = Callable[..., Settings]


def test_it_introduces_itself_and_offers_its_commands(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: telegram.people.do("commands"))
            await until(lambda: "privacy mode is on" in caplog.text)

    run(scene())
    offered = {each["command"] for each in telegram.people.do("commands")}
    assert {"ask", "persona", "model", "reset", "status", "help", "stop", "retry"} <= offered
    assert TOKEN.partition(":")[2] not in caplog.text


def test_what_is_said_reaches_the_desk_and_what_it_tells_is_a_reply(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf
) -> None:
    desk.verdict = lambda said: Told("One *moment*, <please>.") if isinstance(said, Heard) else Told("help")
    asked = telegram.people.say("ann", "hello")
    command = telegram.people.say("ann", "/help")
    chat = telegram.people.chat_of("ann")

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: len(telegram.people.ours(chat)) == 2)

    run(scene())
    assert [heard.text for heard in desk.heard] == ["hello"]
    assert [command.name for command in desk.commands] == ["help"]
    told = {said["reply_to_message"]["message_id"]: said["text"] for said in telegram.people.ours(chat)}
    assert told == {asked: "One *moment*, <please>.", command: "help"}


def test_where_the_answer_goes_elsewhere_the_group_is_told_so(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf
) -> None:
    desk.verdict = lambda _said: Accepted("job", "", Place("7"), aside="I answer you in our own chat.")
    telegram.people.say("ann", "/memory")
    chat = telegram.people.chat_of("ann")

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: telegram.people.ours(chat))

    run(scene())
    assert texts(telegram.people.ours(chat)) == ["I answer you in our own chat."]


def test_an_update_that_comes_twice_is_told_of_once(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf
) -> None:
    desk.verdict = lambda _said: Told("no")
    telegram.people.quirk(duplicates=True)
    telegram.people.say("ann", "hello")
    telegram.people.say("ann", "bye")

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: len(telegram.people.do("polls")) >= 3 and not telegram.people.do("pending"))
            await until(lambda: len(telegram.people.ours(telegram.people.chat_of("ann"))) == 2)

    run(scene())
    assert [heard.text for heard in desk.heard] == ["hello", "bye"]


def test_who_waits_behind_what_the_ledger_did_not_take_is_told_so(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "SLOW_S", 0.02)
    away = True
    desk.verdict = lambda _said: Ignored("told before", again=away)
    chat = telegram.people.group("flock", admin=True)
    for who, text in (("ann", "/ask hello"), ("ben", "/ask how are you?"), ("eve", "/status")):
        telegram.people.say(who, text, chat=chat)

    async def scene() -> None:
        nonlocal away
        async with bot_of(settings_of(), desk):
            await until(lambda: len(telegram.people.ours(chat)) == 2)
            away = False
            await until(lambda: not telegram.people.do("pending"))

    run(scene())
    assert [heard.author for heard in desk.excused] == ["Ben", "Eve"]
    assert {said["text"] for said in telegram.people.ours(chat)} == {"It waits."}
    assert [command.said.author for command in desk.commands][-2:] == ["Ben", "Eve"]


def test_what_the_ledger_did_not_take_is_passed_on_again_and_not_confirmed(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf
) -> None:
    kept: list[int] = []

    def verdict(said: Heard | Command) -> Verdict:
        kept.append(len(telegram.people.do("pending")))
        if len(kept) == 1:
            return Told("not now", again=True)
        return Ignored("told before", again=True) if len(kept) == 2 else accepted(said)

    desk.verdict = verdict
    telegram.people.say("ann", "hello")
    chat = telegram.people.chat_of("ann")

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: not telegram.people.do("pending"))
            await until(lambda: telegram.people.ours(chat))

    run(scene())
    assert kept == [1, 1, 1]
    assert texts(telegram.people.ours(chat)) == ["not now"]


def test_a_flood_wait_keeps_nobody_from_being_heard(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf
) -> None:
    desk.verdict = lambda _said: Told("no")
    telegram.people.say("ann", "hello")
    chat = telegram.people.chat_of("ann")
    telegram.people.fault("sendMessage", "busy", seconds=1)

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: telegram.people.log("sendMessage"))
            telegram.people.say("ann", "still there?")
            await until(lambda: len(desk.heard) == 2)
            await until(lambda: len(telegram.people.ours(chat)) == 2)

    run(scene())


def test_what_nobody_foresaw_in_one_message_does_not_keep_others_from_being_heard(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf, caplog: pytest.LogCaptureFixture
) -> None:
    def verdict(said: Heard | Command) -> Verdict:
        if isinstance(said, Heard) and said.text == "bad":
            raise ZeroDivisionError
        if isinstance(said, Heard) and said.text == "unfit":
            raise BadInput("no")
        return Ignored("heard")

    desk.verdict = verdict
    telegram.people.do("raw", update={"message": {"nonsense": True}})
    for text in ("bad", "unfit", "good"):
        telegram.people.say("ann", text)

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: not telegram.people.do("pending"))

    run(scene())
    assert [heard.text for heard in desk.heard] == ["bad", "unfit", "good"]
    assert "ZeroDivisionError" in caplog.text


def posted(telegram: Emulator) -> tuple[int, int]:
    """Have a message of the bot with a button in Ann's chat; returns the chat and the message."""
    chat = telegram.people.chat_of("ann")
    telegram.people.say("ann", "hello")
    return chat, telegram.people.say("ann", "hello")


def test_a_press_is_carried_out_and_lets_the_button_rest(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf
) -> None:
    desk.verdict = lambda said: (
        Told("Only who asked can do that.", private=True) if said.said.user != "1001" else accepted(said)
    )
    chat, message = posted(telegram)

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: not telegram.people.do("pending"))
            about = {"chat": chat, "message": message, "data": "stop:job7"}
            mine = telegram.people.do("press_raw", user="ann", **about)
            theirs = telegram.people.do("press_raw", user="eve", **about)
            await until(lambda: telegram.people.do("told", press=mine) == "(answered)")
            await until(lambda: telegram.people.do("told", press=theirs) == "Only who asked can do that.")

    run(scene())
    assert {(command.name, command.job, command.said.user) for command in desk.commands} == {
        ("stop", "job7", "1001"),
        ("stop", "job7", "1002"),
    }


def test_strangers_get_no_answer_to_a_press(telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf) -> None:
    chat, message = posted(telegram)

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            telegram.people.do("press_raw", user="eve", chat=chat, message=message, data="stop:job7")
            await until(lambda: desk.commands and not telegram.people.do("pending"))

    run(scene())
    assert telegram.people.log("answerCallbackQuery") == []


def test_a_thumb_is_kept_as_feedback_of_who_may_speak(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf, redis_url: str
) -> None:
    chat, message = posted(telegram)

    async def scene() -> None:
        store = AsyncStore.open(redis_url)
        async with bot_of(settings_of(), desk, store):
            await until(lambda: telegram.people.do("polls"))
            telegram.people.do("react", user="ann", chat=chat, message=message, emoji=["👍"])
            await until(lambda: not telegram.people.do("pending"))
            desk.admitted = False
            telegram.people.do("react", user="eve", chat=chat, message=message, emoji=["👎"])
            await until(lambda: not telegram.people.do("pending"))
        (entry,) = await store.client.xrange(store.key("archive"))
        about = {"user": "telegram:1001", "opinion": "up", "chat": str(chat), "message": str(message)}
        assert about.items() <= entry[1].items()
        await store.close()

    run(scene())


def test_a_webhook_of_before_is_taken_away_when_the_bot_asks_by_itself(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf, free_port: Callable[[], int]
) -> None:
    port = free_port()
    telegram.hosts["https://bot.example.org"] = f"http://127.0.0.1:{port}"
    called = settings_of(webhook_url="https://bot.example.org/telegram", webhook_port=port)
    asking = settings_of()

    async def scene() -> None:
        async with bot_of(called, desk):
            telegram.people.say("ann", "called")
            await until(lambda: desk.heard and not telegram.people.do("pending"))
        telegram.people.say("ann", "kept")
        async with bot_of(asking, desk):
            await until(lambda: len(desk.heard) == 2 and not telegram.people.do("pending"))

    run(scene())
    assert [heard.text for heard in desk.heard] == ["called", "kept"]
    (hook,) = telegram.people.log("setWebhook")
    assert TOKEN.partition(":")[2] not in hook["given"]["url"]
    assert hook["given"]["allowed_updates"] == list(WANTED)
    assert len(hook["given"]["secret_token"]) == 64


def test_a_dry_run_tells_nothing(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bots.telegram.playing.Manners", lambda: Manners(dry_run=True))
    desk.verdict = lambda _said: Told("no")
    telegram.people.say("ann", "hello")

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: not telegram.people.do("pending"))

    run(scene())
    assert telegram.people.log("sendMessage") == []


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_token_it_says_where_one_comes_from(settings_of: SettingsOf, token: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(settings_of({"TELEGRAM_TOKEN": token}), {})
    assert "TELEGRAM_TOKEN" in str(caught.value)
    assert "BotFather" in caught.value.next_step


def test_a_token_that_telegram_does_not_know_ends_the_process_in_words(
    desk: PlayedDesk, settings_of: SettingsOf
) -> None:
    settings = settings_of({"TELEGRAM_TOKEN": "700001:wrongWRONGwrongWRONGwrongWRONGwrongW"})
    with pytest.raises(ConfigurationError) as caught:
        run(make(settings, {}).run(house_of(settings, desk)))
    assert "BotFather" in caught.value.next_step
    assert "wrongWRONG" not in str(caught.value)


def test_a_webhook_that_telegram_refuses_ends_the_process_in_words(
    telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf, free_port: Callable[[], int]
) -> None:
    settings = settings_of(webhook_url="http://bot.example.org/x", webhook_port=free_port())
    with pytest.raises(ConfigurationError) as caught:
        run(make(settings, {}).run(house_of(settings, desk)))
    assert "HTTPS" in str(caught.value)


def test_it_begins_once_telegram_is_back(telegram: Emulator, desk: PlayedDesk, settings_of: SettingsOf) -> None:
    telegram.people.fault("getMe", "before", times=3)
    telegram.people.fault("setMyCommands", "before")
    telegram.people.say("ann", "hello")

    async def scene() -> None:
        async with bot_of(settings_of(), desk):
            await until(lambda: desk.heard)

    run(scene())


def test_files_come_through_the_api_and_only_as_large_as_wanted(telegram: Emulator, settings_of: SettingsOf) -> None:
    telegram.people.send("ann", "a.txt", b"the words", mime="text/plain")
    (update,) = telegram.people.do("pending")
    url = f"telegram-file:{update['message']['document']['file_id']}"

    async def scene() -> None:
        bot = TelegramBot(settings_of())
        adapter: Adapter = bot
        assert isinstance(adapter, Fetches)
        assert (await bot.fetcher.fetch(url, ("text/",))).content == b"the words"
        for bad, most in ((url, 3), ("telegram-file:unknown", 100), ("http://127.0.0.1/x", 100)):
            with pytest.raises(BadInput):
                await bot.fetcher.fetch(bad, ("text/",), most)
        await bot._api.__aexit__(None, None, None)

    run(scene())
