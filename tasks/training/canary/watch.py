"""What is looked at every few minutes: is the ledger up to date, what may not be known any more, how are canaries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial

from tasks.contracts.canary import Served
from tasks.contracts.errors import AdapterDamaged, JobMoved, RookeryError
from tasks.training.canary import clearing, judging, liking, reading, replacing, unlearning
from tasks.training.canary.judging import Judgement, Ruling, Wishes
from tasks.training.canary.serving import Serving, Why
from tasks.training.registry import lineage
from tasks.training.registry.events import Event, Kind
from tasks.training.runs.spec import BEAT, Workshop
from tasks.transcript.database import opened_to_read

DAY_MS = 86_400_000
OWN_MS = DAY_MS // 2
"""For so long a canary is tried at the least: each night's takes the place of the one before."""
logger = logging.getLogger(__name__)


def look(workshop: Workshop) -> None:
    """Bring the ledger up to date, and have every canary judged; what cannot be done now is done at the next look."""
    serving = Serving(workshop.registry, workshop.store, workshop.notify)
    try:
        if written := serving.reconcile():
            logger.info("the ledger knows again what is served", extra={"personas": written})
        personas = workshop.registry.personas()
    except RookeryError as exc:
        logger.warning("what is served could not be looked at", extra={"error": str(exc)})
        return
    for see_to in (unlearning.follow, unlearning.follow_consents, replacing.replace, clearing.clear):
        try:
            see_to(workshop)
        except (RookeryError, OSError) as exc:
            told = {"what": see_to.__name__, "error": str(exc)}
            logger.warning("what is not to be kept could not be seen to", extra=told)
    for persona in personas:
        looks: tuple[Callable[[str], object], ...] = (partial(judge, workshop), partial(liking.show, workshop, serving))
        for look_at in looks:
            try:
                look_at(persona)
            except RookeryError as exc:
                logger.warning("an adapter could not be looked at", extra={"persona": persona, "error": str(exc)})


def judge(workshop: Workshop, persona: str) -> Judgement | None:
    """Judge the canary of a persona, and promote or demote it where that is due; None: it has none.

    Raises:
        TranscriptUnavailable: what was said cannot be read now.
        RetryableError: Redis or the registry did not answer.
    """
    served, began = workshop.registry.served(persona), workshop.registry.last_change(persona)
    if not served.canary or began is None or began.kind is not Kind.CANARY:
        return None
    if flag := lineage.flags(workshop.registry, persona).get(served.canary):
        found = judging.of_flagged(flag.words)
    else:
        found = _judged(workshop, persona, served, began.at_ms)
    _act(workshop, persona, served, found)
    told = {"persona": persona, "canary": served.canary, "ruling": found.ruling.value, "why": found.words}
    logger.info("a canary was judged", extra=told)
    return found


def _judged(workshop: Workshop, persona: str, served: Served, began_ms: int) -> Judgement:
    settings = workshop.settings()
    training = settings.fleet.training
    waits = any(one.name == persona and one.wait_for_people for one in settings.fleet.personas)
    with opened_to_read(workshop.transcript_url) as transcript:
        trials = reading.trials(
            transcript,
            persona,
            served,
            began_ms,
            workshop.store.now_ms(),
            earlier_ms=int(training.window_days * DAY_MS) if judging.looks_back(served.share) else 0,
        )
    late = overdue(workshop.registry.history(persona), workshop.store.now_ms(), training.canary_days)
    ratings = training.min_ratings if waits else 0
    return judging.judge(served, trials, Wishes(training.canary_replies, ratings, late))


def overdue(history: Iterable[Event], now_ms: int, days: float) -> str:
    """Return for how long something has been on trial, in words, where it is to be decided; empty: it has time.

    Canaries that took each other's place are one trial: with one a night none would ever come to its end.
    """
    began: list[int] = []
    for event in history:
        if event.served is not None:
            began = [*began, event.at_ms] if event.kind is Kind.CANARY else []
    if not began or now_ms - began[0] < days * DAY_MS or now_ms - began[-1] < min(OWN_MS, days * DAY_MS):
        return ""
    return "a day" if days == 1 else f"{days:g} days"


def _act(workshop: Workshop, persona: str, served: Served, found: Judgement) -> None:
    serving = Serving(workshop.registry, workshop.store, workshop.notify)
    why = Why(BEAT, found.words, found.figures)
    try:
        if found.ruling is Ruling.DEMOTE:
            serving.demote(persona, served.canary, why)
        elif found.ruling is Ruling.PROMOTE:
            serving.promote(persona, served.canary, why)
    except JobMoved:  # somebody was first; at the next look it is plain what there is to judge then
        logger.info("what is served was changed meanwhile", extra={"persona": persona})
    except AdapterDamaged as exc:
        serving.demote(persona, served.canary, Why(BEAT, exc.message))
