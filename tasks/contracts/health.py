"""The table `[health]` of `rookery.toml`: when an engine that fails is left alone, and for how long."""

from __future__ import annotations

from pydantic import Field

from tasks.contracts.messages import Value
from tasks.contracts.sections import Seconds


class Health(Value):
    """When an engine that fails is left alone, per model and host."""

    failures: int = Field(default=5, ge=1, le=1_000)
    """In a row, after which a host is given no more jobs of a model; after the first one it gets them one at a time."""
    cool_down_s: Seconds = 10.0
    """How long; doubled each time that it fails again."""
    longest_cool_down_s: Seconds = 300.0
    """However often that was."""
    probe_s: Seconds = 10.0
    """How long the engine may take for the one token that ends a cool-down."""
    wedged_share: float = Field(default=0.05, ge=0, lt=1, allow_inf_nan=False)
    """An answer that comes at less than this share of the usual pace, for jobs.no_progress_s, is given up; 0: never."""
