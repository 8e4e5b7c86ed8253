"""What a data set is, in figures: `figures.json`. No words of people, and their names as digests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import Field

from tasks.contracts.learning import Sample
from tasks.contracts.messages import Value
from tasks.training.dataset.shares import shares
from tasks.training.dataset.splitting import Unit

FILE = "figures.json"
DIGEST_CHARS = 16
DIGITS = 6


class Share(Value):
    """How much of what is learned is one author's."""

    samples: float = Field(ge=0, le=1)
    characters: float = Field(ge=0, le=1)
    """Of all answers."""


class LeftOut(Value):
    """How many samples are not learned, by reason."""

    forgotten: int = 0
    """Or somebody took their consent back since."""
    exact_doubles: int = 0
    near_doubles: int = 0
    beyond_share: int = 0
    """Their author would have been more of it than one may be."""
    said_when_held_out: int = 0
    """They hold an answer that is judged by."""


class Figures(Value):
    """A data set in figures."""

    train: int
    """All samples that are learned."""
    new: int
    """Those of this run among them."""
    replay: int
    alignment: int
    held_out_new: int
    held_out_old: int
    probes: int
    characters: int
    """Of the answers that are learned."""
    split_by: Unit
    authors: int
    limit: float
    """The most that one author may be of it."""
    shares: dict[str, Share]
    """By a salted digest of each author."""
    left_out: LeftOut
    consents: tuple[str, ...] = ()
    """The ids of the consents by which people's words are in it."""
    train_sha256: str
    """Of the file that is trained on."""


def told_shares(samples: Sequence[Sample], salt: str) -> dict[str, Share]:
    """Return how much of these samples each author's are."""
    told = {
        digest(author, salt): Share(samples=round(count, DIGITS), characters=round(chars, DIGITS))
        for author, (count, chars) in shares(samples).items()
    }
    return dict(sorted(told.items()))


def digest(author: str, salt: str) -> str:
    """Return what stands for an author where names have no place: equal for equal salts alone."""
    return hashlib.sha256(f"{salt}\0{author}".encode()).hexdigest()[:DIGEST_CHARS]


def too_few(persona: str, usable: int, wanted: int, left_out: LeftOut) -> str:
    """Return why a run is skipped, in words and figures.

    >>> too_few("rook", 12, 20, LeftOut(near_doubles=5, beyond_share=3))
    'rook has 12 new samples left to learn from, and 20 are wanted; left out: 5 near doubles, 3 beyond share'
    """
    reasons = [f"{count} {reason.replace('_', ' ')}" for reason, count in left_out.model_dump().items() if count]
    told = f"{persona} has {usable} new samples left to learn from, and {wanted} are wanted"
    return told + (f"; left out: {', '.join(reasons)}" if reasons else "")
