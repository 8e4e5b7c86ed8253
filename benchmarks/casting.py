"""How long a bot thinks about who answers: 50 personas and 1,000, each with names, topics, a keyword and a pattern.

Messages that call somebody, that have a word or a pattern of theirs in them, and that concern nobody, in turns. *To
choose* is from the message and the context of its conversation to who answers; *the context* is what the last twenty
messages come to, which is worked out before. *Arranged* is done once a fleet, when it is first used.
"""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Sequence

import psutil

from benchmarks.figures import MS, Chart, Figure, Findings, Goal, Spread, Tell
from bots.casting import Scene, choose, dice
from bots.listening.company import company_of
from bots.listening.context import analyze
from bots.platform import Heard, Place
from tasks.contracts.fleet import Fleet, parse

SIZES = (50, 1_000)
MESSAGES, QUICK_MESSAGES = 4_000, 40
WINDOW = 20  # messages of a conversation that a bot has in mind
MIB = 2**20
P99_GOAL, MEMORY_GOAL = Goal.most(5.0), Goal.most(50.0)
WORDS = (
    "so I went to the lake yesterday and the water was colder than anybody had told me it would be",
    "has anybody seen the new chess opening that everyone talks about?",
    "pal{at}, what do you make of it? I have been thinking about topic{at} all day long",
    "the word{at} is out, and I do not know what to say about that one",
    "something with patttern{at} in the middle of a sentence, as it happens in a talk",
    "ok lol",
)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return how long it takes to choose, by how many there are, and what a thousand personas take of memory."""
    said = talk(QUICK_MESSAGES if quick else MESSAGES)
    figures: list[Figure] = []
    bars: list[tuple[str, float]] = []
    for turn, size in enumerate(SIZES):
        before = _resident_mib()
        fleet = fleet_of(size)
        began_s = time.perf_counter()
        company_of(fleet)
        arranged_ms = (time.perf_counter() - began_s) * MS
        grown = _resident_mib() - before
        context, chosen = times(fleet, said)
        large = size == SIZES[-1]
        figures += [
            Figure(name=f"To choose among {size}, p50", value=chosen.p50, unit="ms"),
            Figure(name=f"To choose among {size}, p99", value=chosen.p99, unit="ms", goal=P99_GOAL if large else None),
            Figure(name=f"Arranged, {size}", value=arranged_ms, unit="ms"),
        ]
        if large:
            figures.append(Figure(name="Memory of 1000 personas", value=max(grown, 0.0), unit="MiB", goal=MEMORY_GOAL))
            figures.append(Figure(name="The context of a message, p99", value=context.p99, unit="ms"))
        bars.append((f"{size} personas, p99", chosen.p99))
        tell((turn + 1) / len(SIZES), f"{size} personas")
    return Findings(figures=tuple(figures), charts=(Chart(title="To choose who answers", unit="ms", bars=tuple(bars)),))


def fleet_of(size: int) -> Fleet:
    """Return a fleet of so many personas."""
    personas = [
        {
            "name": f"Persona {at}",
            "model": "demo",
            "aliases": [f"pal{at}"],
            "topics": [f"topic{at}", "chess"],
            "prompt": "You are somebody of whom there is much to tell. " * 10,
            "triggers": [
                {"kind": "keyword", "value": f"word{at}"},
                {"kind": "regex", "value": rf"(?i)\bpat+ern{at}\b"},
            ],
        }
        for at in range(size)
    ]
    return parse({"persona": personas}, "benchmark")


def talk(messages: int) -> list[Heard]:
    """Return a talk of so many messages."""
    words = itertools.islice(itertools.cycle(WORDS), messages)
    return [
        Heard("bench", "bench", Place("c"), str(at), f"u{at % 7}", f"person{at % 7}", text.format(at=at % 50), at * MS)
        for at, text in enumerate(words)
    ]


def times(fleet: Fleet, said: Sequence[Heard]) -> tuple[Spread, Spread]:
    """Return how many milliseconds contexts take, and choices."""
    contexts, choices = [], []
    for at, heard in enumerate(said):
        began_s = time.perf_counter()
        context = analyze(said[max(0, at + 1 - WINDOW) : at + 1], heard.at_ms)
        between_s = time.perf_counter()
        choose(Scene(heard, context, {}, frozenset(), 0, dice(heard)), fleet)
        contexts.append((between_s - began_s) * MS)
        choices.append((time.perf_counter() - between_s) * MS)
    return Spread.of(contexts), Spread.of(choices)


def _resident_mib() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss / MIB)
