"""Polling: an update is confirmed once it is kept, and none is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import re
from typing import cast

import pytest

from bots.telegram import polling
from bots.telegram.api import Api
from bots.telegram.polling import Polling, Update
from bots.telegram.reading import chat_of
from tasks.contracts.errors import AlreadyRunning, ConfigurationError
from tests.bots.telegram.playing import api_of, going, run, until
from tests.emulators.telegram.emulator import Emulator


class Taker:
    """Takes updates in, when the test lets it."""

    def __init__(self, *, free: bool = True) -> None:
        self.free = asyncio.Event()
        if free:
            self.free.set()
        self.begun: list[Update] = []
        self.taken: list[Update] = []

    async def take(self, update: Update) -> None:
        """Take one in."""
        self.begun.append(update)
        await self.free.wait()
        self.taken.append(update)

    @property
    def texts(self) -> list[str]:
        """What was said."""
        return [update["message"]["text"] for update in self.taken if "message" in update]


def pending(telegram: Emulator) -> int:
    return len(telegram.people.do("pending"))


def test_an_update_is_confirmed_only_once_it_is_kept(telegram: Emulator) -> None:
    async def scene() -> None:
        taker = Taker(free=False)
        async with api_of(telegram) as api, going(Polling(api, taker.take).run()):
            telegram.people.say("ann", "hello")
            await until(lambda: taker.begun)
            assert pending(telegram) == 1
            taker.free.set()
            await until(lambda: not pending(telegram))
            assert taker.texts == ["hello"]

    run(scene())


def test_what_a_process_did_not_keep_the_next_one_gets(telegram: Emulator) -> None:
    async def scene() -> None:
        telegram.people.say("ann", "hello")
        first, second = Taker(free=False), Taker()
        async with api_of(telegram) as api:
            async with going(Polling(api, first.take).run()):
                await until(lambda: first.begun)
            async with going(Polling(api, second.take).run()):
                await until(lambda: second.taken)
                await until(lambda: not pending(telegram))
        assert second.texts == ["hello"]

    run(scene())


def test_a_chat_is_heard_in_its_order_and_waits_for_no_other(telegram: Emulator) -> None:
    telegram.people.quirk(backwards=True)
    for number in range(5):
        telegram.people.say("ann", f"ann {number}")
        telegram.people.say("ben", f"ben {number}")
    ben = str(telegram.people.chat_of("ben"))

    async def scene() -> None:
        ann_may, taken = asyncio.Event(), Taker()

        async def take(update: Update) -> None:
            if chat_of(update) != ben:
                await ann_may.wait()
            await taken.take(update)

        async with api_of(telegram) as api, going(Polling(api, take).run()):
            await until(lambda: len(taken.taken) == 5)
            assert taken.texts == [f"ben {number}" for number in range(5)]
            ann_may.set()
            await until(lambda: len(taken.taken) == 10)
            assert taken.texts[5:] == [f"ann {number}" for number in range(5)]

    run(scene())


def test_a_chat_that_hangs_holds_up_no_other_and_is_not_confirmed(
    telegram: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "SLOW_S", 0.02)
    ann = str(telegram.people.chat_of("ann"))

    async def scene() -> None:
        ann_may, taken, waited = asyncio.Event(), Taker(), list[str]()

        async def take(update: Update) -> None:
            if chat_of(update) == ann:
                await ann_may.wait()
            await taken.take(update)

        async with api_of(telegram) as api:
            polls = Polling(api, take, lambda update: waited.append(update["message"]["text"]))
            async with going(polls.run()):
                telegram.people.say("ann", "ann 1")
                await until(lambda: polls._known)
                for number in range(3):
                    telegram.people.say("ben", f"ben {number}")
                    await until(lambda number=number: taken.texts == [f"ben {each}" for each in range(number + 1)])
                telegram.people.say("ann", "ann 2")
                await until(lambda: waited)
                assert pending(telegram) == 5, "what is not taken in is not confirmed, nor what came after it"
                ann_may.set()
                await until(lambda: not pending(telegram))
                assert taken.texts[3:] == ["ann 1", "ann 2"]
                assert set(waited) == {"ann 2"}
                telegram.people.say("ben", "ben 3")
                await until(lambda: taken.texts[5:] == ["ben 3"])

    run(scene())


def test_after_a_quiet_week_lower_numbers_are_heard_too(telegram: Emulator) -> None:
    telegram.people.quirk(longest_poll_s=0.02)

    async def scene() -> None:
        taker = Taker()
        async with api_of(telegram) as api, going(Polling(api, taker.take).run()):
            telegram.people.say("ann", "before")
            await until(lambda: taker.taken and not pending(telegram))
            await until(lambda: telegram.people.do("polls")[-2:] == [0, 0])
            telegram.people.do("renumber", first=7)
            telegram.people.say("ann", "after")
            await until(lambda: taker.texts == ["before", "after"])

    run(scene())


def test_an_offset_is_sent_until_a_poll_with_it_came_through(telegram: Emulator) -> None:
    async def scene() -> None:
        taker = Taker()
        telegram.people.say("ann", "hello")
        async with api_of(telegram) as api:
            polls = Polling(api, taker.take)
            await polls._poll()
            telegram.people.fault("getUpdates", "drop")
            await polls._poll()
            telegram.people.say("ann", "again")
            await polls._poll()
        assert taker.texts == ["hello", "again"]

    run(scene())


@pytest.mark.parametrize("kind", ["before", "page", "drop", "garbled", "busy"])
def test_after_an_outage_it_goes_on(telegram: Emulator, kind: str) -> None:
    telegram.people.fault("getUpdates", kind, times=3, seconds=0)
    telegram.people.say("ann", "hello")

    async def scene() -> None:
        taker = Taker()
        async with api_of(telegram) as api, going(Polling(api, taker.take).run()):
            await until(lambda: taker.texts == ["hello"])

    run(scene())


def test_a_second_process_elsewhere_gives_way_in_words_and_the_first_goes_on(
    telegram: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(polling, "SETTLED_PAUSE_S", 0.02)

    async def scene() -> None:
        taker, late = Taker(), Taker()
        async with api_of(telegram) as api, api_of(telegram) as other:
            first = Polling(api, taker.take)
            first._since_s -= polling.SETTLED_S * 2
            async with going(first.run()):
                await asyncio.sleep(0.02)
                with pytest.raises(AlreadyRunning) as caught:
                    await Polling(other, late.take).run()
                assert "token" in caught.value.next_step
                telegram.people.say("ann", "hello")
                await until(lambda: taker.texts == ["hello"])
        assert late.taken == []

    run(scene())
    assert re.search("somebody else fetches", caplog.text)


def test_a_token_that_telegram_does_not_know_ends_it(telegram: Emulator) -> None:
    async def scene() -> None:
        async with api_of(telegram, "700001:wrong") as api:
            with pytest.raises(ConfigurationError) as caught:
                await Polling(api, Taker().take).run()
            assert "BotFather" in str(caught.value)

    run(scene())


def test_of_a_hundred_chats_that_come_at_once_few_are_at_the_ledger_together() -> None:
    at_once: list[int] = []
    taking = 0

    async def take(_update: Update) -> None:
        nonlocal taking
        taking += 1
        at_once.append(taking)
        await asyncio.sleep(0)
        taking -= 1

    updates = [{"update_id": n, "message": {"chat": {"id": n}, "text": "hi"}} for n in range(100)]

    async def scene() -> None:
        polls = Polling(cast("Api", None), take)
        polls._begin(updates)
        await polls._settle()

    run(scene())
    assert len(at_once) == 100
    assert 1 < max(at_once) <= polling.TAKEN_AT_ONCE
