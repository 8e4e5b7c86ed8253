"""What was found in a folder arrives: notes in the transcript, which become memories, then the file of a persona.

Whoever is interrupted does it again: a note that is there is known by what it says, and a file that is there stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.contracts.errors import BadInput, ConfigurationError
from tasks.contracts.examples import write_new
from tasks.contracts.messages import Turn, fitting
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.importing import openclaw
from tasks.importing.openclaw import SOURCE, Found
from tasks.jobs import ingesting
from tasks.jobs.ingesting import MOST_AT_ONCE, Ingested, Notes
from tasks.jobs.store import Store
from tasks.jobs.values import Move

FOR_ITS_OWNER = 0o600
Said = tuple[Turn, int | None]


@dataclass(frozen=True)
class Arrived:
    """What became of a folder."""

    persona: str
    file: Path
    """Of the persona."""
    written: bool
    """False: somebody of that name is there already."""
    fresh: int = 0
    """Notes that were not known."""
    known: int = 0
    settled: bool = False
    """Whether who is there has this very folder for a workspace, and remembers."""


def planned(found: Found, settings: Settings, persona: str = "") -> Arrived:
    """Return what would come of a folder, with nothing written yet.

    Raises:
        BadInput: the name has no letter that files and queues can carry.
    """
    name = persona.strip() or found.name
    if not slug(name):
        raise BadInput(f"{name!r} has no letter or digit of a-z, 0-9 in it", next_step="name one with --persona")
    there = next((known for known in settings.fleet.personas if slug(known.name) == slug(name)), None)
    file = settings.data_dir / settings.fleet.words.personas / f"{slug(name)}.toml"
    settled = there is not None and there.workspace == str(found.folder) and there.memory
    return Arrived(there.name if there else name, file, written=there is None and not file.exists(), settled=settled)


def arrive(found: Found, settings: Settings, store: Store, person: str, persona: str = "") -> Arrived:
    """Bring in what was found, for this person and nobody else.

    Raises:
        BadInput: the person or the persona cannot be one.
        ConfigurationError: nothing is remembered here, or the file cannot be written.
        StoreUnavailable: Redis did not answer; doing it again is safe.
    """
    plan = planned(found, settings, persona)
    if not all(person.partition(":")[::2]):
        raise BadInput(f"{person!r} is nobody", next_step="name who it is as PLATFORM:ID, such as web:local")
    if found.notes and not (settings.fleet.memory.enabled and settings.fleet.transcript.enabled):
        raise ConfigurationError(
            "nothing is remembered here: `enabled` is false in [memory] or in [transcript]",
            next_step=f"set both in {settings.source}",
        )
    counts = [
        store.run(_ingest(part, plan.persona, person, settings.fleet.jobs.window_turns))
        for part in _parts(openclaw.said(found, plan.persona, person))
    ]
    text = openclaw.persona_file(found, plan.persona, settings.fleet.personas[0].model)
    return replace(
        plan,
        written=plan.written and write_new(plan.file, text, FOR_ITS_OWNER),
        fresh=sum(count.fresh for count in counts),
        known=sum(count.known for count in counts),
    )


def _parts(said: list[Said]) -> Iterator[list[Said]]:
    yield from (said[at : at + MOST_AT_ONCE] for at in range(0, len(said), MOST_AT_ONCE))


def _ingest(said: list[Said], persona: str, person: str, window_turns: int) -> Move[Ingested]:
    name = fitting(f"{SOURCE}:{persona}:{person}")
    return ingesting.ingest(name, name, window_turns, said, Notes(person=person, persona=persona))
