from __future__ import annotations

from pathlib import Path

from tasks.training.registry.comparing import differences
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.training.adapters import publish


def test_only_what_differs_is_told(registry: AdapterRegistry, tmp_path: Path) -> None:
    one = publish(registry, tmp_path, 0, settings={"rank": 16, "alpha": 32.0, "seed": 0})
    two = publish(registry, tmp_path, 1, settings={"rank": 8, "alpha": 32.0}, parents=(one,), data="ab" * 32)
    told = differences(registry.manifest("pirate", one), registry.manifest("pirate", two))
    assert {(each.about, each.name): (each.one, each.other) for each in told} == {
        ("origin", "run"): ("run-0", "run-1"),
        ("origin", "parents"): ("-", one),
        ("settings", "rank"): ("16", "8"),
        ("settings", "seed"): ("0", "-"),
        ("data", "digest"): ("-", "abababababab"),
        ("metrics", "nll"): ("2", "3"),
    }


def test_a_version_does_not_differ_from_itself(registry: AdapterRegistry, tmp_path: Path) -> None:
    about = registry.manifest("pirate", publish(registry, tmp_path))
    assert differences(about, about) == ()
