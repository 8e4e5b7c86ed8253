"""What is served of a persona, and how that changes: by who writes the file of the next change first.

`served.json` tells it to whoever looks from outside, and is written after the change. Who reads goes on from there
through the changes that came since, so one who dies in between has changed it all the same.
"""

from __future__ import annotations

import contextlib

from pydantic import ValidationError

from tasks.contracts.canary import Served
from tasks.contracts.errors import AdapterDamaged, RetryableError
from tasks.training.registry import layout
from tasks.training.registry.events import Event, parse
from tasks.training.registry.shelf import Shelf


def read(shelf: Shelf, persona: str) -> Served:
    """Return what is served."""
    served = _from_file(shelf, persona)
    while later := change_of(shelf, persona, served.serial + 1):
        served = later.served or served
    return served


def change_of(shelf: Shelf, persona: str, serial: int) -> Event | None:
    """Return how what is served came to be it; None: there was no such change.

    Raises:
        AdapterDamaged: its file says nothing that can be read.
    """
    path = layout.change(persona, serial)
    try:
        event = parse(shelf.read(path))
    except FileNotFoundError:
        return None
    if event is None or event.served is None or event.served.serial != serial:
        raise AdapterDamaged(
            f"what is served of {persona} is not known: {path} in the registry cannot be read",
            next_step="put that file back from a backup; until then workers go on with what they know",
        )
    return event


def change(shelf: Shelf, persona: str, event: Event) -> bool:
    """Have something else be served; False: somebody else has changed it since it was read. The event says what."""
    if event.served is None:
        raise ValueError("the event says nothing of what is served since")
    won = shelf.create(layout.change(persona, event.served.serial), event.model_dump_json(indent=2).encode())
    with contextlib.suppress(RetryableError):  # it has changed; whoever looks at the registry next tells it outside
        write_down(shelf, persona)
    return won


def write_down(shelf: Shelf, persona: str) -> Served:
    """Bring `served.json` up to what is served, and return that."""
    served = read(shelf, persona)
    if served != _from_file(shelf, persona):
        shelf.write(layout.served(persona), served.model_dump_json(indent=2).encode())
    return served


def _from_file(shelf: Shelf, persona: str) -> Served:
    """Return what the file says; where there is none, or none that can be read, the changes say it all."""
    try:
        return Served.model_validate_json(shelf.read(layout.served(persona)))
    except (FileNotFoundError, ValidationError):
        return Served()
