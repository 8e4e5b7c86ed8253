"""From the transcript to what canaries are judged by: who was to answer what, what came of it, and who liked it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from tasks.contracts.canary import BASE, Served, is_tried
from tasks.contracts.jobs import Cause
from tasks.contracts.learning import adapter_name
from tasks.jobs.feedback import Opinion
from tasks.training.canary.judging import Trial
from tasks.training.evaluation.degenerate import faults
from tasks.training.evaluation.people import LEAST, stars
from tasks.training.evaluation.people import MOST as MOST_STARS
from tasks.transcript import learned
from tasks.transcript.database import Database
from tasks.transcript.learned import Judged
from tasks.transcript.trials import Answered, answered

#: Why an engine that has this adapter may have failed where another one does not.
OF_ENGINES = frozenset({Cause.FAILED, Cause.REJECTED, Cause.TOO_LONG, Cause.THOUGHT, Cause.CRASHED, Cause.NOT_LOADED})
#: Of nobody's making: it was given before, or the adapter was not there.
UNFIT = frozenset({"cached", "no adapter"})
MOST = 50_000
"""Questions that a canary is judged by: the first ones, so that of each look the next one sees the same and more."""
MIDDLE = (LEAST + MOST_STARS) / 2
GOOD, BAD = frozenset({Opinion.UP, Opinion.KEPT}), frozenset({Opinion.DOWN, Opinion.REGENERATE, Opinion.CORRECTED})


def trials(
    transcript: Database, persona: str, served: Served, since_ms: int, until_ms: int, *, earlier_ms: int
) -> list[Trial]:
    """Return how a canary that began at `since_ms`, and what was served before, did until now.

    Args:
        transcript: where it stands.
        persona: whose canary it is.
        served: what is served, with the canary.
        since_ms: when it began.
        until_ms: now.
        earlier_ms: how far back before that what was served before is looked at.
    """
    found: dict[str, Trial] = {}
    for one in islice(answered(transcript, persona, since_ms - earlier_ms), MOST):
        earlier = one.answered_ms <= since_ms
        canary = _arm(one, persona, served, earlier=earlier)
        if canary is not None:
            found[one.job] = _trial(one, canary, earlier=earlier)
    said = _reactions(learned.opinions(transcript, found, until_ms))
    judged = {
        job: replace(found[job], disliked=disliked, judged_ms=judged_ms) for job, (disliked, judged_ms) in said.items()
    }
    return [*{**found, **judged}.values()]


def _arm(one: Answered, persona: str, served: Served, *, earlier: bool) -> bool | None:
    """Return whether the canary was to answer this, or what was served before; None: it says nothing of either.

    A reply says itself who gave it; of a notice the job says who was to.
    """
    if one.flags & UNFIT:
        return None
    tried = not earlier and is_tried(served, one.job)
    if not one.replied:
        return tried if one.cause in OF_ENGINES else None
    canary, current = adapter_name(persona, served.canary), adapter_name(persona, served.current)
    if one.adapter == canary:
        return True
    is_current = one.adapter == (current if served.current != BASE else "")
    return False if is_current and not tried else None


def _reactions(opinions: Iterable[Judged]) -> dict[str, tuple[bool, int]]:
    """Return of each reply that people said something of whether they disliked it, and when that was said."""
    told: dict[str, list[tuple[int, int]]] = {}
    for one in opinions:
        if mark := _mark(one):
            told.setdefault(one.job, []).append((mark, one.at_ms))
    return {job: (sum(mark for mark, _ in marks) <= 0, max(at_ms for _, at_ms in marks)) for job, marks in told.items()}


def _mark(one: Judged) -> int:
    """Return 1 for liked, -1 for disliked, 0 for neither."""
    if one.opinion in GOOD or one.opinion in BAD:
        return 1 if one.opinion in GOOD else -1
    given = stars(one.opinion, one.text)
    return 0 if given is None or given == MIDDLE else (1 if given > MIDDLE else -1)


def _trial(one: Answered, canary: bool, *, earlier: bool) -> Trial:
    erased = not one.question  # with its answer: of what was forgotten nobody knows any more how it was
    return Trial(
        canary=canary,
        replied=one.replied,
        broken=one.replied and not erased and bool(faults(one.question, one.reply)),
        disliked=None,
        answered_ms=one.answered_ms,
        earlier=earlier,
    )
