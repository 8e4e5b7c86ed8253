"""The steps of a run in their order, each from its own room. What they need is imported when a run is walked."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from tasks.contracts.learning import StepName
from tasks.training.runs.learning import Judge
from tasks.training.runs.spec import Step

ROOMS = {
    StepName.WINDOW: "tasks.training.samples.step:Window",
    StepName.EXPORT: "tasks.training.samples.step:Export",
    StepName.SCRUB: "tasks.training.scrub.step:Scrub",
    StepName.DATASET: "tasks.training.dataset.step:Dataset",
    StepName.TRAIN: "tasks.training.lora.step:Train",
    StepName.EVALUATE: "tasks.training.evaluation.step:Evaluate",
    StepName.SAFETY: "tasks.training.safety.step:Safety",
    StepName.GATE: "tasks.training.gate_step:Gate",
    StepName.PUBLISH: "tasks.training.registry.step:Publish",
    StepName.CANARY: "tasks.training.canary.step:Canary",
}


def all_steps() -> Sequence[Step]:
    """Return one of each, in order."""
    return tuple(_made(where) for where in ROOMS.values())


def all_judges() -> Sequence[Judge]:
    """Return those who look after what is on trial."""
    return (importlib.import_module("tasks.training.canary.watch").look,)


def _made(where: str) -> Step:
    module, name = where.split(":")
    made: Step = getattr(importlib.import_module(module), name)()
    return made
