from __future__ import annotations

from pathlib import Path

from tasks.contracts.canary import Served
from tasks.jobs.consents import Consent, Consents
from tasks.training.registry import lineage
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.lineage import Flag, Trace
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
    assert lineage.flags(registry, "pirate") == {version: Flag(version=version, at_ms=FIRST_MS, samples=("a",))}
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
    assert not lineage.begins_afresh(registry, "pirate")
    for trace in lineage.made_of(registry, ["job-0"]):
        lineage.flag(registry, trace, FIRST_MS)
    assert lineage.begins_afresh(registry, "pirate")
    serve(registry, new)
    assert not lineage.begins_afresh(registry, "pirate")
    assert lineage.without(registry, "pirate") == ("sample-0",)  # still: what comes later is not to learn it either


def test_a_consent_that_is_no_more_leads_to_what_answers_or_is_tried_by_it(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    old = publish(registry, tmp_path, 0, consents=("c0",))
    one = publish(registry, tmp_path, 1, consents=("c1", "c2"))
    said_in = {"run-0": {"discord:8"}, "run-1": {"discord:7"}}
    serve(registry, old)
    serve(registry, one)
    ada, ben = Consent("c1", 1), Consent("c2", 2)
    assert lineage.taken_back(registry, Consents({"web:ada": ada, "web:ben": ben}), said_in.__getitem__) == ()
    again = Consents({"web:ada": Consent("c9", 3), "web:ben": ben}, frozenset({"discord:7", "discord:8"}))
    (trace,) = lineage.taken_back(registry, again, said_in.__getitem__)
    assert trace == Trace("pirate", one, withdrawn=("c1", "discord:7"))
    flag = lineage.flag(registry, trace, FIRST_MS)
    assert flag is not None
    assert flag.words == "2 consents that it learned by were taken back"
    assert lineage.without(registry, "pirate") == ()  # whoever agrees again is learned from again
    assert lineage.begins_afresh(registry, "pirate")
    assert lineage.flag(registry, trace, FIRST_MS + 1) is None
    (job,) = lineage.made_of(registry, ["job-1"])
    both = lineage.flag(registry, job, FIRST_MS + 2)
    assert both is not None
    assert (both.samples, both.withdrawn, both.at_ms) == (("sample-1",), ("c1", "discord:7"), FIRST_MS + 2)
