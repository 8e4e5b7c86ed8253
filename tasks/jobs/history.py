"""The last hour of the flock in samples, for plots: throughput, waits, queues, memory.

A sample says what happened since the one before it, which is the difference of counts that only ever grow. Those of the
last sample are kept, so another leader goes on where one died.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from tasks.jobs.fleet_values import FleetStats
from tasks.jobs.measures import Histogram, Measures
from tasks.jobs.values import MS, Move, Status

EVERY_S = 10.0
SAMPLES = 360  # kept: an hour
LONGEST_S = 60.0  # after a longer silence nobody knows when what was counted happened
MOST_MODELS = 50  # in one sample, the busiest
MEDIAN, HIGH = 0.5, 0.95
T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    """What all counts came to at one moment."""

    at_ms: int
    bounds_s: tuple[float, ...] = ()
    waits: tuple[int, ...] = ()
    """How long jobs waited for their host, counted by `bounds_s`."""
    answers: tuple[int, ...] = ()
    """How long answers took in all."""
    notices: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)
    """Written, by model."""


@dataclass(frozen=True)
class Sample:
    """What the flock did in some seconds, and how it stood at their end. None: nothing is known."""

    at_ms: int
    span_s: float | None = None
    """Since the sample before; None after a silence, and then no rate is known."""
    answers: int = 0
    notices: int = 0
    waiting: int = 0
    wait_s: tuple[float | None, float | None] = (None, None)
    """Median and 95th percentile, from queue to claim."""
    answer_s: tuple[float | None, float | None] = (None, None)
    """The same from receipt to the whole answer."""
    tokens: Mapping[str, int] = field(default_factory=dict)
    """Written since the sample before, by model."""
    queues: Mapping[str, int] = field(default_factory=dict)
    """What waits, by model."""
    hosts: Mapping[str, tuple[float, float | None]] = field(default_factory=dict)
    """GiB that our models take and that there are, by host."""

    def text(self) -> str:
        """Return it as the ledger keeps it."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Sample:
        """Return the sample that was kept as `text`."""
        said = json.loads(text)
        hosts = {name: (used, total) for name, (used, total) in said["hosts"].items()}
        pairs = {name: tuple(said[name]) for name in ("wait_s", "answer_s")}
        return cls(**{**said, **pairs, "hosts": hosts})


@dataclass(frozen=True)
class Kept:
    """What the ledger has kept, at Redis time `now_ms`."""

    now_ms: int
    counts: Counts | None
    """At the last sample; None where there is none, or it is long ago."""
    samples: tuple[Sample, ...]
    """The oldest first."""


def read(at_most: int = SAMPLES) -> Move[Kept]:
    """Read the last samples."""

    def read_answer(answer: list[Any]) -> Kept:
        now_ms, counts, entries = answer
        samples = (_understood(Sample.of, fields[1]) for _, fields in reversed(entries))
        return Kept(now_ms, _understood(_counts, counts), tuple(each for each in samples if each is not None))

    return Move("history", (at_most, "", "", 0), read_answer, rings=False)


def keep(sample: Sample, counts: Counts) -> Move[None]:
    """Keep a sample, unless another one was kept just now."""
    least_ms = int(EVERY_S * MS / 2)
    return Move("history", (0, sample.text(), json.dumps(asdict(counts)), least_ms), lambda _: None, rings=False)


def counts_of(seen: Status, stats: FleetStats, measures: Measures) -> Counts:
    """Return what all counts come to now."""
    models = measures.by_model.values()
    replies = Histogram.sum(each.response["reply"] for each in models if "reply" in each.response)
    waits = Histogram.sum(each.wait for each in models)
    return Counts(
        at_ms=seen.now_ms,
        bounds_s=measures.bounds_s,
        waits=waits.counts if waits.count else (),
        answers=replies.counts if replies.count else (),
        notices=sum(each.response["notice"].count for each in models if "notice" in each.response),
        tokens={slug: written for slug in stats.models if (written := stats.model(slug).completion_tokens)},
    )


def sample(before: Counts | None, now: Counts, seen: Status) -> Sample:
    """Return what happened between two moments, and how the flock stands at the second."""
    queues = {each.slug: each.waiting for each in seen.backlogs}
    levels = Sample(
        at_ms=now.at_ms,
        waiting=sum(queues.values()),
        queues=dict(sorted(queues.items(), key=lambda each: -each[1])[:MOST_MODELS]),
        hosts={host.name: memory for host in seen.hosts if (memory := _memory(host.live, host.about)) is not None},
    )
    if before is None or not _follows(before, now):
        return levels
    waits, answers = _between(before.waits, now.waits, now), _between(before.answers, now.answers, now)
    tokens = {slug: written - before.tokens.get(slug, 0) for slug, written in now.tokens.items()}
    busiest = sorted(((slug, written) for slug, written in tokens.items() if written), key=lambda each: -each[1])
    rates = {
        "span_s": (now.at_ms - before.at_ms) / MS,
        "answers": answers.count,
        "notices": now.notices - before.notices,
        "wait_s": _percentiles(waits),
        "answer_s": _percentiles(answers),
        "tokens": dict(busiest[:MOST_MODELS]),
    }
    return Sample(**{**vars(levels), **rates})


def _follows(before: Counts, now: Counts) -> bool:
    """Return whether what was counted between two moments can be told: not after a silence, nor in another ledger."""
    grown = all(now.tokens.get(slug, 0) >= written for slug, written in before.tokens.items())
    soon = 0 < now.at_ms - before.at_ms <= LONGEST_S * MS
    return soon and grown and now.notices >= before.notices and sum(now.answers) >= sum(before.answers)


def _between(before: tuple[int, ...], now: tuple[int, ...], counts: Counts) -> Histogram:
    if not now:
        return Histogram()
    was = before if len(before) == len(now) else (0,) * len(now)
    return Histogram(counts.bounds_s, tuple(max(0, each - old) for each, old in zip(now, was, strict=True)))


def _percentiles(durations: Histogram) -> tuple[float | None, float | None]:
    def rounded(share: float) -> float | None:
        found = durations.quantile_s(share)
        return None if found is None else round(found, 3)

    return rounded(MEDIAN), rounded(HIGH)


def _memory(live: bool, about: Mapping[str, Any]) -> tuple[float, float | None] | None:
    memory = about.get("memory") or {}
    if not live or memory.get("used_gib") is None:
        return None
    return memory["used_gib"], memory.get("total_gib")


def _understood(read_text: Callable[[str], T], text: str) -> T | None:
    """Return what was kept; None of what another version wrote, and then it is begun anew."""
    try:
        return read_text(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _counts(text: str) -> Counts:
    said: dict[str, Any] = json.loads(text)
    return Counts(**{**said, **{name: tuple(said[name]) for name in ("bounds_s", "waits", "answers")}})
