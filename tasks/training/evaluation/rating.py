"""The answers of a candidate that people are asked about before it is served, and what they said of them.

Nobody has been answered by it yet. So what they rate are its answers of the evaluation, each as a job of its own name;
the transcript keeps that with all other feedback, and whoever is forgotten takes theirs along.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from tasks.contracts import atomic
from tasks.contracts.learning import StepName, adapter_name
from tasks.contracts.messages import Value
from tasks.training.evaluation.people import Rating, Score, score, stars
from tasks.training.evaluation.report import Spoken
from tasks.transcript import learned
from tasks.transcript.database import Database
from tasks.transcript.trials import answered

QUESTIONS = 10  # at a time
WAIVER_FILE = "waiver.json"  # in the folder of a run
SPOKEN_FILE = "samples.json"


class Waiver(Value):
    """That somebody lets a candidate pass which people have not rated."""

    by: str
    why: str
    at_ms: int

    @property
    def words(self) -> str:
        """Who it was, and why."""
        return f"{self.by}: {self.why}"


def trial_job(run: str, sample: str) -> str:
    """Return what stands for a job where an answer of a candidate is rated.

    >>> trial_job("20261122-0200-pirate", "a1b2")
    'trial:20261122-0200-pirate:a1b2'
    """
    return f"trial:{run}:{sample}"


def questions(spoken: Sequence[Spoken], rated: Collection[str], many: int = QUESTIONS) -> list[Spoken]:
    """Return so many answers to ask about, evenly spread, to one question each as far as there are enough.

    Of samples that are `rated` only where too few are not.
    """
    fresh = [one for one in spoken if one.sample not in rated]
    first = list({one.prompt: one for one in reversed(fresh)}.values())[::-1]
    if len(first) > many:
        first = [first[number * len(first) // many] for number in range(many)]
    others = [one for one in fresh if one not in first]
    return [*first, *others, *(one for one in spoken if one.sample in rated)][:many]


def of_candidate(transcript: Database, run: str, samples: Sequence[str], until_ms: int) -> list[Rating]:
    """Return what people said of a candidate's answers to these samples. Raises TranscriptUnavailable."""
    return rated(transcript, {trial_job(run, sample): run for sample in samples}, until_ms)


def of_served(transcript: Database, persona: str, version: str, since_ms: int, until_ms: int) -> Score:
    """Return what people think of what a persona is served with, by its replies; an empty version is the base alone.

    Raises TranscriptUnavailable.
    """
    wanted = adapter_name(persona, version) if version else ""
    jobs = {one.job: wanted for one in answered(transcript, persona, since_ms) if one.replied and one.adapter == wanted}
    return score(rated(transcript, jobs, until_ms))


def waiver_of(run: Path) -> Waiver | None:
    """Return who let a run pass without ratings; None: nobody did."""
    try:
        return Waiver.model_validate_json((run / WAIVER_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def waive(run: Path, waiver: Waiver) -> None:
    """Write down that somebody lets a run pass without ratings."""
    atomic.write_whole(run / WAIVER_FILE, waiver.model_dump_json(indent=1))


def spoken_of(run: Path) -> tuple[Spoken, ...]:
    """Return the answers of a run's evaluation; none where it has not come to that."""
    try:
        told = json.loads((run / StepName.EVALUATE.value / SPOKEN_FILE).read_bytes())
        return tuple(Spoken.model_validate_json(json.dumps(one)) for one in told)
    except (OSError, ValueError):
        return ()


def rated(transcript: Database, adapters: Mapping[str, str], until_ms: int) -> list[Rating]:
    """Return what people said in stars of these jobs, each given with the adapter that answered it.

    Raises TranscriptUnavailable.
    """
    return [
        Rating(adapter=adapters[said.job], job=said.job, person=said.user, stars=worth)
        for said in learned.opinions(transcript, list(adapters), until_ms)
        if (worth := stars(said.opinion, said.text)) is not None
    ]
