"""What makes two versions different: what they learned from, how, and how good they were. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tasks.training.registry.manifest import Manifest

NOTHING = "-"


@dataclass(frozen=True)
class Difference:
    """One thing in which they differ."""

    about: str
    """`settings`, `data`, `metrics` or `origin`."""
    name: str
    one: str
    other: str


def differences(one: Manifest, other: Manifest) -> tuple[Difference, ...]:
    """Return in what two versions differ."""
    pairs = [
        *_of("origin", _origin(one), _origin(other)),
        *_of("settings", one.origin.settings, other.origin.settings),
        *_of("data", _data(one), _data(other)),
        *_of("metrics", _metrics(one), _metrics(other)),
    ]
    return tuple(pair for pair in pairs if pair.one != pair.other)


def _of(about: str, one: dict[str, Any], other: dict[str, Any]) -> Iterable[Difference]:
    for name in {**one, **other}:
        yield Difference(about, name, _told(one.get(name)), _told(other.get(name)))


def _origin(of: Manifest) -> dict[str, Any]:
    origin = of.origin
    return {
        "model": origin.model,
        "base": origin.base[:12],
        "run": origin.run,
        "by": origin.by,
        "parents": ", ".join(origin.parents),
        "weights bytes": of.files["adapter_model.safetensors"].size,
    }


def _data(of: Manifest) -> dict[str, Any]:
    origin = of.origin
    return {
        "digest": origin.data[:12],
        "samples": len(origin.samples),
        "jobs": len(origin.jobs),
        "consents": len(origin.consents),
    }


def _metrics(of: Manifest) -> dict[str, Any]:
    return {metric.name: metric.candidate for metric in of.origin.metrics}


def _told(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    return f"{value:.4g}" if isinstance(value, float) else str(value)
