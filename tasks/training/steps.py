"""The steps of a run in their order, each from its own room. They are imported when there is a run to walk."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.training.runs.learning import Judge
from tasks.training.runs.spec import Step


def all_steps() -> Sequence[Step]:
    """Return one of each, in order."""
    # Not at the top: who looks after runs has no need of all that, and it takes seconds.
    from tasks.training.canary.step import Canary  # noqa: PLC0415
    from tasks.training.dataset.step import Dataset  # noqa: PLC0415
    from tasks.training.evaluation.step import Evaluate  # noqa: PLC0415
    from tasks.training.gate_step import Gate  # noqa: PLC0415
    from tasks.training.lora.step import Train  # noqa: PLC0415
    from tasks.training.registry.step import Publish  # noqa: PLC0415
    from tasks.training.safety.step import Safety  # noqa: PLC0415
    from tasks.training.samples.step import Export, Window  # noqa: PLC0415
    from tasks.training.scrub.step import Scrub  # noqa: PLC0415

    return (Window(), Export(), Scrub(), Dataset(), Train(), Evaluate(), Safety(), Gate(), Publish(), Canary())


def all_judges() -> Sequence[Judge]:
    """Return those who look after what is on trial."""
    from tasks.training.canary.watch import look  # noqa: PLC0415

    return (look,)
