"""A transcript of a few people and their persona, short enough to write a scenario with; and what is learned of it."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tasks.contracts.learning import Pair, Sample
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.jobs.consents import Consent, Consents
from tasks.training.registry.local import LocalShelf
from tasks.training.runs.spec import RunSpec
from tasks.training.samples import finding
from tasks.training.samples.rules import Found, Rules
from tasks.transcript.database import open_database
from tasks.transcript.keeping import write
from tests.tasks.transcript.said import exchange, note, opinion

ADA, BOB, EVE = "web:ada", "web:bob", "web:eve"
UNTIL_MS = 1_000_000
LIKED = Persona(name="rook", learns="liked")
IMITATE = Persona(name="rook", learns="imitate", imitates=(ADA,))


def agreed(*people: str, closed: tuple[str, ...] = ()) -> Consents:
    """Return what stands in the ledger when these agreed."""
    return Consents({person: Consent(f"c-{person}", 1) for person in people}, frozenset(closed))


def spec(persona: Persona = LIKED, **training: Any) -> RunSpec:
    """Return what a run is told."""
    without = training.pop("without", ())
    told = Training(**{"min_chars": 0, "min_samples": 1, **training})
    return RunSpec(run="r", persona=persona, model="demo", training=told, until_ms=UNTIL_MS, without=without)


class Talk:
    """What was said to one persona, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'said.sqlite3'}"
        self.engine: Engine = open_database(self.url)
        self._clock = itertools.count(1000, 1000)

    def say(self, job: str, user: str = ADA, **fields: Any) -> str:
        """Have somebody ask, and be answered."""
        write(self.engine, [exchange(job, at_ms=next(self._clock), user=user, **fields)])
        return job

    def think(self, what: str, user: str, job: str, **about: Any) -> None:
        """Have somebody think something of the answer."""
        write(self.engine, [opinion(what, user, next(self._clock), job=job, **about)])

    def note(self, kind: str, **fields: str) -> None:
        """Have something else archived."""
        write(self.engine, [note(kind, next(self._clock), **fields)])

    def found(self, persona: Persona = LIKED, consents: Consents | None = None, **how: Any) -> Found:
        """Return all that is learned of it."""
        since_ms = how.pop("since_ms", 0)
        rules = Rules.of(spec(persona, **how), since_ms, consents or agreed(ADA, BOB))
        whole = Found()
        for part in finding.found(self.engine, persona, rules):
            whole.samples += part.samples
            whole.pairs += part.pairs
            whole.left_out += part.left_out
        return whole


def told(samples: list[Sample]) -> list[tuple[str, str, str]]:
    """Return what each is: why it is good, what it answers, and the answer."""
    return [(one.source.value, one.turns[-1].text, one.answer) for one in samples]


def preferred(pairs: list[Pair]) -> list[tuple[str, str]]:
    """Return which answers are better than which."""
    return [(one.chosen, one.rejected) for one in pairs]


class Served:
    """A registry of which a test says what is served."""

    def __init__(self, folder: Path, version: str = "") -> None:
        self.at, self.version = folder, version
        self.shelf = LocalShelf(folder / "registry")

    def current(self, persona: str) -> str:
        """Return it."""
        assert persona == LIKED.name
        return self.version

    def folder(self, persona: str, version: str) -> Path:
        """Return where it lies."""
        assert (persona, version) == (LIKED.name, self.version)
        return self.at


def never() -> threading.Event:
    """Return an end that does not come."""
    return threading.Event()
