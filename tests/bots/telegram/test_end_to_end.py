"""From what people say on Telegram to what they read there: the whole bot, a real ledger, a worker played by hand."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bots import runner
from bots.telegram import adapter, platform
from bots.telegram.adapter import TelegramBot
from tasks.contracts.errors import AlreadyRunning
from tasks.contracts.settings import Settings
from tasks.jobs.values import Claim
from tests.bots.telegram.playing import LOOK_S, going, run, until
from tests.emulators.telegram.emulator import BOT_USERNAME, Emulator
from tests.emulators.telegram.people import Seen, texts

EDIT_S = 0.15
EDITS = 4
LEASE_MS = 400
PERSONAS = """
[[model]]
name = "demo"
aliases = { openai = "demo" }

[[model]]
name = "other"
aliases = { openai = "other" }

[[host]]
name = "home"
engine = "fake"

[[persona]]
name = "Ada"
model = "demo"
"""
SettingsOf = Callable[..., Settings]
US = f"@{BOT_USERNAME}"
HALF = "The sky is blue because "
WHOLE = "The sky is blue because **air** scatters blue light most."
READ = "The sky is blue because air scatters blue light most."


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have edits follow each other sooner, and an office that was left be free sooner."""
    monkeypatch.setattr(platform, "PRIVATE_EDIT_S", EDIT_S)
    monkeypatch.setattr(platform, "GROUP_EDIT_S", EDIT_S)
    monkeypatch.setattr(runner, "AsyncOffice", partial(runner.AsyncOffice, lease_ms=LEASE_MS))


class Scene:
    """A bot, the people, and a worker that does what the test says."""

    def __init__(self, telegram: Emulator, hand: Any, settings: Settings) -> None:
        self.telegram, self.people, self.hand, self.settings = telegram, telegram.people, hand, settings
        self.chat = telegram.people.chat_of("ann")

    @contextlib.asynccontextmanager
    async def bot(self) -> AsyncIterator[TelegramBot]:
        """One process of the bot."""
        bot = adapter.make(self.settings, {})
        async with going(runner.serve(self.settings, bot)):
            yield bot

    async def claim(self) -> Claim:
        """The worker begins the next job."""
        claim = await until(self.hand.try_to_claim, "a job")
        assert isinstance(claim, Claim)
        return claim

    async def answer(self, text: str) -> Claim:
        """The worker answers the next job at once."""
        claim = await self.claim()
        self.hand.finish(claim, text)
        return claim

    def ours(self, chat: int = 0) -> list[Seen]:
        """Return what the bot has posted."""
        return self.people.ours(chat or self.chat)

    async def reads(self, *wanted: str, chat: int = 0) -> list[Seen]:
        """Wait until just this stands there."""
        try:
            await until(lambda: texts(self.ours(chat)) == list(wanted))
        finally:
            assert texts(self.ours(chat)) == list(wanted)
        return self.ours(chat)


@pytest.fixture
def scene(telegram: Emulator, hand: Any, settings_of: SettingsOf, redis_url: str) -> Scene:
    """One persona on Telegram, and a host for its model."""
    return Scene(telegram, hand, settings_of({"REDIS_URL": redis_url}, PERSONAS))


