"""How a bot delivers, as its config says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Manners:
    """How a bot delivers. Read anew for each step, so that a change of config counts at once."""

    stream: bool = True
    """Whether words are shown as they come; otherwise the answer comes whole."""
    dry_run: bool = False
    """Everything runs, nothing is posted."""
    buttons: bool = True
