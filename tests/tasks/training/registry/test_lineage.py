from __future__ import annotations

from pathlib import Path

from tasks.contracts.canary import Served
from tasks.training.registry import lineage
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.lineage import Trace
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.training.adapters import FIRST_MS, publish


def serve(registry: AdapterRegistry, version: str) -> None:
    served = Served(serial=registry.served("pirate").serial + 1, current=version)
    assert registry.change("pirate", Event(kind=Kind.PROMOTED, version=version, at_ms=FIRST_MS, served=served))


def test_a_job_leads_to_every_adapter_that_learned_of_it(registry: AdapterRegistry, tmp_path: Path) -> None:
    one = publish(registry, tmp_path, 0, samples={"a": ("job-1", "job-2"), "b": ("job-3",)})
    two = publish(registry, tmp_path, 1, samples={"a": ("job-1", "job-2"), "c": ("job-4",)})
    other = publish(registry, tmp_path, 2, persona="poet", samples={"d": ("job-1",)})
    found = lineage.made_of(registry, ["job-1"])
    assert set(found) == {Trace("pirate", one, ("a",)), Trace("pirate", two, ("a",)), Trace("poet", other, ("d",))}
    assert lineage.made_of(registry, ["job-4"]) == (Trace("pirate", two, ("c",)),)
    assert lineage.made_of(registry, ["job-9"]) == lineage.made_of(registry, []) == ()


def test_a_flag_says_what_no_later_run_may_learn_from(registry: AdapterRegistry, tmp_path: Path) -> None:
    version = publish(registry, tmp_path, 0, samples={"a": ("job-1",), "b": ("job-2",), "c": ("job-3",)})
    (trace,) = lineage.made_of(registry, ["job-1"])
    assert lineage.flag(registry, trace, FIRST_MS)
    assert not lineage.flag(registry, trace, FIRST_MS + 1)
    assert lineage.flags(registry, "pirate") == {version: ("a",)}
    (more,) = lineage.made_of(registry, ["job-2"])
    assert lineage.flag(registry, more, FIRST_MS + 2)
    assert lineage.without(registry, "pirate") == ("a", "b")
    told = [event for event in registry.history("pirate") if event.kind is Kind.FLAGGED]
    assert [event.words[:1] for event in told] == ["1", "2"]


def test_training_anew_is_due_while_what_answers_knows_what_was_forgotten(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    old, new = publish(registry, tmp_path), publish(registry, tmp_path, 1)
    serve(registry, old)
    assert not lineage.is_retrain_due(registry, "pirate")
    for trace in lineage.made_of(registry, ["job-0"]):
        lineage.flag(registry, trace, FIRST_MS)
    assert lineage.is_retrain_due(registry, "pirate")
    serve(registry, new)
    assert not lineage.is_retrain_due(registry, "pirate")
    assert lineage.without(registry, "pirate") == ("sample-0",)  # still: what comes later is not to learn it either
