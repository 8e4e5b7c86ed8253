"""Looks after one letter until it has arrived: learns, takes the next step, writes down what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from bots.delivery import attempts, origins, pages
from bots.delivery.carrier import Carrier, Lost
from bots.delivery.chats import Chat, Chats
from bots.delivery.letter import Letter
from bots.delivery.manners import Manners
from bots.delivery.pages import REPLY, Page, Setting
from bots.delivery.queues import Queues
from bots.delivery.steps import Post, Step, next_step
from bots.delivery.turnstile import Turnstile
from bots.lookout import Lookout
from bots.platform import Bounds, Platform, Proof
from tasks.contracts.errors import RookeryError, StoreFull, StoreUnavailable
from tasks.contracts.jobs import JobView
from tasks.jobs import placing
from tasks.jobs.crashpoints import reach
from tasks.jobs.outbox import Outbox
from tasks.jobs.store import AsyncStore

LONG_WAIT_S = 8.0  # after which people are told how many are before them
LOOK_S = 5.0  # how long silence is trusted before the record is read
STORE_AGAIN_S = 0.5
CALLS_AT_ONCE = 64  # to the platform, one a chat: a slow chat holds up nobody else
PLACEHOLDERS_AT_ONCE = 2  # posted and not yet in the record: the most that a death leaves behind, unless they are slow
PLACEHOLDER_WAIT_S = 1.0  # for one's turn
TYPING_SHARE = 0.8  # of how long a sign stays, after which it is shown again
TYPING_AT_MOST_S = 120.0  # while no word has come: who waits for an hour is not kept looking
WHY_CHARS = 200
DRY_RUN = "dry run"  # the flag of a job that was delivered nowhere
LOST = "lost"  # the ledger's word: another process delivers now, or the lease was over


@dataclass(frozen=True)
class Bench:
    """What rounds work with."""

    store: AsyncStore
    outbox: Outbox
    platform: Platform
    manners: Callable[[], Manners]
    now_ms: Callable[[], int]
    """By the clock of Redis."""
    words: Callable[[str, bool], str]
    small_print: Callable[[JobView], str]


class Rounds:
    """Looks after the letters of one bot, each in a task of its own."""

    def __init__(self, bench: Bench, carrier: Carrier) -> None:
        self._bench, self._carrier = bench, carrier
        self._lookout = Lookout(bench.store)
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)
        self._placeholders = Turnstile(PLACEHOLDERS_AT_ONCE, PLACEHOLDER_WAIT_S)
        self._typing: set[asyncio.Task[None]] = set()
        self.chats, self.queues = Chats(), Queues()

    async def walk(self, letter: Letter) -> None:
        """Look after a letter until nothing is left to do about it. Raises AlreadyRunning in a replaced process."""
        chat = self.chats.enter(letter.place.chat)
        self.queues.join(letter)
        try:
            while not await self._persevere(letter, chat):
                pass
        finally:
            self.queues.leave(letter)
            chat.letters -= 1

    async def _persevere(self, letter: Letter, chat: Chat) -> bool:
        try:
            return await self._go(letter, chat)
        except (StoreUnavailable, StoreFull):  # what stands on the platform is still known here
            await asyncio.sleep(STORE_AGAIN_S)
            return False

    async def _go(self, letter: Letter, chat: Chat) -> bool:
        """Do the next thing, or wait for a reason to do one; return whether all is done."""
        await self._learn(letter)
        if letter.over:
            return True
        await self._record(letter)
        self._type(letter, chat)
        bounds = self._bench.platform.bounds(letter.place)
        wait_s = self._wait_s(letter, chat)
        if wait_s > 0 or not self._may_speak(letter):
            await letter.news(min(wait_s or LOOK_S, self._patience_s(letter, bounds)))
            return False
        page = self._page(letter, bounds)
        if self._step(letter, page, bounds) is None:
            if page.whole:
                return await self._finish(letter)
            await letter.news(self._patience_s(letter, bounds))
            return False
        return await self._take_turn(letter, chat, bounds)

    def _may_speak(self, letter: Letter) -> bool:
        """Return whether this process is the bot now, and who asked before in the session has their answer."""
        return self._bench.outbox.generation > 0 and self.queues.is_first(letter)

    async def _take_turn(self, letter: Letter, chat: Chat, bounds: Bounds) -> bool:
        """Take a step when it is this letter's turn in the chat, with the words as they are then."""
        now_s = time.monotonic()
        if letter.urgent:
            chat.spent(now_s, bounds.edit_every_s)
        elif letter.slot_s is None:
            letter.slot_s = chat.slot(now_s, bounds.edit_every_s)
            if letter.slot_s > now_s:
                return False
        letter.slot_s = None
        lost: Lost | None = None
        async with chat.lock, self._calls:
            page = self._page(letter, bounds)
            step = self._step(letter, page, bounds)
            if step is not None and not chat.held_s(time.monotonic()):
                async with self._exposure(letter, step):
                    await self._announce(letter, step)
                    lost = await self._carrier.carry(letter, chat, step, whole=page.whole)
                    await self._record(letter)
        return await self._give_up(letter, lost) if lost else False

    def _exposure(self, letter: Letter, step: Step) -> AbstractAsyncContextManager[None]:
        """Return what a step is to be taken in: a death in it leaves a placeholder behind, so few do that at a time."""
        proof = self._bench.platform.proof(letter.place)
        exposed = proof is Proof.PLACEHOLDER and isinstance(step, Post)
        return self._placeholders.through() if exposed else nullcontext()

    # What is known, and what is to be shown.

    async def _learn(self, letter: Letter) -> None:
        now_s = time.monotonic()
        await self._look_for_attempts(letter)
        long_s = letter.born_s + LONG_WAIT_S
        if letter.delivery is None and (now_s - letter.looked_s >= LOOK_S or letter.looked_s < long_s <= now_s):
            letter.stale = True
        if not letter.stale:
            return
        letter.looked_s = now_s
        letter.read(await self._bench.store.run(placing.read_placed(letter.job)))
        if letter.view is not None and now_s - letter.born_s >= LONG_WAIT_S:
            letter.prospect = await self._lookout.prospect(letter.view)

    async def _look_for_attempts(self, letter: Letter) -> None:
        """Learn what an earlier process was about to post, once; what it was not about to post does not stand there."""
        if letter.shown.unsure_since_s is None or letter.has_looked:
            return
        said = await self._bench.store.run(attempts.left(letter.job))
        letter.has_looked = True
        if said:
            chunk, doubt = attempts.doubt_of(said, self._bench.now_ms(), time.monotonic())
            letter.shown = letter.shown.settled(chunk)
            if chunk not in letter.shown.ids:
                letter.shown = letter.shown.doubted(chunk, doubt)
        elif time.monotonic() - letter.born_s < attempts.LIFE_S:
            letter.shown = letter.shown.settled("")

    def _page(self, letter: Letter, bounds: Bounds) -> Page:
        platform, manners = self._bench.platform, self._bench.manners()
        setting = Setting(bounds.chars, platform.length, self._bench.words, manners.buttons)
        view = letter.view
        if letter.withdrawn and view is not None:
            return pages.stopped(view, letter.text, setting) if letter.shown.ids else Page(REPLY, whole=True)
        if letter.delivery is not None and letter.request.work == "memory":
            return pages.granted(letter.delivery.view, setting)
        if letter.delivery is not None:
            return pages.ending(letter.delivery.view, self._bench.small_print(letter.delivery.view), setting)
        if letter.muted or not bounds.edits:
            return Page(REPLY)
        if letter.text and manners.stream:
            return pages.writing(letter.job, letter.text, setting)
        waited_s = time.monotonic() - letter.born_s
        return pages.waiting(view, letter.prospect, setting) if view and waited_s >= LONG_WAIT_S else Page(REPLY)

    def _step(self, letter: Letter, page: Page, bounds: Bounds) -> Step | None:
        proof = self._bench.platform.proof(letter.place)
        return next_step(page, letter.shown, proof, bounds.nonce_window_s, time.monotonic())

    def _wait_s(self, letter: Letter, chat: Chat) -> float:
        """Return how long nothing may be said."""
        now_s = time.monotonic()
        slot_s = letter.slot_s if letter.slot_s is not None and not letter.urgent else now_s
        return max(slot_s - now_s, chat.held_s(now_s))

    def _patience_s(self, letter: Letter, bounds: Bounds) -> float:
        """Return how long to wait when nothing happens."""
        if letter.urgent:
            return LOOK_S
        now_s = time.monotonic()
        looks_s = letter.looked_s + LOOK_S - now_s
        first_s = letter.born_s + LONG_WAIT_S - now_s
        return min(looks_s, first_s if first_s > 0 else looks_s, bounds.typing_every_s * TYPING_SHARE)

    def _type(self, letter: Letter, chat: Chat) -> None:
        """Show that somebody writes, until the answer is there."""
        now_s = time.monotonic()
        given_up = not letter.text and now_s - letter.born_s > TYPING_AT_MOST_S
        if letter.urgent or letter.muted or given_up or self._bench.manners().dry_run:
            return
        every_s = self._bench.platform.bounds(letter.place).typing_every_s * TYPING_SHARE
        if chat.types(letter.place.topic, now_s, every_s):
            task = asyncio.create_task(self._show_typing(letter))
            self._typing.add(task)
            task.add_done_callback(self._typing.discard)

    async def _show_typing(self, letter: Letter) -> None:
        try:
            await self._bench.platform.typing(letter.place)
        except RookeryError:
            return

    # What came of it, in the ledger.

    async def _announce(self, letter: Letter, step: Step) -> None:
        """Write down what is about to be posted, where one would have to look for it."""
        if isinstance(step, Post) and self._bench.platform.proof(letter.place) is not Proof.PLACEHOLDER:
            is_first = step.piece.chunk not in letter.shown.doubts
            if is_first and not self._bench.manners().dry_run:
                await self._bench.store.run(attempts.begun(letter.job, step, self._bench.now_ms()))

    async def _record(self, letter: Letter) -> None:
        """Write down where each message stands, before anything else goes out."""
        bench = self._bench
        for chunk, message in list(letter.unrecorded.items()):
            delivery = letter.delivery
            held = delivery is not None and await bench.outbox.sent(delivery, chunk, message)
            if not held:
                move = placing.placed(letter.job, bench.outbox.bot, bench.outbox.generation, chunk, message)
                held = await bench.store.run(move)
            reach("placeholder.recorded" if delivery is None else "delivery.recorded")
            noted, over = origins.noted(bench.outbox.bot, message, letter.job), attempts.over(letter.job)
            await asyncio.gather(bench.store.run(noted), bench.store.run(over))
            del letter.unrecorded[chunk]
            if not held:  # it has ended meanwhile
                letter.stale = True

    async def _finish(self, letter: Letter) -> bool:
        if letter.delivery is None:
            await self._bench.store.run(placing.tidied(letter.job, self._bench.outbox.bot))
            return True
        flag = DRY_RUN if self._bench.manners().dry_run else ""
        said = await self._bench.outbox.delivered(letter.entry, letter.delivery, flag)
        return self._ended(letter, said)

    async def _give_up(self, letter: Letter, lost: Lost) -> bool:
        if letter.delivery is None:
            return await self._finish(letter)
        why = lost.why[:WHY_CHARS]
        return self._ended(letter, await self._bench.outbox.undeliverable(letter.entry, letter.delivery, why))

    def _ended(self, letter: Letter, said: str) -> bool:
        """Return whether the ledger took it; otherwise the lease was over, and it will be handed out again."""
        if said != LOST:
            return True
        letter.delivery, letter.stale = None, True
        return False
