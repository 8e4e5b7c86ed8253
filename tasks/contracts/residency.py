"""The table `[residency]` of `rookery.toml`: how a host decides which models it holds; see docs/residency.md."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tasks.contracts.messages import Value
from tasks.contracts.sections import Seconds

StrategyName = Literal[
    "sticky",
    "least-loaded",
    "round-robin",
    "model-affinity",
    "memory-based",
    "exhaustive",
    "exhaustive-shedding",
]
Times = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]


class Residency(Value):
    """How a host decides which models it holds."""

    strategy: StrategyName = "sticky"
    aging_s: Seconds = 60.0
    """Whoever waits longer, or half of jobs.deadline_s, may take the place of a model in use."""
    residence_loads: Times = 20.0
    """A model in use stays at least so many times its load time, though never longer than jobs.deadline_s."""
    backlog_ratio: float = Field(default=1.0, ge=0, le=1_000, allow_inf_nan=False)
    """A model in use goes only for one with at least so many times its waiting jobs."""
    turn_deadlines: Times = 2.0
    """A model without a turn for so many times jobs.deadline_s goes first."""
    copy_loads: Times = 1.0
    """A further copy is loaded when its holders need so many load times for those who wait."""
    copy_over_last_loads: Times = 4.0
    """The same where the last copy of another model would go for it."""
    half_life_s: Seconds = 60.0
    """After so long without use a model is worth half as much to keep."""
    unload_after_s: Seconds = 300.0
    """A model that came because somebody asked for it goes after so long without use. Hosts may say otherwise."""
    predict: bool = False
    """Models are loaded before they are asked for, by what was used at this time of day and what followed what."""
