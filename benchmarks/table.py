"""Every benchmark by its name, in the order of the page, and how one is run so that it ends in time."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from benchmarks import (
    adapter_swap,
    batch,
    cached,
    casting,
    crowd,
    drain,
    edge,
    enqueue,
    first_answer,
    fleet_full,
    gap,
    gate_cases,
    growth,
    joining,
    memory,
    one_load,
    overhead,
    proxy,
    queues,
    residency,
    residency_full,
    swaps,
    third_host,
    ttft,
)
from benchmarks.bots import at_length as bots_at_length
from benchmarks.bots import short as bots
from benchmarks.figures import Findings, Tell
from benchmarks.month import kept as month
from benchmarks.recalling import rates as recalling
from benchmarks.scrub import measuring as scrub
from benchmarks.training import lora_gpu
from benchmarks.web import answers as web_answers
from benchmarks.web import first_paint as web_page
from benchmarks.web import load as web_load
from benchmarks.web import streams as web_streams
from tasks.contracts.errors import ProcessFailed

LIMIT_S, LONG_LIMIT_S, LONGEST_LIMIT_S = 180.0, 480.0, 14_400.0  # many times what each takes on a quiet machine


class Measures(Protocol):
    """A module that measures; its docstring says what its figures mean."""

    __doc__: str | None

    def measure(self, tell: Tell, *, quick: bool = False) -> Findings:
        """Measure; `quick` is for seeing that it works, in seconds."""
        ...


@dataclass(frozen=True)
class Benchmark:
    """One benchmark: its title on the page, the module that measures, and the programs that are no part of Rookery."""

    title: str
    module: Measures
    limit_s: float = LIMIT_S
    peers: tuple[str, ...] = ()
    by_name: bool = False
    """Takes so long that it is only run when it is asked for by its name."""


BENCHMARKS = {
    "overhead": Benchmark("What is added to one answer", overhead),
    "ttft": Benchmark("Time to the first words", ttft),
    "drain": Benchmark("Working off a backlog", drain, LONG_LIMIT_S),
    "enqueue": Benchmark("Putting jobs on the queue", enqueue),
    "gap": Benchmark("From an end to the next start", gap),
    "first-answer": Benchmark("From `rookery up` to an answer", first_answer),
    "memory": Benchmark("Memory", memory),
    "edge": Benchmark("A small machine", edge),
    "growth": Benchmark("Growth", growth),
    "residency": Benchmark("What hosts hold", residency, LONG_LIMIT_S),
    "residency-full": Benchmark("What hosts hold, at length", residency_full, LONGEST_LIMIT_S, by_name=True),
    "swaps": Benchmark("Models that change places", swaps),
    "one-load": Benchmark("One load for one question", one_load),
    "joining": Benchmark("Hosts that come and go", joining),
    "third-host": Benchmark("A third host", third_host),
    "crowd": Benchmark("Many hosts on one Redis", crowd),
    "casting": Benchmark("Who answers", casting),
    "bots": Benchmark("Bots", bots, LONG_LIMIT_S),
    "bots-long": Benchmark("Bots at length", bots_at_length, LONGEST_LIMIT_S, by_name=True),
    "batch": Benchmark("People amid overnight work", batch),
    "cached": Benchmark("Answered before", cached),
    "adapter-swap": Benchmark("Adapters that change under load", adapter_swap),
    "streams": Benchmark("Many streams at once", web_streams),
    "page": Benchmark("The page in a browser", web_page),
    "lora-gpu": Benchmark("Training on a GPU", lora_gpu, LONGEST_LIMIT_S, by_name=True),
    "fleet-full": Benchmark("The fleet at length", fleet_full, LONGEST_LIMIT_S, by_name=True),
    "queues": Benchmark("Beside other queues", queues, LONG_LIMIT_S, queues.PEERS),
    "proxy": Benchmark("Beside a proxy", proxy, LONG_LIMIT_S, (proxy.LITELLM,)),
    "api": Benchmark("The API beside a proxy", web_answers, LONG_LIMIT_S, (proxy.LITELLM,)),
    "gate": Benchmark("What may be served", gate_cases),
    "month": Benchmark("A month of memories", month, LONGEST_LIMIT_S, (recalling.ENVIRONMENT,)),
    "recalling": Benchmark("What is recalled", recalling, LONGEST_LIMIT_S, (recalling.ENVIRONMENT,)),
    "scrub": Benchmark("What is kept from training", scrub),
    "api-load": Benchmark("The API under load", web_load, LONG_LIMIT_S, (proxy.LITELLM,)),
}


def findings_of(benchmark: Benchmark, tell: Tell, *, quick: bool) -> Findings:
    """Run one benchmark. Raises ProcessFailed when it takes too long, and whatever went wrong in it."""
    with within(benchmark.limit_s):
        return benchmark.module.measure(tell, quick=quick)


@contextmanager
def within(limit_s: float) -> Iterator[None]:
    """Raise ProcessFailed inside the block once it has taken so long, whatever it waits for. For the main thread."""

    def too_late(_number: int, _frame: FrameType | None) -> None:
        raise ProcessFailed(f"not done after {limit_s:g} s", next_step="run it alone on a quiet machine")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
