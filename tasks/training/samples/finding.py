"""Finds in the transcript and in the examples what a run learns from, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tasks.contracts.learning import Learns
from tasks.contracts.personas import Persona
from tasks.training.samples import choosing, examples, imitating
from tasks.training.samples.choosing import Asked, Good
from tasks.training.samples.context import MOST_TURNS
from tasks.training.samples.rules import Found, Rules
from tasks.transcript import learned
from tasks.transcript.database import Database
from tasks.transcript.learned import Judged, Told

AT_ONCE = 100  # messages
WARM_UP_MS = 6 * 3_600_000  # how far before its time a run looks for what a first line answers


def found(database: Database, persona: Persona, rules: Rules) -> Iterator[Found]:
    """Yield what is learned of conversations, part after part. Raises TranscriptUnavailable."""
    if persona.learns == Learns.IMITATE.value:
        lines = learned.lines(database, rules.since_ms - WARM_UP_MS, rules.until_ms)
        yield from imitating.imitated(lines, persona.imitates, rules)
    elif persona.learns == Learns.LIKED.value:
        yield from _shown_good(database, rules)


def written(persona: Persona, home: Path, rules: Rules) -> Found:
    """Return the examples of a persona's folder; they are as their author wants them, so no length is too short.

    Raises:
        ConfigurationError: one of them is none.
    """
    got = Found()
    if persona.examples:
        for sample in examples.written(home / Path(persona.examples).expanduser(), persona.name):
            got.take_written(sample, rules)
    return got


def how_many(database: Database, persona: Persona, since_ms: int, until_ms: int) -> int:
    """Return how many messages there are in the time of a run, whether anything is learned of them or not."""
    return learned.count(database, persona.name, since_ms, until_ms)


def _shown_good(database: Database, rules: Rules) -> Iterator[Found]:
    firsts = learned.messages(database, rules.persona, rules.since_ms, rules.until_ms)
    for at in range(0, len(firsts), AT_ONCE):
        for asked in _asked(database, firsts[at : at + AT_ONCE], rules.until_ms):
            good = choosing.goods(asked, rules.consents)
            yield choosing.found_in(asked, good, _before(database, asked, good, rules), rules)


def _asked(database: Database, firsts: list[str], until_ms: int) -> Iterator[Asked]:
    """Yield messages with all their answers; those of which nothing is left are not there."""
    answers: dict[str, list[Told]] = defaultdict(list)
    for told in learned.answers(database, firsts, until_ms):
        answers[told.first].append(told)
    judged: dict[str, list[Judged]] = defaultdict(list)
    for one in learned.opinions(database, [told.job for some in answers.values() for told in some], until_ms):
        judged[one.job].append(one)
    for _, some in sorted(answers.items()):
        yield Asked(tuple(some), tuple(one for told in some for one in judged[told.job]))


def _before(database: Database, asked: Asked, good: list[Good], rules: Rules) -> list[Told]:
    """Return what was said before the first answer, where that is of use."""
    if rules.alone or not any(rules.is_new(one.at_ms) for one in good):
        return []
    return learned.before(database, min(asked.answers, key=lambda told: told.number), MOST_TURNS // 2)
