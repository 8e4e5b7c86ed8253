"""The first two steps of a run: which time it learns from, and what of that time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from tasks.contracts import atomic
from tasks.contracts.errors import TrainingSkipped
from tasks.contracts.learning import Sample, Source, StepName
from tasks.contracts.messages import Value
from tasks.jobs import consents
from tasks.training.abilities import Registry
from tasks.training.registry import lineage, manifest
from tasks.training.runs.spec import Interrupted, Run, RunSpec, Workshop
from tasks.training.samples import finding
from tasks.training.samples.rules import Found, Reason, Rules
from tasks.training.samples.spool import Spool
from tasks.transcript.database import Database, open_database

DAY_MS = 86_400_000
WINDOW_FILE, SAMPLES_FILE, PAIRS_FILE, COUNTS_FILE = "window.json", "samples.jsonl", "pairs.jsonl", "counts.json"
SAY_EVERY = 500  # exchanges


class Span(Value):
    """Which time a run learns from: `window.json`."""

    from_ms: int = Field(ge=0)
    until_ms: int = Field(ge=0)
    exchanges: int = Field(ge=0)
    """Messages that the persona answered in it."""
    served: str = ""
    """The adapter that had learned all before; empty: there is none, or it knows what it may not and is replaced."""
    afresh: bool = False
    """Whether it is replaced: then what earlier runs learned counts, too."""


class Counts(Value):
    """What there was to learn from, and why not from the rest: `counts.json`."""

    new: int
    """Samples that no earlier run has seen."""
    pairs: int
    sources: dict[Source, int]
    left_out: dict[Reason, int]
    consents: tuple[str, ...]
    """The ids of the consents that they were taken by."""


class Window:
    """Chooses the time: since what the served adapter has learned, or the last days where there is none."""

    name = StepName.WINDOW
    resumes = False

    def work(self, run: Run, out: Path) -> None:
        """Write down which time that is. Raises AdapterDamaged, TranscriptUnavailable."""
        with opened(run.workshop.transcript_url) as database:
            made = span(run.spec, run.workshop.registry, database)
        write(out / WINDOW_FILE, made)


class Export:
    """Takes what may be learned from out of the transcript and the persona's examples."""

    name = StepName.EXPORT
    resumes = False

    def __init__(self, *, skips: bool = True) -> None:
        """With `skips` a run ends here where there is too little."""
        self._skips = skips

    def work(self, run: Run, out: Path) -> None:
        """Write it down in the order of time.

        Raises:
            TrainingSkipped: there is too little of it, or nobody agreed.
            ConfigurationError: an example or a pattern cannot be used.
        """
        told = (run.of(StepName.WINDOW) / WINDOW_FILE).read_text(encoding="utf-8")
        made = Span.model_validate_json(told)
        counts = export(run.spec, made, run.workshop, out)
        if self._skips and not made.afresh:  # the data set counts what earlier runs learned, too
            refuse_too_few(counts, run.spec)


def span(spec: RunSpec, registry: Registry, database: Database) -> Span:
    """Return which time a run learns from. Raises AdapterDamaged: what is served cannot be read."""
    persona = spec.persona.name
    afresh = lineage.begins_afresh(registry, persona)
    served = "" if afresh else registry.current(persona)
    first_ms = max(0, spec.until_ms - int(spec.training.window_days * DAY_MS))
    from_ms = _learned_until_ms(registry, persona, served) if served else first_ms
    from_ms = min(from_ms or first_ms, spec.until_ms)
    count = finding.how_many(database, spec.persona, from_ms, spec.until_ms)
    return Span(from_ms=from_ms, until_ms=spec.until_ms, exchanges=count, served=served, afresh=afresh)


def export(spec: RunSpec, made: Span, workshop: Workshop, out: Path) -> Counts:
    """Write down what is learned from in a time, and return how much that is. Raises Interrupted."""
    agreed = workshop.store.run(consents.every())
    rules = Rules.of(spec, made.from_ms, agreed)
    tally = _Tally(agreed, is_first=not made.served, rules=rules)
    with ExitStack() as stack:
        samples = stack.enter_context(Spool(out / SAMPLES_FILE))
        pairs = stack.enter_context(Spool(out / PAIRS_FILE))
        database = stack.enter_context(opened(workshop.transcript_url))
        tally.take(finding.written(spec.persona, workshop.settings().folder, rules), samples, pairs)
        for number, found in enumerate(finding.found(database, spec.persona, rules)):
            if number % SAY_EVERY == 0:
                _pause(workshop, number, made)
            tally.take(found, samples, pairs)
    counts = tally.counts
    write(out / COUNTS_FILE, counts)
    return counts


def refuse_too_few(counts: Counts, spec: RunSpec) -> None:
    """Return where there is enough to learn from. Raises TrainingSkipped."""
    wanted = spec.training.min_samples
    if counts.new >= wanted:
        return
    reasons = ", ".join(f"{count} left out ({reason.value})" for reason, count in counts.left_out.items())
    raise TrainingSkipped(
        f"{spec.persona.name} has {counts.new} new samples to learn from, and {wanted} are wanted"
        + (f"; {reasons}" if reasons else ""),
        next_step="people agree with /learning on, and like, correct or retry answers; `rookery train export` shows it",
    )


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open the transcript while the block runs; one to which nobody has said a thing yet is empty."""
    database = open_database(url)
    try:
        yield database
    finally:
        database.dispose()


def write(path: Path, value: Value) -> None:
    """Write a value down: equal ones as equal bytes."""
    atomic.write_json(path, value.model_dump(mode="json"))


class _Tally:
    """Counts what is taken, and hands it on."""

    def __init__(self, agreed: consents.Consents, rules: Rules, *, is_first: bool) -> None:
        self._agreed, self._rules, self._is_first = agreed, rules, is_first
        self._new = self._pairs = 0
        self._sources: Counter[Source] = Counter()
        self._left_out: Counter[Reason] = Counter()
        self._people: set[str] = set()

    def take(self, found: Found, samples: Spool, pairs: Spool) -> None:
        """Take in what was found somewhere."""
        self._left_out += found.left_out
        for sample in found.samples:
            if samples.add(sample):
                self._sources[sample.source] += 1
                self._new += self._is_new(sample)
                self._people.update(sample.people)
        for pair in found.pairs:
            if pairs.add(pair):
                self._pairs += 1
                self._people.update(pair.people)

    def _is_new(self, sample: Sample) -> bool:
        """Return whether no earlier run has seen it: examples are there each time."""
        return sample.source is not Source.WRITTEN or self._is_first or self._rules.is_new(sample.at_ms)

    @property
    def counts(self) -> Counts:
        """What was taken in so far."""
        return Counts(
            new=self._new,
            pairs=self._pairs,
            sources=_sorted(self._sources),
            left_out=_sorted(self._left_out),
            consents=self._agreed.ids(self._people),
        )


def _sorted(counted: Counter[Any]) -> dict[Any, int]:
    return {what: counted[what] for what in sorted(counted) if counted[what]}


def _pause(workshop: Workshop, number: int, made: Span) -> None:
    """Tell how far it is, and end here where the worker is to end."""
    if workshop.ending.is_set():
        raise Interrupted
    workshop.say("reading what was said", min(1.0, number / max(1, made.exchanges)))


def _learned_until_ms(registry: Registry, persona: str, version: str) -> int:
    told = (registry.folder(persona, version) / manifest.MANIFEST).read_bytes()
    return manifest.read(told, f"{persona}@{version}").origin.until_ms
