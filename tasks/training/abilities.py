"""What the steps of a run may ask for and is kept elsewhere: the registry of adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tasks.contracts.canary import Served
from tasks.training.registry.events import Event
from tasks.training.registry.manifest import Manifest, Origin
from tasks.training.registry.shelf import Shelf


class Registry(Protocol):
    """Keeps the adapters of every persona, and says which one is served.

    Every method raises RetryableError where what it is kept on does not answer.
    """

    @property
    def shelf(self) -> Shelf:
        """What it is kept on."""
        ...

    def personas(self) -> tuple[str, ...]:
        """Return who has adapters, by name."""
        ...

    def versions(self, persona: str) -> tuple[str, ...]:
        """Return every version of a persona, by name."""
        ...

    def manifest(self, persona: str, version: str) -> Manifest:
        """Return what is written down of a version. Raises UnknownThing, AdapterDamaged."""
        ...

    def check(self, persona: str, version: str) -> Manifest:
        """Return the same of one of which every file is what it was. Raises UnknownThing, AdapterDamaged."""
        ...

    def publish(self, folder: Path, origin: Origin) -> str:
        """Take in the adapter in a folder and return its version; again: the same. Raises BadInput, AdapterDamaged."""
        ...

    def served(self, persona: str) -> Served:
        """Return what is served of a persona. Raises AdapterDamaged: that cannot be read."""
        ...

    def current(self, persona: str) -> str:
        """Return the version that a persona is served with; empty: the base alone."""
        ...

    def change(self, persona: str, event: Event) -> bool:
        """Have something else be served, as the event says; False: somebody else has changed it meanwhile."""
        ...

    def last_change(self, persona: str) -> Event | None:
        """Return how what is served came to be so; None: nothing was ever changed."""
        ...

    def history(self, persona: str) -> tuple[Event, ...]:
        """Return all that happened to the adapters of a persona, the earliest first."""
        ...

    def collect(self, persona: str, keep: int, at_ms: int) -> tuple[str, ...]:
        """Take away the versions that nobody will need again, and return them."""
        ...

    def folder(self, persona: str, version: str) -> Path:
        """Return a folder of this machine with the files of a version, each checked against the manifest.

        Raises:
            AdapterDamaged: a file is not what the manifest says, or missing.
        """
        ...
