"""What it costs to take in a message, by how many personas there are: the reception alone, before the real ledger."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bots.town import LIMITS, MODELS, fleet
from benchmarks.figures import MS, rotated
from bots.access import Rules
from bots.fetching import Fetcher
from bots.guilds import Guilds
from bots.platform import Heard, Place
from bots.reception.desk import Around, Desk
from bots.reception.values import Accepted
from bots.words import Words
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.fleet import Fleet
from tasks.contracts.messages import JobRequest
from tasks.contracts.settings import load
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Ways

CHATS = 50
ROUNDS = 3


class Nobody:
    """A postman who has nothing to do."""

    ear = ""

    def follow(self, request: JobRequest, *, fresh: bool = True) -> None:
        """Follow nothing."""


def costs_ms(url: str, folder: Path, numbers: Sequence[int], messages: int) -> Mapping[int, float]:
    """Return the CPU milliseconds of this process for a message, by how many personas there are."""
    fleets = {number: _fleet(folder, number) for number in numbers}
    said: dict[int, list[float]] = {number: [] for number in numbers}
    for turn in range(ROUNDS + 1):
        for number in rotated(list(numbers), turn):
            cost_ms = asyncio.run(_cost_ms(url, folder, fleets[number], messages))
            if turn:  # the first round is for warming up
                said[number].append(cost_ms)
    return {number: statistics.median(costs) for number, costs in said.items()}


async def _cost_ms(url: str, folder: Path, known: Fleet, messages: int) -> float:
    store = AsyncStore.open(url)
    await store.client.flushall()
    desk = Desk(_around(store, folder, known))
    names = [persona.name for persona in known.personas]
    heard = [_heard(number, names[number % len(names)]) for number in range(messages)]
    await desk.hear(_heard(messages, names[0]))  # what is worked out once for all
    began_s = time.process_time()
    verdicts = [await desk.hear(one) for one in heard]
    spent_s = time.process_time() - began_s
    await store.close()
    if not all(isinstance(verdict, Accepted) for verdict in verdicts):
        raise ProcessFailed("the reception did not take all messages in")
    return spent_s / messages * MS


def _around(store: AsyncStore, folder: Path, known: Fleet) -> Around:
    return Around(
        gateway=AsyncGateway(store, Ways.of(known.jobs)),
        fleet=lambda: known,
        rules=Rules,
        words=Words(folder / "blocked.yaml"),
        guilds=Guilds(folder / "settings.json"),
        postman=Nobody(),
        tell=lambda _place, _text, _job: None,
        fetcher=Fetcher(),
    )


def _heard(number: int, persona: str) -> Heard:
    chat, message = str(number % CHATS), str(number)
    text = f"{persona}, what do you think about the weather in the north this week?"
    return Heard(
        "discord", "discord", Place(chat, message), message, f"u{number}", f"Ann {number}", text, number, guild="7"
    )


def _fleet(folder: Path, personas: int) -> Fleet:
    file = folder / f"{personas}.toml"
    file.write_text(LIMITS + fleet([f"Rook{n:04d}" for n in range(personas)], MODELS, "fake"))
    return load(file, {}).fleet
