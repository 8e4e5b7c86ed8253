"""Takes away what nobody needs of runs that are over: samples and tensors at once, whole folders when they are old."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tasks.contracts.atomic import write_whole
from tasks.contracts.errors import AdapterDamaged, RookeryError, UnknownThing
from tasks.contracts.learning import StepName
from tasks.jobs import learned
from tasks.training.abilities import Registry
from tasks.training.canary.unlearning import jobs_of
from tasks.training.evaluation.scoring import waits_for_people
from tasks.training.registry.events import Kind
from tasks.training.registry.step import ADAPTER, PUBLISHED, TRAINED_ON
from tasks.training.runs import folder, reporting
from tasks.training.runs.record import OVER
from tasks.training.runs.spec import Workshop

#: What came of these steps is in the data set, as far as it was learned from; the data set is where it is forgotten.
SPENT = (StepName.EXPORT, StepName.SCRUB)
REPLAYED, TRACES = "replay.jsonl", "traces.jsonl"
FOR_ITS_OWNER = 0o600
logger = logging.getLogger(__name__)


class Known(NamedTuple):
    """One run, as far as it matters here."""

    run: str
    persona: str
    over: bool
    """Whether nothing is left to do: it has ended, and what it tries was judged."""


def superfluous(runs: Iterable[Known], needed: Collection[str], keep: int) -> tuple[str, ...]:
    """Return the runs that may go, the oldest first: not among the last of their persona, not needed, and over.

    >>> superfluous([Known(f"run-{n}", "rook", n != 1) for n in range(5)], {"run-2"}, 1)
    ('run-0', 'run-3')
    """
    those: dict[str, list[Known]] = {}
    for known in sorted(runs):
        those.setdefault(known.persona, []).append(known)
    old = (known for some in those.values() for known in some[:-keep])
    return tuple(sorted(known.run for known in old if known.over and known.run not in needed))


def clear(workshop: Workshop) -> tuple[str, ...]:
    """Take away what is not needed, and return the runs whose folders are gone.

    Raises:
        RetryableError: Redis or the registry did not answer; nothing more is taken away until they do.
    """
    settings = workshop.settings()
    places = {place.name: place for place in _places(settings.training_dir)}
    known = list(_known(places.values()))
    for run in (one.run for one in known if one.over):
        strip(places[run])
    needed = {run for persona in {one.persona for one in known} for run in _needed(workshop.registry, persona, known)}
    gone = superfluous(known, needed, settings.fleet.training.keep_runs)
    for run in gone:
        _remove(workshop, places[run])
    return gone


def _needed(registry: Registry, persona: str, known: Iterable[Known]) -> set[str]:
    """Return the runs of which adapters came that answer, are tried, are gone back to, or were ever promoted."""
    try:
        served, history = registry.served(persona), registry.history(persona)
        promoted = {event.version for event in history if event.kind is Kind.PROMOTED}
        those = {served.current, served.canary, served.previous, *promoted}.intersection(registry.versions(persona))
        return {registry.manifest(persona, version).origin.run for version in those}
    except (AdapterDamaged, UnknownThing):  # until it is put right nobody knows which these are
        return {one.run for one in known if one.persona == persona}


def strip(place: Path) -> None:
    """Take what nobody reads any more out of the folder of a run that is over. Figures, verdict and answers stay.

    The data set of what was published stays, too: later runs replay it.
    """
    folder.drop_checkpoints(place)
    shutil.rmtree(place / StepName.TRAIN.value / ADAPTER, ignore_errors=True)  # the registry has what was published
    spent = [path for step in SPENT for path in sorted((place / step.value).glob("*.jsonl"))]
    if not (place / StepName.PUBLISH.value / PUBLISHED).is_file():
        spent += [path for name in (TRAINED_ON, REPLAYED) if (path := place / StepName.DATASET.value / name).is_file()]
    if spent:
        _note_traces(place, spent)
    for path in spent:
        path.unlink()


def _note_traces(place: Path, spent: Iterable[Path]) -> None:
    """Keep by which jobs samples are found, without their words: what the run quotes goes with them still."""
    traces = {line for path in [place / TRACES, *spent] if path.is_file() for line in map(_trace, _lines(path)) if line}
    write_whole(place / TRACES, b"".join(sorted(traces)), mode=FOR_ITS_OWNER)


def _trace(line: bytes) -> bytes:
    jobs, id_ = jobs_of(line)
    return json.dumps({"id": id_, "jobs": jobs}).encode() + b"\n" if jobs or id_ else b""


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")


def _places(training_dir: Path) -> Iterator[Path]:
    return (folder.runs_of(training_dir) / name for name in folder.names(training_dir))


def _known(places: Iterable[Path]) -> Iterator[Known]:
    for place in places:
        try:
            persona = folder.read(place).persona.name
        except RookeryError:
            continue  # of another version, say: nobody knows what it is, so nothing of it is taken away
        ended = folder.facts(place).ended
        over = ended is not None and ended.course in OVER and not waits_for_people(place)
        yield Known(place.name, persona, over)


def _remove(workshop: Workshop, place: Path) -> None:
    """Take a folder away. What pages show of what people said goes first: nothing here would lead to it any more."""
    workshop.store.run(learned.tell_run(reporting.report(place).model_copy(update={"samples": ()})))
    shutil.rmtree(place)
    logger.info("the folder of a run is gone", extra={"run": place.name})
