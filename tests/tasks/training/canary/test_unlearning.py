"""What was forgotten is followed into adapters and exports, whoever dies over it and whatever runs meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.learning import Course, StepName
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.jobs import learned, unlearning
from tasks.training.canary import unlearning as canary_unlearning
from tasks.training.canary import watch
from tasks.training.canary.serving import Serving, Why
from tasks.training.canary.unlearning import erase, follow
from tasks.training.registry import lineage
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.runs import folder
from tasks.training.runs.record import Done, Ended
from tasks.training.runs.reporting import Reporter
from tasks.training.runs.spec import RunSpec
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.adapters import publish
from tests.tasks.training.canary.shop import Shop

WHY = Why("operator")


@pytest.fixture
def shop(flock: Flock, local_registry: AdapterRegistry, tmp_path: Path) -> Iterator[Shop]:
    """A pirate that has learned of job-0, then of job-1."""
    made = Shop(flock, local_registry, tmp_path)
    serving = Serving(local_registry, flock.store)
    for day in range(2):
        serving.promote("pirate", publish(local_registry, tmp_path, day), WHY)
    yield made
    made.close()


def forget(shop: Shop, *jobs: str) -> None:
    for move in unlearning.forgot(jobs):
        shop.flock.store.run(move)


def begun(shop: Shop) -> Path:
    """Begin a run and return its folder."""
    training_dir = shop.workshop().settings().training_dir
    pirate = Persona(name="pirate", model="demo")
    spec = RunSpec(run="20261122-0200-pirate", persona=pirate, model="demo", training=Training(), until_ms=1)
    assert folder.create(training_dir, spec)
    return folder.find(training_dir, spec.run)


def lines(*jobs: str) -> str:
    return "".join(json.dumps({"id": f"sample of {job}", "jobs": [job]}) + "\n" for job in jobs)


def test_while_nothing_was_forgotten_nothing_is_looked_for(shop: Shop) -> None:
    assert follow(shop.workshop()) == 0


def test_whatever_has_learned_of_it_is_flagged_and_who_looks_after_the_flock_is_told(shop: Shop) -> None:
    forget(shop, "job-1", "job-of-nothing")
    watch.look(shop.workshop())
    served = shop.registry.served("pirate")
    flag = lineage.flags(shop.registry, "pirate")[served.current]
    assert (flag.samples, flag.withdrawn) == (("sample-1",), ())
    assert lineage.without(shop.registry, "pirate") == ("sample-1",)
    (notice,) = shop.told
    assert (notice.title, notice.level) == ("pirate knows what it may know no more", "warning")
    assert "1 of what it learned from was forgotten; it is trained anew without" in notice.words
    assert shop.flock.store.run(unlearning.pending()) == frozenset()
    forget(shop, "job-1")
    assert follow(shop.workshop()) == 0
    assert len(shop.told) == 1


def test_what_one_of_several_said_of_an_answer_goes_by_its_own_name(shop: Shop) -> None:
    place = begun(shop)
    (place / "pairs.jsonl").write_text(lines("job-1", "job-2"), encoding="utf-8")
    forget(shop, "sample of job-1", "sample-1")
    assert follow(shop.workshop()) == 1
    assert lineage.without(shop.registry, "pirate") == ("sample-1",)
    assert (place / "pairs.jsonl").read_text(encoding="utf-8") == lines("job-2")


def test_what_answers_nobody_is_flagged_without_a_word(shop: Shop) -> None:
    forget(shop, "job-0")
    assert follow(shop.workshop()) == 1
    assert shop.told == []


def test_a_run_that_goes_on_may_still_come_to_know_it(shop: Shop, tmp_path: Path) -> None:
    place = begun(shop)
    forget(shop, "job-5")
    assert follow(shop.workshop()) == 0
    late = publish(shop.registry, tmp_path, 5)
    folder.end(place, Ended(course=Course.PROMOTED, words="it answers", next_step="", at_ms=1))
    assert follow(shop.workshop()) == 1
    assert late in lineage.flags(shop.registry, "pirate")
    assert shop.flock.store.run(unlearning.pending()) == frozenset()


def test_exports_lose_the_words_and_nothing_else(shop: Shop) -> None:
    place = begun(shop)
    training_dir = shop.workshop().settings().training_dir
    kept = training_dir / "personas" / "pirate" / "held_out.jsonl"
    quoted = place / "evaluate" / "samples.json"
    for path, told in {
        place / "export" / "samples.jsonl": lines("job-1", "job-2", "job-3"),
        place / "export" / "pairs.jsonl": lines("job-3"),
        kept: json.dumps({"run": "r", "sample": {"id": "a", "jobs": ["job-2"]}}) + "\n",
        quoted: "[]",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told, encoding="utf-8")
    assert erase(training_dir, {"job-2", "job-9"}) == 2
    assert (place / "export" / "samples.jsonl").read_text() == lines("job-1", "job-3")
    assert (place / "export" / "pairs.jsonl").read_text() == lines("job-3")
    assert (kept.read_text(), quoted.exists()) == ("", False)
    assert erase(training_dir, {"job-2", "job-9"}) == 0


def shown(shop: Shop) -> bool:
    """Whether pages show words of the run."""
    report = shop.flock.store.run(learned.run("20261122-0200-pirate"))
    assert report is not None
    return bool(report.samples)


def walked(shop: Shop) -> Path:
    """Return the folder of a run that has evaluated what it learned of job-2, with its words shown."""
    place = begun(shop)
    for step in (StepName.DATASET, StepName.EVALUATE):
        (place / step.value).mkdir()
    (place / "dataset" / "held_out_new.jsonl").write_text(lines("job-1", "job-2"), encoding="utf-8")
    made = folder.hashes(place / "dataset")
    folder.note_done(place / "dataset", Done(step=StepName.DATASET, inputs={}, outputs=made, took_s=0))
    tell(shop, place)
    return place


def tell(shop: Shop, place: Path) -> None:
    """Write down what is quoted of job-2, and show it."""
    told = {"prompt": "job-2?", "base": {"text": "no"}, "candidate": {"text": "yes"}}
    (place / "evaluate" / "samples.json").write_text(json.dumps([told]), encoding="utf-8")
    Reporter(shop.flock.store, place).tell()
    assert shown(shop)


def test_what_is_shown_of_it_goes_although_somebody_is_killed_over_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = walked(shop)
    forget(shop, "job-2")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for point in ("write_whole", "_late_quotes"):
        with monkeypatch.context() as patched:
            patched.setattr(canary_unlearning, point, killed)
            with pytest.raises(KeyboardInterrupt):
                follow(shop.workshop())
        assert not shown(shop)
        assert not (place / "evaluate" / "samples.json").exists()
    follow(shop.workshop())
    assert (place / "dataset" / "held_out_new.jsonl").read_text(encoding="utf-8") == lines("job-1")


def test_what_a_run_quotes_only_after_it_was_forgotten_goes_too(shop: Shop) -> None:
    place = walked(shop)
    forget(shop, "job-2")
    follow(shop.workshop())
    tell(shop, place)  # it had read it before
    folder.end(place, Ended(course=Course.REFUSED, words="the gate said no", next_step="", at_ms=1))
    follow(shop.workshop())
    assert not shown(shop)
    assert not (place / "evaluate" / "samples.json").exists()
