"""Has a person rate the answers of a candidate, ten at a time; once enough have, the gate is asked again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.errors import UnknownThing
from tasks.contracts.learning import Course, StepName, Verdict
from tasks.jobs import feedback
from tasks.jobs.feedback import Opinion
from tasks.jobs.store import Store
from tasks.training.evaluation import people, rating
from tasks.training.evaluation.people import LEAST, MOST
from tasks.training.evaluation.rating import trial_job
from tasks.training.evaluation.report import Spoken
from tasks.training.runs import folder
from tasks.training.runs.spec import RunSpec

END = "q"
STARS = {str(stars): stars for stars in range(LEAST, MOST + 1)}


@dataclass(frozen=True)
class Candidate:
    """An adapter that people can be asked about."""

    spec: RunSpec
    place: Path
    spoken: tuple[Spoken, ...]

    @property
    def jobs(self) -> dict[str, str]:
        """What stands for a job where an answer is rated, by its sample."""
        return {one.sample: trial_job(self.spec.run, one.sample) for one in self.spoken}


def candidate(training_dir: Path, persona: str, run: str = "") -> Candidate:
    """Return the latest candidate of a persona, or that of a run. Raises UnknownThing: there is none with answers."""
    for name in [run] if run else reversed(folder.names(training_dir)):
        place = folder.find(training_dir, name)
        spec, spoken = folder.read(place), rating.spoken_of(place)
        if spoken and spec.persona.name == persona:
            return Candidate(spec, place, spoken)
    raise UnknownThing(
        f"{persona!r} has no candidate that has answered anything",
        next_step="`rookery train runs` shows how far each run is; `rookery train now` begins one",
    )


def ask(
    found: Candidate, rated: Collection[str], put: Callable[[int, Spoken], str], keep: Callable[[str, int], None]
) -> int:
    """Ask about some answers, and return how many were rated.

    Args:
        found: whose answers.
        rated: the samples whose answers the person has rated before.
        put: shows an answer and returns what was said to it: a number from 1 to 5, q to end, anything else to pass.
        keep: is given the job and the rating.
    """
    count = 0
    for number, one in enumerate(rating.questions(found.spoken, rated), start=1):
        said = put(number, one).strip().casefold()
        if said == END:
            break
        if said in STARS:
            keep(found.jobs[one.sample], STARS[said])
            count += 1
    return count


def keep_in(store: Store, person: str) -> Callable[[str, int], None]:
    """Return what notes a rating of a person where all feedback is noted."""

    def keep(job: str, stars: int) -> None:
        store.run(feedback.of_job(job, person, Opinion.RATED, str(stars)))

    return keep


def waits_for_people(place: Path) -> bool:
    """Return whether a run was refused for nothing but that people had not rated it."""
    facts, verdict = folder.facts(place), _verdict(place)
    refused = facts.ended is not None and facts.ended.course is Course.REFUSED
    return refused and verdict is not None and _only(people.METRIC, (each.metric for each in verdict.objections))


def _verdict(place: Path) -> Verdict | None:
    """Return what the gate said last, also where somebody was killed who was about to have it asked again."""
    try:
        return Verdict.model_validate_json((place / StepName.GATE.value / folder.VERDICT_FILE).read_bytes())
    except (OSError, ValueError):
        return None


def _only(metric: str, metrics: Iterable[str]) -> bool:
    return set(metrics) == {metric}


def reopen(place: Path) -> None:
    """Let a run that the gate refused go on at the gate: what was found stands, and is weighed anew."""
    (place / StepName.GATE.value / folder.DONE_FILE).unlink(missing_ok=True)
    (place / folder.ENDED_FILE).unlink(missing_ok=True)
