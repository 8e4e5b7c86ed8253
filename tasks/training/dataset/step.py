"""The step that makes the data set of a run, out of what was scrubbed and of what earlier runs kept."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from tasks.contracts import atomic
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import Sample, StepName
from tasks.jobs import consents
from tasks.jobs.consents import Consents
from tasks.training.dataset import figures
from tasks.training.dataset.alignment import alignment
from tasks.training.dataset.figures import Figures
from tasks.training.dataset.kept import Shelf, line, read_samples, shelf_of, shelves
from tasks.training.dataset.making import Made, Material, Wishes, make
from tasks.training.dataset.shares import load_of
from tasks.training.registry import lineage, manifest
from tasks.training.runs.spec import Interrupted, Run, RunSpec

SAMPLES_FILE, TRAIN_FILE = "samples.jsonl", "train.jsonl"
HELD_OUT_NEW_FILE, HELD_OUT_OLD_FILE = "held_out_new.jsonl", "held_out_old.jsonl"
REPLAY_FILE, PROBES_FILE = "replay.jsonl", "probes.jsonl"
logger = logging.getLogger(__name__)


class Dataset:
    """Writes what is learned and what is judged by; what is held out is never learned by any later run."""

    name = StepName.DATASET
    resumes = False

    def work(self, run: Run, out: Path) -> None:
        """Make it.

        Raises:
            TrainingSkipped: too little is left to learn from, or it cannot be divided.
            Interrupted: the worker is to end.
        """
        spec, shop = run.spec, run.workshop
        if shop.ending.is_set():
            raise Interrupted
        shop.say("taking doubles out, and dividing", 0.0)
        agreed = shop.store.run(consents.every())
        may_stay = allowed(spec, agreed)
        shelf = shelf_of(shop.settings().training_dir, spec.persona.name)
        _take_in(run, shelf)
        shelf.forget(lambda sample: not may_stay(sample))
        _forget_elsewhere(shop.settings().training_dir, may_stay)
        afresh = lineage.begins_afresh(shop.registry, spec.persona.name)
        made = make(material(run, shelf, may_stay, afresh=afresh), wishes(spec, afresh=afresh))
        write(out, made, agreed, shelf.salt())
        shelf.hold_out(spec.run, made.held_out_new)
        told = {"train": len(made.train), "new": len(made.new), "held_out": len(made.held_out_new)}
        logger.info("data set made", extra={"run": spec.run, **told})
        shop.say(f"{len(made.train)} samples to learn from, {len(made.held_out_new)} to judge by", 1.0)


def allowed(spec: RunSpec, agreed: Consents) -> Callable[[Sample], bool]:
    """Return what says whether a sample may be known: it was not forgotten, and all whose words it has agree to it."""
    without = frozenset(spec.without)

    def may_stay(sample: Sample) -> bool:
        people = sample.people or ((sample.author,) if sample.author else ())
        return sample.id not in without and agreed.allow(people, sample.channel)

    return may_stay


def _forget_elsewhere(training_dir: Path, may_stay: Callable[[Sample], bool]) -> None:
    """Forget for personas too that have another name by now, or learn no more: no run of theirs would ever do it."""
    for shelf in shelves(training_dir):
        try:
            shelf.forget(lambda sample: not may_stay(sample))
        except ConfigurationError as exc:
            logger.warning("what another persona has learned cannot be looked through", extra={"error": exc.message})


def material(run: Run, shelf: Shelf, may_stay: Callable[[Sample], bool], *, afresh: bool = False) -> Material:
    """Return what the data set of a run is made of; `afresh` what earlier runs learned is as if new."""
    there = read_samples(run.of(StepName.SCRUB) / SAMPLES_FILE)
    new = [sample for sample in there if may_stay(sample)]
    frozen, learned = (
        [kept.sample for kept in kept_ if kept.run != run.spec.run] for kept_ in (shelf.held_out(), shelf.learned())
    )
    known = {sample.id for sample in there}
    again = [sample for sample in learned if afresh and may_stay(sample) and sample.id not in known]
    return Material(
        new=[*new, *again],
        frozen=frozen,
        learned=learned,
        alignment=alignment(run.spec.persona.name),
        forgotten=len(there) - len(new),
    )


def wishes(spec: RunSpec, *, afresh: bool = False) -> Wishes:
    """Return what the data set of a run is to be."""
    training = spec.training
    return Wishes(
        persona=spec.persona.name,
        seed=f"{training.seed}:{spec.run}",
        min_samples=training.min_samples,
        held_out_share=training.held_out_share,
        user_share=training.user_share,
        replay_share=training.replay_share,
        afresh=afresh,
    )


def write(out: Path, made: Made, agreed: Consents, salt: str) -> None:
    """Write a data set down."""
    parts = {
        TRAIN_FILE: made.train,
        HELD_OUT_NEW_FILE: made.held_out_new,
        HELD_OUT_OLD_FILE: made.held_out_old,
        REPLAY_FILE: made.replay,
        PROBES_FILE: made.probes,
    }
    for name, samples in parts.items():
        atomic.write_whole(out / name, _lines(samples))
    told = _figures(made, agreed, salt).model_dump(mode="json")
    atomic.write_json(out / figures.FILE, told)


def _figures(made: Made, agreed: Consents, salt: str) -> Figures:
    people = {person for sample in made.train for person in sample.people or (sample.author,)}
    return Figures(
        train=len(made.train),
        new=len(made.new),
        replay=len(made.replay),
        alignment=len(made.alignment),
        held_out_new=len(made.held_out_new),
        held_out_old=len(made.held_out_old),
        probes=len(made.probes),
        characters=load_of(made.train).chars,
        split_by=made.unit,
        authors=made.authors,
        limit=round(float(made.limit), figures.DIGITS),
        shares=figures.told_shares(made.train, salt),
        left_out=made.left_out,
        consents=agreed.ids(people),
        train_sha256=hashlib.sha256(_lines(made.train)).hexdigest(),
    )


def _lines(samples: Iterable[Sample]) -> bytes:
    return b"".join(map(line, samples))


def _take_in(run: Run, shelf: Shelf) -> None:
    """Keep what the adapter has learned that is served now, while the folder of its run is there."""
    registry, persona = run.workshop.registry, run.spec.persona.name
    served = registry.current(persona)
    if not served:
        return
    told = (registry.folder(persona, served) / manifest.MANIFEST).read_bytes()
    made_by = manifest.read(told, f"{persona}@{served}").origin.run
    learned = read_samples(run.folder.parent / made_by / StepName.DATASET / TRAIN_FILE) if made_by else ()
    if learned:
        shelf.learn(made_by, learned)
    else:
        logger.warning("what is served cannot be replayed: its run is gone", extra={"version": served})
