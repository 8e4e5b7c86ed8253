"""What happened to the adapters of a persona, each as a file of its own: nobody has to wait to write one."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from pydantic import Field, ValidationError

from tasks.contracts.canary import Served, Version
from tasks.contracts.messages import Value
from tasks.training.registry import layout
from tasks.training.registry.shelf import Shelf

_ID_CHARS = 8


class Kind(StrEnum):
    """What may happen."""

    PUBLISHED = "published"
    CANARY = "canary"  # it is tried on a part of the jobs
    PROMOTED = "promoted"
    DEMOTED = "demoted"  # the canary is taken away, by what people and figures said of it
    ROLLED_BACK = "rolled back"
    FLAGGED = "flagged"  # it has learned of what was forgotten, or by a consent that was taken back
    COLLECTED = "collected"  # it is gone, for newer ones


class Event(Value):
    """One thing that happened."""

    kind: Kind
    version: Version
    """Of the adapter that it happened to; empty: of the base."""
    at_ms: int = Field(ge=0)
    by: str = ""
    """Who had it happen: `beat`, `operator`, or what a person is called."""
    words: str = ""
    """Why."""
    figures: dict[str, float] = Field(default_factory=dict)
    served: Served | None = None
    """What is served since; None: what was before."""


def parse(told: bytes) -> Event | None:
    """Return an event from its file; None: it is damaged."""
    try:
        return Event.model_validate_json(told)
    except ValidationError:
        return None


def note(shelf: Shelf, persona: str, event: Event) -> bool:
    """Write down what happened to a version; False: that stands there already. The first word on it holds."""
    digest = hashlib.sha256(f"{event.kind}\0{event.version}\0{event.words}".encode()).hexdigest()[:_ID_CHARS]
    folder = layout.events(persona)
    if any(name.endswith(f"-{digest}.json") for name in shelf.names(folder)):
        return False
    return shelf.create(f"{folder}/{event.at_ms:013d}-{digest}.json", event.model_dump_json(indent=2).encode())


def history(shelf: Shelf, persona: str) -> tuple[Event, ...]:
    """Return all that happened, the earliest first."""
    files = [
        f"{folder}/{name}"
        for folder in (layout.events(persona), layout.changes(persona))
        for name in shelf.names(folder)
    ]
    found = [event for event in (parse(shelf.read(file)) for file in files) if event]
    return tuple(sorted(found, key=lambda event: (event.at_ms, event.served.serial if event.served else 0)))
