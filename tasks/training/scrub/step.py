"""The step that takes secrets and people's numbers out of what is learned from."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tasks.contracts import atomic
from tasks.contracts.learning import Pair, Sample, StepName
from tasks.training.runs.spec import Interrupted, Run
from tasks.training.samples.spool import line
from tasks.training.scrub.cleaning import Sieve

SAMPLES_FILE, PAIRS_FILE, COUNTS_FILE = "samples.jsonl", "pairs.jsonl", "counts.json"
SAY_EVERY = 500  # samples

Learned = TypeVar("Learned", Sample, Pair)


class Scrub:
    """Writes samples.jsonl and pairs.jsonl without what must not be learned, and how much that was."""

    name = StepName.SCRUB
    resumes = False

    def work(self, run: Run, out: Path) -> None:
        """Look through all that was exported. Raises Interrupted."""
        exported = run.of(StepName.EXPORT)
        samples, pairs = Sieve(), Sieve()
        _sift(_read(exported / SAMPLES_FILE, Sample, run), samples.sample, out / SAMPLES_FILE)
        _sift(_read(exported / PAIRS_FILE, Pair, run), pairs.pair, out / PAIRS_FILE)
        counts = {"samples": _counts(samples), "pairs": _counts(pairs)}
        atomic.write_json(out / COUNTS_FILE, counts)


def _sift(lines: Iterator[Learned], let: Callable[[Learned], Learned | None], path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(line(cleaned) for one in lines if (cleaned := let(one)) is not None)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, kind: type[Learned], run: Run) -> Iterator[Learned]:
    if not path.exists():
        return
    whole = max(1, path.stat().st_size)
    with path.open("rb") as file:
        read = 0
        for number, told in enumerate(file):
            if number % SAY_EVERY == 0:
                _pause(run, read / whole)
            read += len(told)
            yield kind.model_validate_json(told)


def _pause(run: Run, share: float) -> None:
    if run.workshop.ending.is_set():
        raise Interrupted
    run.workshop.say("secrets and people's numbers are taken out", share)


def _counts(sieve: Sieve) -> dict[str, int | dict[str, int]]:
    return {
        "kept": sieve.kept,
        "masked": sieve.masked,
        "dropped": _plain(sieve.dropped),
        "found": _plain(sieve.found),
        "suspected": _plain(sieve.suspected),
    }


def _plain(counted: Counter[str]) -> dict[str, int]:
    return {what: counted[what] for what in sorted(counted)}
