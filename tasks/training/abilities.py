"""What the steps of a run may ask for and is kept elsewhere: the registry of adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Registry(Protocol):
    """Keeps the adapters of every persona, and says which one is served."""

    def current(self, persona: str) -> str:
        """Return the version that a persona is served with; empty: the base alone."""
        ...

    def folder(self, persona: str, version: str) -> Path:
        """Return a folder of this machine with the files of a version, each checked against the manifest.

        Raises:
            AdapterDamaged: a file is not what the manifest says, or missing.
        """
        ...
