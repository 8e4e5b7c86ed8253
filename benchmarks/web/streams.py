"""Many answers streamed at once: how late each piece is, and what the API's process weighs meanwhile.

500 clients listen to 500 answers that a host speaks three words in two seconds, each through the ledger and the API. A
piece is as late as it comes after the one before it, beyond that pace. A stall is a second of it.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
from collections.abc import Sequence

from benchmarks.figures import Figure, Findings, Goal, Spread, Tell, spread_figures
from benchmarks.stage import ROOT, stage
from benchmarks.web.clients import Heard, Server, stream
from benchmarks.web.serving import rss_mb, web
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store

STREAMS, QUICK_STREAMS = 500, 10
WORDS, QUICK_WORDS = 30, 2
PACE_S = 2 / 3
ARRIVE_S = 5.0  # over which they come
MS = 1000
STALL = Goal.most(1000.0)
WHOLE = Goal.least(1.0)
MEMORY = Goal.most(100.0)
SAMPLE_S = 0.5


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return how late pieces are, in milliseconds, and megabytes."""
    streams, words = (QUICK_STREAMS, QUICK_WORDS) if quick else (STREAMS, WORDS)
    with stage() as made:
        redis = made.redis(fsync=True)
        url, pid = web(made, redis)
        argv = [sys.executable, "-P", "-m", "benchmarks.web.speaker", redis, str(streams), str(words), str(PACE_S)]
        made.program("speaker", argv, env={"PYTHONPATH": str(ROOT)}, ready=lambda: is_there(made.store(redis)))
        weights_mb, over = [rss_mb(pid)], threading.Event()

        def weigh() -> None:
            while not over.wait(SAMPLE_S):
                weights_mb.append(rss_mb(pid))

        weighing = threading.Thread(target=weigh)
        weighing.start()
        tell(0.2, f"{streams} listen")
        try:
            heard = asyncio.run(listen(Server(url), streams))
        finally:
            over.set()
            weighing.join()
    return findings(heard, max(weights_mb))


async def listen(server: Server, streams: int) -> list[Heard]:
    """Listen to so many streams, which begin one after the other; one that fails is one that is not whole."""

    async def one(number: int) -> Heard:
        await asyncio.sleep(number * ARRIVE_S / streams)
        return await stream(server, "speak")

    told = await asyncio.gather(*map(one, range(streams)), return_exceptions=True)
    return [each if isinstance(each, Heard) else Heard() for each in told]


def is_there(store: Store) -> bool:
    """Return whether the host has come that speaks."""
    return any(host.live for host in store.run(fleet_moves.status()).hosts)


def findings(heard: Sequence[Heard], api_mb: float) -> Findings:
    """Return the figures of what was heard."""
    late_ms = [
        max(0.0, after - before - PACE_S) * MS for each in heard for before, after in itertools.pairwise(each.at_s)
    ]
    whole = sum(each.whole and bool(each.at_s) for each in heard) / len(heard)
    first_ms = [(each.at_s[0] - PACE_S) * MS for each in heard if each.at_s]
    return Findings(
        figures=(
            Figure(name="streams", value=len(heard)),
            Figure(name="part of them that came to their end", value=whole, goal=WHOLE),
            *spread_figures("first words, beyond the pace", Spread.of(first_ms)),
            *spread_figures("a piece late by", Spread.of(late_ms)),
            Figure(name="the piece that was latest, late by", value=max(late_ms), unit="ms", goal=STALL),
            Figure(name="memory of the API's process at most", value=api_mb, unit="MB", goal=MEMORY),
        )
    )