def test_a_question_is_answered_once_in_its_chat_while_it_is_written(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            asked = scene.people.say("ann", "why is the sky blue?")
            claim = await scene.claim()
            assert claim.request.text == "why is the sky blue?"
            await until(lambda: scene.people.log("sendChatAction"))
            assert scene.ours() == []
            scene.hand.say(claim, HALF)
            await scene.reads(HALF.strip())
            scene.hand.finish(claim, WHOLE)
            (message,) = await scene.reads(READ)
        assert message["reply_to_message"]["message_id"] == asked
        assert message["versions"][0] == "…"
        assert [entity["type"] for entity in message["entities"]] == ["bold"]

    run(play())


def test_what_was_said_is_known_to_the_next_model_too(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "my name is Ann")
            await scene.answer("Hello Ann.")
            await scene.reads("Hello Ann.")
            scene.people.say("ann", "/model other")
            await until(lambda: len(scene.ours()) == 2)
            scene.hand.model = "other"
            scene.hand.arrive()
            scene.people.say("ann", "what is my name?")
            claim = await scene.answer("Ann.")
            assert claim.request.model == "other"
            assert [turn.text for turn in claim.window] == ["my name is Ann", "Hello Ann."]
            await until(lambda: texts(scene.ours())[-1] == "Ann.")

    run(play())


def test_edits_keep_their_distance_and_the_last_words_always_arrive(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "count")
            claim, said, pieces = await scene.claim(), "", 0
            began_s = time.monotonic()
            while (edits := len(scene.people.log("editMessageText"))) < EDITS:
                piece = f"number {pieces}, "
                scene.hand.say(claim, piece, after=said)
                said, pieces = said + piece, pieces + 1
                await asyncio.sleep(LOOK_S)
            took_s = time.monotonic() - began_s
            scene.hand.finish(claim, said + "done")
            await scene.reads(said + "done")
        assert pieces > 2 * edits
        assert edits - 1 <= took_s / EDIT_S

    run(play())


def test_a_flood_wait_is_waited_out_and_the_end_arrives(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "hello")
            claim = await scene.claim()
            scene.people.fault("editMessageText", "busy", seconds=1)
            scene.hand.finish(claim, WHOLE)
            (message,) = await scene.reads(READ)
        assert message["versions"] == ["…", READ]

    run(play())


@pytest.mark.parametrize("kind", ["after", "cut", "before"])
def test_a_placeholder_in_doubt_is_at_most_a_stray_one_and_the_answer_stands_once(scene: Scene, kind: str) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "hello")
            scene.people.fault("sendMessage", kind)
            await scene.answer("Hello Ann.")
            await until(lambda: "Hello Ann." in texts(scene.ours()))
        assert [text for text in texts(scene.ours()) if text != "…"] == ["Hello Ann."]
        assert len(scene.ours()) == (1 if kind == "before" else 2)

    run(play())


def test_an_answer_in_doubt_is_edited_again_and_not_posted_again(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "hello")
            scene.people.fault("editMessageText", "cut")
            await scene.answer("Hello Ann.")
            await until(lambda: len(scene.people.log("editMessageText")) == 2)
            await scene.reads("Hello Ann.")

    run(play())


def test_a_bot_that_starts_again_goes_on_with_the_same_message(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "why?")
            claim = await scene.claim()
            scene.hand.say(claim, HALF)
            await scene.reads(HALF.strip())
        async with scene.bot():
            scene.hand.finish(claim, WHOLE)
            await scene.reads(READ)

    run(play())


def test_two_processes_with_one_token_answer_once(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            await until(lambda: scene.people.do("polls"))
            with pytest.raises(AlreadyRunning) as caught:
                await runner.serve(scene.settings, adapter.make(scene.settings, {}))
            assert "token" in str(caught.value)
            scene.people.say("ann", "hello")
            await scene.answer("Hello Ann.")
            await scene.reads("Hello Ann.")

    run(play())


def test_doubled_and_disordered_updates_are_answered_once_each(scene: Scene) -> None:
    scene.people.quirk(duplicates=True, backwards=True)
    asked = [scene.people.say("ann", f"question {number}") for number in range(2)]

    async def play() -> None:
        async with scene.bot():
            answered = [(await scene.answer(f"answer {number}")).request.text for number in range(2)]
            ours = await scene.reads("answer 0", "answer 1")
            await until(lambda: not scene.people.do("pending"))
            assert answered == ["question 0", "question 1"]
            assert [message["reply_to_message"]["message_id"] for message in ours] == asked
            assert scene.hand.try_to_claim() is None

    run(play())


def test_topics_are_conversations_of_their_own(scene: Scene) -> None:
    group = scene.people.group(kind="supergroup", forum=True, admin=True)
    birds, bees = (scene.people.do("topic", chat=group, name=name) for name in ("birds", "bees"))
    topics = [birds, bees, birds]

    async def play() -> None:
        windows = []
        async with scene.bot():
            for count, topic in enumerate(topics):
                scene.people.say("ann", f"{US} hello", chat=group, topic=topic)
                windows.append(len((await scene.answer("Hello.")).window))
                await scene.reads(*["Hello."] * (count + 1), chat=group)
        assert windows == [0, 0, 2]
        assert [message["message_thread_id"] for message in scene.ours(group)] == topics

    run(play())


def test_in_a_group_who_is_not_meant_hears_nothing(scene: Scene) -> None:
    group = scene.people.group(kind="supergroup", admin=True)

    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "nice weather", chat=group)
            scene.people.say("ann", "/reset@other_bot", chat=group)
            asked = scene.people.say("ann", f"{US} hello", chat=group)
            await scene.answer("Hello.")
            (message,) = await scene.reads("Hello.", chat=group)
            assert message["reply_to_message"]["message_id"] == asked
            scene.people.say("ben", "and you?", chat=group, reply_to=message["message_id"])
            await scene.answer("Fine.")
            await scene.reads("Hello.", "Fine.", chat=group)

    run(play())


