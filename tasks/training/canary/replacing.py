"""Has a persona that answers by what it may not know trained anew without, soon; else it is taken out of service."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tasks.contracts import wanted
from tasks.contracts.canary import BASE
from tasks.contracts.errors import RookeryError
from tasks.contracts.learning import Course
from tasks.contracts.personas import Persona
from tasks.training.canary.serving import Serving, Why
from tasks.training.registry import lineage
from tasks.training.registry.lineage import Flag
from tasks.training.runs import due, folder
from tasks.training.runs.lock import has_night
from tasks.training.runs.record import Ended
from tasks.training.runs.spec import UNLEARNING, Workshop
from tasks.transcript import learned
from tasks.transcript.database import opened_to_read

QUIET_MS = 600_000
"""Where nobody was answered for so long, nobody is kept waiting by a training."""
logger = logging.getLogger(__name__)


class Attempt(NamedTuple):
    """A run of the persona."""

    until_ms: int
    ended: Ended | None
    """None: it goes on."""


class Wish(StrEnum):
    """What is to be done."""

    NOTHING = "nothing"
    TRAIN = "train"
    TAKE_OUT = "take out"
    """Of service: without what it may not know nothing came of it that may answer."""


def decide(attempts: Sequence[Attempt], flag_ms: int) -> tuple[Wish, str]:
    """Return what is to be done about what was flagged at this moment, and what the last run without it said.

    A run that failed is followed by that of the night; what passed is served, or somebody wanted it otherwise.

    >>> decide([], 7)
    (<Wish.TRAIN: 'train'>, '')
    """
    if any(attempt.ended is None for attempt in attempts):
        return Wish.NOTHING, ""
    without = [attempt.ended for attempt in attempts if attempt.ended and attempt.until_ms >= flag_ms]
    if not without:
        return Wish.TRAIN, ""
    last = max(without, key=lambda ended: ended.at_ms)
    nothing_came = last.course in (Course.SKIPPED, Course.REFUSED)
    return (Wish.TAKE_OUT if nothing_came else Wish.NOTHING), last.words


def replace(workshop: Workshop) -> tuple[str, ...]:
    """See to every persona that answers by what it may not know; returns the runs that were made for it.

    What cannot be done for one now is done at the next look, and is in no other one's way.
    """
    settings, made = workshop.settings(), []
    if not wanted.trains_here(settings):
        return ()
    for persona in due.learning(settings.fleet):
        try:
            made += _see_to(workshop, persona)
        except RookeryError as exc:
            told = {"persona": persona.name, "error": str(exc)}
            logger.warning("what a persona may not know could not be replaced", extra=told)
    return tuple(made)


def _see_to(workshop: Workshop, persona: Persona) -> list[str]:
    flag = lineage.flag_of_served(workshop.registry, persona.name)
    if flag is None:
        return []
    wish, words = decide(_attempts(workshop, persona.name), flag.at_ms)
    if wish is Wish.TAKE_OUT:
        _take_out(workshop, persona.name, flag, words)
    if wish is Wish.TRAIN and (persona.unlearns == "at once" or _is_quiet(workshop)):
        return _begin(workshop, persona, flag)
    return []


def _begin(workshop: Workshop, persona: Persona, flag: Flag) -> list[str]:
    """Make the run for a flag; there is one for each, whoever looks and however often."""
    settings = workshop.settings()
    without = lineage.without(workshop.registry, persona.name)
    spec = due.spec(settings.fleet, persona.name, flag.at_ms, by=UNLEARNING, without=without)
    if not has_night(settings.training_dir, workshop.store, spec.run):
        return []  # another machine's
    if not folder.create(settings.training_dir, spec):
        return []
    logger.info("a persona is trained anew", extra={"persona": persona.name, "run": spec.run, "why": flag.words})
    return [spec.run]


def _take_out(workshop: Workshop, persona: str, flag: Flag, words: str) -> None:
    why = f"{flag.words}, and without that nothing came of it that may answer: {words}"
    serving = Serving(workshop.registry, workshop.store, workshop.notify)
    serving.roll_back(persona, Why(UNLEARNING, why), BASE)


def _attempts(workshop: Workshop, persona: str) -> list[Attempt]:
    """Return the runs of a persona that are in this folder, as far as they can be read."""
    training_dir = workshop.settings().training_dir
    found = []
    for name in folder.names(training_dir):
        place = folder.runs_of(training_dir) / name
        try:
            spec = folder.read(place)
        except RookeryError:
            continue
        if spec.persona.name == persona:
            found.append(Attempt(spec.until_ms, folder.facts(place).ended))
    return found


def _is_quiet(workshop: Workshop) -> bool:
    with opened_to_read(workshop.transcript_url) as transcript:
        return not learned.was_answered(transcript, workshop.store.now_ms() - QUIET_MS)
