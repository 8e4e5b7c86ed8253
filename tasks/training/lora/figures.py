"""What a training came to: `figures.json` in its folder, for the gate, the page and the card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.messages import Value
from tasks.training.lora.checkpoints import End
from tasks.training.lora.device import Device

FILE = "figures.json"
#: Of what the Trainer logs, what belongs into a curve.
CURVES = ("loss", "eval_loss", "learning_rate")


class Point(Value):
    """What was measured after a step."""

    step: int = Field(ge=0)
    loss: float | None = None
    eval_loss: float | None = None
    learning_rate: float | None = None

    @property
    def scalars(self) -> dict[str, float]:
        """Return what of it is known, by name."""
        return {name: value for name in CURVES if (value := getattr(self, name)) is not None}


class Figures(Value):
    """What a training came to."""

    model: str
    base_sha256: str
    data_sha256: str
    adapter_sha256: str
    samples: int
    steps: int
    planned_steps: int
    end: End
    tokens: int
    """Read while it trained, padding not counted."""
    seconds: float
    trainable: int
    parameters: int
    """Of the base, without the adapter."""
    device: Device
    curve: tuple[Point, ...]
    versions: dict[str, str]

    @property
    def share(self) -> float:
        """Return how much of the whole is trained."""
        return self.trainable / (self.parameters + self.trainable)


def points(history: Iterable[Mapping[str, Any]]) -> tuple[Point, ...]:
    """Return the curve that the Trainer logged, one point a step.

    >>> points([{"step": 1, "loss": 2.0, "epoch": 0.5}, {"step": 1, "eval_loss": 3.0}])
    (Point(step=1, loss=2.0, eval_loss=3.0, learning_rate=None),)
    """
    found: dict[int, dict[str, float]] = {}
    for line in history:
        known = {name: float(line[name]) for name in CURVES if name in line}
        if known:
            found.setdefault(int(line["step"]), {}).update(known)
    return tuple(Point(step=step, **known) for step, known in sorted(found.items()))


def read_figures(folder: Path) -> Figures:
    """Return the figures in the folder of a training. Raises ConfigurationError where there are none."""
    try:
        return Figures.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError) as exc:
        raise ConfigurationError(f"{folder / FILE} could not be read: {exc}", next_step="train anew") from exc
