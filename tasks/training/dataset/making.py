"""Makes a data set of samples: the same for the same samples and the same seed, to the byte. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tasks.contracts.errors import TrainingSkipped
from tasks.contracts.learning import Sample
from tasks.training.dataset import leaks
from tasks.training.dataset.alignment import room
from tasks.training.dataset.bounding import Bounded, Bounding
from tasks.training.dataset.doubles import singled
from tasks.training.dataset.figures import LeftOut, too_few
from tasks.training.dataset.probes import probes
from tasks.training.dataset.shares import joined, load_of, rank
from tasks.training.dataset.splitting import Split, Unit, split

NEXT_STEP = (
    "wait until there is more, have more people agree with /learning on, or look at `min_samples` and `user_share` "
    "of [training]"
)


@dataclass(frozen=True)
class Wishes:
    """What a data set is to be."""

    persona: str
    seed: str
    """What chance goes by."""
    min_samples: int = 1
    held_out_share: float = 0.15
    user_share: float = 0.05
    replay_share: float = 0.3
    afresh: bool = False
    """Whether what was learned before counts as new: what knows it is to be replaced."""


@dataclass(frozen=True)
class Material:
    """What it is made of."""

    new: Sequence[Sample]
    frozen: Sequence[Sample] = ()
    """What earlier runs held out."""
    learned: Sequence[Sample] = ()
    """What earlier runs learned that were promoted."""
    alignment: Sequence[Sample] = ()
    forgotten: int = 0
    """Samples that are not among these, for somebody wanted it so."""


@dataclass(frozen=True)
class Made:
    """A data set. All of it is in the order of time."""

    new: tuple[Sample, ...]
    replay: tuple[Sample, ...]
    alignment: tuple[Sample, ...]
    held_out_new: tuple[Sample, ...]
    held_out_old: tuple[Sample, ...]
    probes: tuple[Sample, ...]
    unit: Unit
    authors: int
    limit: Fraction
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def train(self) -> tuple[Sample, ...]:
        """All that is learned."""
        return in_time((*self.new, *self.replay, *self.alignment))


def make(material: Material, wishes: Wishes) -> Made:
    """Return the data set of a run.

    Raises:
        TrainingSkipped: too little is left, or it cannot be divided; it says how much, and why.
    """
    ours = {sample.id for sample in material.new}
    old = _others(material.frozen, ours)
    single = singled(_frozen_first(material), before=in_time(old))
    pool = _in_order(material.alignment, wishes.seed)
    # Bounded before it is divided, too: else one who floods it has all others held out.
    fair = _bounded(single.samples, pool, wishes, wishes.min_samples)
    left_out = LeftOut(
        forgotten=material.forgotten,
        exact_doubles=single.exact,
        near_doubles=single.near,
        beyond_share=len(single.samples) - len(fair.samples),
    )
    if len(fair.samples) < wishes.min_samples or not fair.samples:
        raise _skipped(wishes, len(fair.samples), left_out)
    sides = split(fair.samples, material.frozen, _others(material.learned, ours), wishes.held_out_share)
    train, held_new = leaks.apart(sides.train, sides.held_out)
    train, held_old = leaks.apart(train, old)
    train, pool = (leaks.cleared(some, (*held_new, *held_old)) for some in (train, pool))
    held = _bounded(train, pool, wishes, wishes.min_samples - len(held_new))
    left_out = left_out.model_copy(
        update={
            "beyond_share": left_out.beyond_share + len(train) - len(held.samples),
            "said_when_held_out": len(sides.train) - len(train),
        }
    )
    seen = set() if wishes.afresh else {sample.id for sample in material.learned}
    usable = sum(1 for sample in (*held.samples, *held_new) if sample.id not in seen)
    if usable < wishes.min_samples or not held.samples or not held_new:
        raise _skipped(wishes, usable, left_out)
    mixed = tuple(pool[: room(len(held.samples))])
    replay = _replay(sides, held, mixed, (*held_new, *held_old), wishes)
    return Made(
        new=in_time(held.samples),
        replay=in_time(replay),
        alignment=in_time(mixed),
        held_out_new=in_time(held_new),
        held_out_old=in_time(held_old),
        probes=in_time(probes((*held_new, *held_old), (*held.samples, *replay), wishes.seed)),
        unit=sides.unit,
        authors=held.authors,
        limit=held.limit,
        left_out=left_out,
    )


def in_time(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Return samples in the order in which they are written down."""
    return tuple(sorted(samples, key=lambda one: (one.at_ms, one.id)))


def _frozen_first(material: Material) -> list[Sample]:
    """Return what is new in the order of time, but before it what was held out already: of doubles that one stays."""
    frozen = {sample.id for sample in material.frozen}
    return sorted(in_time(material.new), key=lambda one: one.id not in frozen)


def _bounded(samples: Sequence[Sample], pool: Sequence[Sample], wishes: Wishes, least: int) -> Bounded:
    """Return samples of which nobody's are too many, while ours are mixed in as far as there is room for them."""
    return Bounding(samples, lambda count: load_of(pool[: room(count)]), wishes.user_share, wishes.seed).bounded(least)


def _replay(
    sides: Split, new: Bounded, mixed: Sequence[Sample], held_out: Sequence[Sample], wishes: Wishes
) -> list[Sample]:
    """Draw from what was learned before, so that it is its share of all that is learned."""
    fit = leaks.cleared(singled(sides.replayable, before=(*held_out, *new.samples)).samples, held_out)
    most = room(len(new.samples) + len(mixed), wishes.replay_share)
    return joined(new.samples, _in_order(fit, wishes.seed), load_of(mixed), new.limit, most)


def _in_order(samples: Iterable[Sample], seed: str) -> list[Sample]:
    return sorted(samples, key=lambda one: rank(seed, one.id))


def _others(samples: Iterable[Sample], ours: Collection[str]) -> list[Sample]:
    return [sample for sample in samples if sample.id not in ours]


def _skipped(wishes: Wishes, usable: int, left_out: LeftOut) -> TrainingSkipped:
    return TrainingSkipped(too_few(wishes.persona, usable, wishes.min_samples, left_out), next_step=NEXT_STEP)
