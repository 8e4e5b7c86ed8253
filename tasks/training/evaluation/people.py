"""What people think of an adapter, from one to five: of the replies that it gave, and of those it was tried with. Pure.

A 👍 counts as five, a 👎 as one, and who gives a number means that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from tasks.contracts.learning import Objection
from tasks.contracts.messages import Value
from tasks.jobs.feedback import Opinion

LEAST, MOST = 1, 5
PRIOR_STARS, PRIOR_RATINGS = 3.0, 4.0
WIDTH = 1.96  # standard deviations to each side: 95 %
METRIC = "human_score"
Stars = Annotated[int, Field(ge=LEAST, le=MOST)]


class Rating(Value):
    """What one person thinks of one reply."""

    adapter: str
    """That gave it; empty: the base alone."""
    job: str
    person: str
    stars: Stars


class Score(Value):
    """What people think of an adapter, all in all."""

    stars: float
    """The smoothed mean; see `score`."""
    low: float
    high: float
    """What it is with a confidence of 95 %."""
    ratings: int
    people: int


def stars(opinion: str, text: str) -> int | None:
    """Return what an opinion is in stars; None where it is no such judgement.

    >>> stars("up", ""), stars("rated", "4"), stars("rated", "eleven"), stars("kept", "")
    (5, 4, None, None)
    """
    if opinion == Opinion.RATED.value:
        return int(text) if text in map(str, range(LEAST, MOST + 1)) else None
    return {Opinion.UP.value: MOST, Opinion.DOWN.value: LEAST}.get(opinion)


def score(ratings: Iterable[Rating]) -> Score:
    """Return what people think; of one person and reply the last rating counts.

    The mean is smoothed by a prior: as if four more ratings of three stars had been given, so that a single 👍 makes no
    adapter the best there is. That is the mean of a beta distribution, Beta(2 + Σp, 2 + Σ(1 - p)), where p is each
    rating between 0 (one star) and 1 (five); the bounds are 1.96 of its standard deviations away.

    >>> score([]).stars, score([Rating(adapter="", job="j", person="ann", stars=5)]).stars
    (3.0, 3.4)
    """
    last = {(rating.job, rating.person): rating for rating in ratings}
    liked = sum((rating.stars - LEAST) / (MOST - LEAST) for rating in last.values())
    prior = (PRIOR_STARS - LEAST) / (MOST - LEAST) * PRIOR_RATINGS
    likes, all_ = prior + liked, PRIOR_RATINGS + len(last)
    mean = likes / all_
    width = WIDTH * math.sqrt(mean * (1 - mean) / (all_ + 1))
    return Score(
        stars=_stars(mean),
        low=_stars(max(0.0, mean - width)),
        high=_stars(min(1.0, mean + width)),
        ratings=len(last),
        people=len({rating.person for rating in last.values()}),
    )


def objection(candidate: Score, before: Score, min_ratings: int, *, waits: bool, waived: str = "") -> Objection | None:
    """Return why people stand against an adapter; None where they do not, or have not said enough to.

    Args:
        candidate: what is thought of it.
        before: what is thought of what is served now.
        min_ratings: with fewer of the candidate its score is pending, and never a yes.
        waits: whether the persona waits for it then.
        waived: who said that it need not, for this one; empty: nobody.
    """
    if is_pending(candidate, min_ratings):
        if not waits or waived:
            return None
        words = (
            f"people have not judged it yet: {candidate.ratings} of {min_ratings} ratings, and this persona waits for "
            "them (`rookery train score` asks you)"
        )
        return Objection(metric=METRIC, words=words)
    floor = PRIOR_STARS if is_pending(before, min_ratings) else before.stars
    if candidate.high >= floor:
        return None
    than = "three stars" if is_pending(before, min_ratings) else f"the {floor:.1f} of what is served now"
    words = (
        f"people like it less than {than}: {candidate.stars:.1f} of 5 ({candidate.low:.1f} to {candidate.high:.1f}, "
        f"{candidate.ratings} ratings of {candidate.people} people)"
    )
    return Objection(metric=METRIC, words=words)


def is_pending(found: Score, min_ratings: int) -> bool:
    """Return whether too few have rated it for its score to mean anything."""
    return found.ratings < min_ratings


def _stars(part: float) -> float:
    return LEAST + part * (MOST - LEAST)