def test_whoever_blocked_the_bot_ends_the_job_and_nothing_else(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "hello")
            claim = await scene.claim()
            scene.people.do("block", user="ann")
            scene.hand.finish(claim, "Hello Ann.")
            scene.people.say("ben", "hello")
            await scene.answer("Hello Ben.")
            await scene.reads("Hello Ben.", chat=scene.people.chat_of("ben"))

    run(play())


def test_buttons_stop_and_ask_anew_for_who_asked(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "why?")
            claim = await scene.claim()
            scene.hand.say(claim, HALF)
            (message,) = await scene.reads(HALF.strip())
            about = {"chat": scene.chat, "message": message["message_id"]}
            theirs = scene.people.do("press", user="eve", label="Stop", **about)
            await until(lambda: "Only who asked" in scene.people.do("told", press=theirs))
            scene.people.do("press", user="ann", label="Stop", **about)
            await until(lambda: "(stopped)" in scene.ours()[0]["text"])
            scene.people.do("press", user="ann", label="Again", **about)
            again = await scene.answer("Because.")
            assert again.request.text == "why?"
            await until(lambda: texts(scene.ours())[-1] == "Because.")

    run(play())


def test_a_long_answer_keeps_its_code_whole_and_fits(scene: Scene) -> None:
    code = "\n".join(f"print('{number} 😀')" for number in range(400))

    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "write a program")
            await scene.answer(f"Here it is:\n\n```python\n{code}\n```\n\nThat was it.")
            await until(lambda: "That was it." in " ".join(texts(scene.ours())))
            ours = await until(lambda: [m for m in scene.ours() if m["text"] != "…"] == scene.ours() and scene.ours())
        blocks = [entity for message in ours for entity in message.get("entities", ()) if entity["type"] == "pre"]
        assert len(ours) > 1
        assert len(blocks) >= len(ours) - 1
        assert {block["language"] for block in blocks} == {"python"}

    run(play())


def test_a_text_file_is_read_along(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.send("ann", "list.txt", b"milk, eggs", mime="text/plain", text="what do I need?")
            claim = await scene.answer("Milk and eggs.")
            assert "milk, eggs" in claim.request.text
            await scene.reads("Milk and eggs.")

    run(play())


def test_an_edit_before_anybody_began_changes_the_question(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            first = scene.people.say("ann", "whi?")
            await until(lambda: not scene.people.do("pending"))
            scene.people.do("edit", chat=scene.chat, message=first, text="why?")
            await until(lambda: not scene.people.do("pending"))
            claim = await scene.answer("Because.")
            assert claim.request.text == "why?"
            await scene.reads("Because.")

    run(play())


def test_the_webhook_ends_in_the_same_answer(
    telegram: Emulator, hand: Any, settings_of: SettingsOf, redis_url: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    port = free_port()
    telegram.hosts["https://bot.example.org"] = f"http://127.0.0.1:{port}"
    keys = {"webhook_url": "https://bot.example.org/telegram", "webhook_port": port}
    scene = Scene(telegram, hand, settings_of({"REDIS_URL": redis_url}, PERSONAS, **keys))
    telegram.people.quirk(duplicates=True)

    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "hello")
            await scene.answer("Hello Ann.")
            await scene.reads("Hello Ann.")
            await until(lambda: not scene.people.do("pending"))
            assert scene.hand.try_to_claim() is None

    run(play())
