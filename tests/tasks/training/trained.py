"""What a training leaves beside its adapter, made up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks.training.lora.checkpoints import End
from tasks.training.lora.device import Device, Kind
from tasks.training.lora.figures import FILE, Figures, Point

CPU = Device(kind=Kind.CPU, name="CPU", weights="float32", compute="float32")


def write_figures(out: Path, **more: Any) -> Figures:
    """Write the figures of a training of two points, and return them."""
    told: dict[str, Any] = {
        "model": "demo",
        "base_sha256": "b" * 64,
        "data_sha256": "d" * 64,
        "adapter_sha256": "c" * 64,
        "samples": 80,
        "steps": 20,
        "planned_steps": 20,
        "end": next(iter(End)),
        "tokens": 1_000,
        "seconds": 1.0,
        "trainable": 10,
        "parameters": 1_000,
        "device": CPU,
        "curve": (Point(step=10, loss=3.0), Point(step=20, loss=2.0)),
        "versions": {},
    }
    figures = Figures(**{**told, **more})
    (out / FILE).write_text(figures.model_dump_json())
    return figures


def served_is(version: str, folder: Path | None = None) -> Any:
    """Return a registry in which one version is served, of the model `demo`."""
    about = SimpleNamespace(origin=SimpleNamespace(model="demo", base=""))
    return SimpleNamespace(
        current=lambda _persona: version,
        manifest=lambda _persona, _of: about,
        folder=lambda _persona, _of: folder,
        shelf=SimpleNamespace(names=lambda _folder: ()),  # nothing is flagged
    )
