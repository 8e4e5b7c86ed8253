"""Follows what people had forgotten, or took back, into what was learned of it: it is flagged, exports lose words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path

from tasks.contracts.atomic import write_whole
from tasks.contracts.learning import StepName
from tasks.jobs import consents, learned, unlearning
from tasks.training.canary.telling import notice_of
from tasks.training.dataset.kept import read_samples
from tasks.training.registry import lineage
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.lineage import Trace
from tasks.training.runs import folder
from tasks.training.runs.spec import Workshop

LINES, TRAIN_FILE = "*.jsonl", "train.jsonl"
QUOTES_FILE = "samples.json"  # is made again, where the run is not over
DATASET = StepName.DATASET.value
FOR_ITS_OWNER = 0o600
logger = logging.getLogger(__name__)


def follow(workshop: Workshop) -> int:
    """See to all that was forgotten since the last time; returns how many versions are flagged anew.

    What a run that is not over has exported already would come out of it later, so the jobs stay noted until it ends.

    Raises:
        RetryableError: Redis or the registry did not answer; it is done at the next look.
    """
    jobs = workshop.store.run(unlearning.pending())
    if not jobs:
        return 0
    training_dir, now_ms = workshop.settings().training_dir, workshop.store.now_ms()
    under_way = _under_way(training_dir)  # before: one that begins from here on finds nothing of it any more
    flagged = [trace for trace in lineage.made_of(workshop.registry, jobs) if _flag(workshop, trace, now_ms)]
    erased = _erased(workshop, training_dir, jobs)
    if not under_way:
        for move in unlearning.done(jobs):
            workshop.store.run(move)
    logger.info("what was forgotten is followed", extra={"adapters": len(flagged), "samples": erased})
    return len(flagged)


def follow_consents(workshop: Workshop) -> int:
    """Flag what answers by consents that were taken back, or learned in channels that were closed; returns how many.

    Raises:
        RetryableError: Redis or the registry did not answer; it is done at the next look.
    """
    agreed, now_ms = workshop.store.run(consents.every()), workshop.store.now_ms()
    learned_in = partial(_channels_of, workshop.settings().training_dir)
    found = lineage.taken_back(workshop.registry, agreed, learned_in)
    return sum(_flag(workshop, trace, now_ms) for trace in found)


def _channels_of(training_dir: Path, run: str) -> frozenset[str]:
    """Return where what a run learned was said; nothing where its folder is not here, or not any more."""
    path = folder.runs_of(training_dir) / run / DATASET / TRAIN_FILE
    return frozenset(sample.channel for sample in read_samples(path) if sample.channel)


def erase(training_dir: Path, jobs: AbstractSet[str]) -> int:
    """Take samples that were made of these jobs, or are named among them, out of all exports; returns how many lines.

    What a run quotes of them goes first: killed in between, it is found by the lines that are there still.
    """
    erased = 0
    for path in sorted(training_dir.rglob(LINES)):
        lines = path.read_bytes().split(b"\n")
        kept = [line for line in lines if not _is_among(line, jobs)]
        if len(kept) < len(lines):
            for quotes in _quotes_beside(training_dir, path):
                quotes.unlink(missing_ok=True)
            write_whole(path, b"\n".join(kept), mode=FOR_ITS_OWNER)
            erased += len(lines) - len(kept)
    return erased


def _erased(workshop: Workshop, training_dir: Path, jobs: AbstractSet[str]) -> int:
    """Erase, and have nothing of it shown.

    That is said before, too: who is killed in between finds no line any more that tells it.
    """
    hush = learned.drop_words()
    if any(_is_of(path, jobs) for path in training_dir.rglob(LINES)):
        workshop.store.run(hush)
    erased = erase(training_dir, jobs)
    late = _late_quotes(training_dir)
    for quotes in late:
        quotes.unlink(missing_ok=True)
    if erased or late:
        workshop.store.run(hush)
    return erased


def _is_of(path: Path, jobs: AbstractSet[str]) -> bool:
    with path.open("rb") as lines:
        return any(_is_among(line, jobs) for line in lines)


def _quotes_beside(training_dir: Path, path: Path) -> Iterator[Path]:
    """Yield where the run that an export is of quotes it, side by side with what models said."""
    of = path.relative_to(training_dir).parts
    if len(of) > 2 and training_dir / of[0] == folder.runs_of(training_dir):
        yield training_dir / of[0] / of[1] / StepName.EVALUATE.value / QUOTES_FILE


def _late_quotes(training_dir: Path) -> list[Path]:
    """Return what was quoted out of data sets that have lost something since: a run may have been at just that."""
    runs = folder.runs_of(training_dir)
    found = (runs / run / StepName.EVALUATE.value / QUOTES_FILE for run in folder.names(training_dir))
    return [quotes for quotes in found if quotes.is_file() and not _is_whole(quotes.parent.with_name(DATASET))]


def _is_whole(dataset: Path) -> bool:
    """Return whether what is there of a data set is as it was made; files that nobody needed any more may be gone."""
    said = folder.done(dataset)
    return said is None or folder.hashes(dataset).items() <= said.outputs.items()


def jobs_of(line: bytes) -> tuple[list[str], str]:
    """Return the jobs of a sample, of a pair, or of a sample that was kept with the name of its run; and its own id."""
    try:
        told = json.loads(line)
    except ValueError:
        return [], ""
    told = told.get("sample", told) if isinstance(told, dict) else {}
    return list(told.get("jobs") or ()), str(told.get("id", ""))


def _is_among(line: bytes, jobs: AbstractSet[str]) -> bool:
    made_of, id_ = jobs_of(line)
    return not jobs.isdisjoint((*made_of, id_))


def _flag(workshop: Workshop, trace: Trace, now_ms: int) -> bool:
    """Flag a version; whoever looks after the flock is told where it answers people."""
    flag = lineage.flag(workshop.registry, trace, now_ms)
    if flag is None:
        return False
    served = workshop.registry.served(trace.persona)
    if trace.version in (served.current, served.canary):
        words = (
            f"{flag.words}; it is trained anew without, and until then "
            f"`rookery train rollback --persona {trace.persona} --to base` takes it away"
        )
        event = Event(kind=Kind.FLAGGED, version=trace.version, at_ms=now_ms, words=words)
        workshop.notify(notice_of(trace.persona, event))
    return True


def _under_way(training_dir: Path) -> bool:
    runs = folder.runs_of(training_dir)
    return any(folder.facts(runs / run).ended is None for run in folder.names(training_dir))
