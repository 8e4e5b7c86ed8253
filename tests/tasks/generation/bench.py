"""A worker in miniature, without its process: a test rings, and looks on while it answers."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from tasks.generation.answering import answer_next
from tasks.generation.leases import LeaseRenewer
from tasks.jobs.values import Ways
from tasks.services import Chat, Completion, Desk, Engine, Patience, Piece
from tests.tasks.jobs.flock import LONG_MS, MODEL, Flock
from workers.engines.fake import FakeEngine
from workers.health.breaker import Limits
from workers.health.bulletin import Bulletin
from workers.health.trust import DEFAULT_LIMITS, EngineTrust, Watched

PATIENCE_S = 20.0
FOREVER = "word " * 400  # with `!slow 0.1` longer than any test waits


class Attentive(FakeEngine):
    """A fake engine that remembers what it was asked."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"models": (MODEL,), "scripted": True, **how})
        self.asked: list[tuple[Chat, Patience]] = []

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Remember, and answer as every fake engine does."""
        self.asked.append((chat, patience))
        return super().chat_stream(chat, patience)

    @property
    def heard(self) -> list[tuple[str, str]]:
        """What it was told last: role and text of each turn."""
        return [(turn.role, turn.text) for turn in self.asked[-1][0].turns]


class Notes:
    """A herald that writes down what it is told."""

    def __init__(self) -> None:
        self.bulletins: list[Bulletin] = []
        self.tripped_s: list[float] = []
        self.times_mended = self.times_doubted = 0
        self.codes: list[int] = []

    def told(self, bulletin: Bulletin) -> None:
        """Note how it stands."""
        self.bulletins.append(bulletin)

    def tripped(self, for_s: float) -> None:
        """Note for how long nothing should be sent."""
        self.tripped_s.append(for_s)

    def doubted(self) -> None:
        """Note that one job at a time may come."""
        self.times_doubted += 1

    def mended(self) -> None:
        """Note that it works again."""
        self.times_mended += 1

    def needs(self, code: int) -> None:
        """Note why the worker should end."""
        self.codes.append(code)


class Bench(Flock):
    """The ledger, and a desk at which jobs are answered."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.engine = Attentive()
        self.notes, self.ending = Notes(), threading.Event()
        self.desk = Desk(
            card=self.host("anvil"),
            model=MODEL,
            model_slug=MODEL,
            worker="w1",
            engine=self.engine,
            context_tokens=4096,
            lease_ms=LONG_MS,
            no_progress_s=PATIENCE_S,
            prefill_tokens_per_s=1000.0,
            trust=self.trust_in(self.engine),
        )
        self.renewer = LeaseRenewer(self.store, self.desk.card.slots, LONG_MS)
        self._threads: list[threading.Thread] = []

    def close(self) -> None:
        """End what a failed test may have left at work."""
        self.ending.set()
        self.renewer.stop()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self.store.close()

    def trust_in(self, engine: Engine, limits: Limits = DEFAULT_LIMITS, **how: Any) -> EngineTrust:
        """Return the trust of this bench in an engine of which nothing is known yet."""
        model = how.pop("model", MODEL)
        return EngineTrust(Watched(engine, model, limits, **how), self.notes, self.ending)

    def furnish(self, **changed: Any) -> None:
        """Have another engine, or less patience."""
        if "engine" in changed and "trust" not in changed:
            changed["trust"] = self.trust_in(changed["engine"], model=changed.get("model", MODEL))
        self.desk = dataclasses.replace(self.desk, **changed)

    def live_on(self, **ways: int) -> None:
        """Submit from now on with other settings."""
        self.ways = Ways(**ways)

    def ring(self) -> None:
        """Hear one bell."""
        answer_next(self.desk, self.store, self.renewer)

    def answer(self, text: str = "hello", **fields: Any) -> str:
        """Submit a job, hear its bell, and return its id."""
        job = self.submit(text, **fields)
        self.ring()
        return job

    def at_work(self, text: str, **fields: Any) -> tuple[str, threading.Thread]:
        """Submit a job and return once it is being answered, on a thread of its own."""
        job = self.submit(text, **fields)
        thread = threading.Thread(target=self.ring)
        self._threads.append(thread)
        thread.start()
        self.eventually(lambda: self.engine.in_flight, "the engine at work")
        return job, thread

    @staticmethod
    def eventually(condition: Callable[[], Any], what: str) -> None:
        """Wait for a condition, and fail when it does not come."""
        give_up = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < give_up, f"waited in vain for {what}"
            time.sleep(0.005)

    def now_ms(self) -> int:
        """Return Redis time."""
        seconds, micros = self.client.time()
        return int(seconds * 1000 + micros // 1000)
