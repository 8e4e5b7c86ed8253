"""The step, on a real Redis and a real registry: night after night, and when it is killed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tasks.contracts.canary import Served
from tasks.contracts.errors import TrainingSkipped
from tasks.contracts.learning import Sample, StepName
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.jobs import consents
from tasks.jobs.store import Store
from tasks.training.dataset import step
from tasks.training.dataset.alignment import is_alignment
from tasks.training.dataset.figures import FILE, Figures, digest
from tasks.training.dataset.kept import line, read_samples, shelf_of
from tasks.training.dataset.step import Dataset
from tasks.training.registry import lineage
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.runs.spec import Run, RunSpec, Workshop
from tests.tasks.training.adapters import publish, registry_on
from tests.tasks.training.dataset.learned_from import talk

PIRATE = Persona(name="pirate", model="demo", learns="liked")
PEOPLE = tuple(f"web:{number}" for number in range(3))
NIGHTS = ("20261122-0200-pirate", "20261123-0200-pirate", "20261124-0200-pirate")
Files = dict[str, tuple[Sample, ...]]


@dataclass
class Nights:
    """Runs of one persona, one after another."""

    folder: Path
    store: Store
    registry: AdapterRegistry

    def run(self, name: str, **fields: Any) -> Run:
        """Return a run of that name."""
        settings = SimpleNamespace(training_dir=self.folder)
        shop = Workshop(
            settings=cast(Callable[[], Any], lambda: settings),
            store=self.store,
            transcript_url="",
            registry=self.registry,
            notify=lambda _notice: None,
            say=lambda _doing, _share: None,
            ending=threading.Event(),
        )
        spec = RunSpec(run=name, persona=PIRATE, model="demo", training=Training(), until_ms=1)
        return Run(spec.model_copy(update=fields), self.folder / "runs" / name, shop)

    def walk(self, name: str, samples: list[Sample], **fields: Any) -> Files:
        """Make the data set of a night, and return its files."""
        run = self.run(name, **fields)
        scrubbed, out = run.of(StepName.SCRUB), run.of(StepName.DATASET)
        for folder in (scrubbed, out):
            folder.mkdir(parents=True, exist_ok=True)
        (scrubbed / step.SAMPLES_FILE).write_bytes(b"".join(map(line, samples)))
        Dataset().work(run, out)
        return {path.stem: read_samples(path) for path in out.glob("*.jsonl")}

    def figures(self, name: str) -> Figures:
        """Return what a night tells of itself."""
        told = self.run(name).of(StepName.DATASET) / FILE
        return Figures.model_validate_json(told.read_bytes(), strict=False)

    def promote(self, day: int, name: str) -> str:
        """Have what a night learned served."""
        version = publish(self.registry, self.folder, day, run=name)
        before = self.registry.served("pirate")
        served = replace_served(before, version)
        self.registry.change("pirate", Event(kind=Kind.PROMOTED, version=version, at_ms=day + 1, served=served))
        return version


def replace_served(before: Served, version: str) -> Served:
    return before.model_copy(update={"serial": before.serial + 1, "current": version, "previous": before.current})


@pytest.fixture
def nights(tmp_path: Path, redis_url: str) -> Iterator[Nights]:
    store = Store.open(redis_url)
    for person in PEOPLE:
        store.run(consents.agree(person))
    yield Nights(tmp_path, store, registry_on("local", tmp_path))
    store.close()


def ours(some: tuple[Sample, ...]) -> set[str]:
    return {one.id for one in some if not is_alignment(one)}


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_first_night_writes_what_is_learned_and_what_is_judged_by(nights: Nights) -> None:
    made = nights.walk(NIGHTS[0], talk(60, authors=3))
    assert made.keys() == {"train", "held_out_new", "held_out_old", "replay", "probes"}
    assert len(ours(made["train"])) + len(made["held_out_new"]) <= 60
    told = nights.figures(NIGHTS[0])
    assert told.train == len(made["train"]) == told.new + told.alignment
    assert told.limit == pytest.approx(1 / 3)
    assert len(told.consents) == told.authors == 3
    salt = shelf_of(nights.folder, "pirate").salt()
    assert told.shares.keys() == {digest(person, salt) for person in PEOPLE}
    assert max(share.samples for share in told.shares.values()) <= 1 / 3
    trained_on = nights.run(NIGHTS[0]).of(StepName.DATASET) / step.TRAIN_FILE
    assert told.train_sha256 == hashlib.sha256(trained_on.read_bytes()).hexdigest()


def test_figures_hold_no_words_and_no_names(nights: Nights) -> None:
    nights.walk(NIGHTS[0], talk(60, authors=3))
    told = (nights.run(NIGHTS[0]).of(StepName.DATASET) / FILE).read_text("utf-8")
    assert not any(person in told for person in PEOPLE)
    assert "Answer" not in told


def test_walked_again_it_comes_to_the_same_bytes(nights: Nights) -> None:
    nights.walk(NIGHTS[0], talk(60, authors=3))
    out = nights.run(NIGHTS[0]).of(StepName.DATASET)
    first = digests(out)
    nights.walk(NIGHTS[0], talk(60, authors=3))
    assert digests(out) == first


def test_the_night_after_replays_what_was_promoted_and_judges_by_what_was_held_out(nights: Nights) -> None:
    first = nights.walk(NIGHTS[0], talk(60, authors=3))
    nights.promote(0, NIGHTS[0])
    second = nights.walk(NIGHTS[1], talk(60, authors=3, first=500))
    assert second["replay"]
    assert ours(second["replay"]) <= ours(first["train"])
    assert ours(second["replay"]) <= ours(second["train"])
    assert second["held_out_old"] == first["held_out_new"]
    assert ours(first["held_out_new"]).isdisjoint(ours(second["train"]))


def test_a_third_night_still_learns_nothing_of_what_the_first_held_out(nights: Nights) -> None:
    first = nights.walk(NIGHTS[0], talk(60, authors=3))
    nights.promote(0, NIGHTS[0])
    second = nights.walk(NIGHTS[1], talk(60, authors=3, first=500))
    nights.promote(1, NIGHTS[1])
    third = nights.walk(NIGHTS[2], [*talk(60, authors=3, first=1000), *first["held_out_new"]])
    held = ours((*first["held_out_new"], *second["held_out_new"]))
    assert held.isdisjoint(ours(third["train"]))
    assert ours(third["replay"]) <= ours((*first["train"], *second["train"]))


def test_what_was_never_promoted_is_not_replayed(nights: Nights) -> None:
    nights.walk(NIGHTS[0], talk(60, authors=3))
    assert not nights.walk(NIGHTS[1], talk(60, authors=3, first=500))["replay"]


def test_where_the_run_of_what_is_served_is_gone_the_night_goes_on(nights: Nights) -> None:
    nights.promote(0, "20260101-0200-gone")
    assert nights.walk(NIGHTS[0], talk(60, authors=3))["train"]


def test_who_takes_a_consent_back_is_in_nothing_that_comes_and_in_no_file_that_is_kept(nights: Nights) -> None:
    nights.walk(NIGHTS[0], talk(60, authors=3))
    nights.promote(0, NIGHTS[0])
    nights.store.run(consents.withdraw("web:1"))
    made = nights.walk(NIGHTS[1], talk(60, authors=3, first=500))
    assert all(one.author != "web:1" for some in made.values() for one in some)
    shelf = shelf_of(nights.folder, "pirate")
    assert all(kept.sample.author != "web:1" for kept in (*shelf.held_out(), *shelf.learned()))
    assert nights.figures(NIGHTS[1]).left_out.forgotten == 20


def test_nor_in_files_of_a_persona_that_has_another_name_by_now(
    nights: Nights, caplog: pytest.LogCaptureFixture
) -> None:
    nights.walk(NIGHTS[0], talk(60, authors=3))
    nights.store.run(consents.withdraw("web:1"))
    damaged = nights.folder / "personas" / "wren" / "learned.jsonl"
    damaged.parent.mkdir()
    damaged.write_text("{\n", encoding="utf-8")
    nights.walk(NIGHTS[1], talk(60, authors=3), persona=Persona(name="corsair", model="demo", learns="liked"))
    before = shelf_of(nights.folder, "pirate").held_out()
    assert before
    assert all(kept.sample.author != "web:1" for kept in before)
    assert "cannot be looked through" in caplog.text


def test_what_was_forgotten_is_neither_learned_nor_judged_by_nor_replayed(nights: Nights) -> None:
    first = nights.walk(NIGHTS[0], talk(60, authors=3))
    nights.promote(0, NIGHTS[0])
    without = (first["train"][5].id, first["held_out_new"][0].id, "s00501")
    second = nights.walk(NIGHTS[1], talk(60, authors=3, first=500), without=without)
    assert not {one.id for some in second.values() for one in some} & set(without)


def test_where_what_is_served_knows_it_all_the_rest_is_learned_anew(nights: Nights) -> None:
    said = talk(60, authors=3)
    first = nights.walk(NIGHTS[0], said)
    version = nights.promote(0, NIGHTS[0])
    with pytest.raises(TrainingSkipped):  # what was held out alone is new
        nights.walk(NIGHTS[1], said)
    gone = first["train"][5].id
    lineage.flag(nights.registry, lineage.Trace("pirate", version, (gone,)), 1)
    second = nights.walk(NIGHTS[1], said, without=(gone,))
    assert ours(second["train"]) == ours(first["train"]) - {gone}


def test_where_nothing_new_was_said_it_is_made_of_what_earlier_runs_learned(nights: Nights) -> None:
    first = nights.walk(NIGHTS[0], talk(60, authors=3))
    version = nights.promote(0, NIGHTS[0])
    gone = first["train"][5].id
    lineage.flag(nights.registry, lineage.Trace("pirate", version, (gone,)), 1)
    second = nights.walk(NIGHTS[1], [], without=(gone,))
    again = ours(second["train"]) | ours(second["held_out_new"])
    assert again == ours(first["train"]) - {gone}
    assert ours(second["held_out_old"]) == ours(first["held_out_new"])


def test_a_channel_that_was_closed_is_not_learned_from(nights: Nights) -> None:
    said = [one.model_copy(update={"channel": "web:hall"}) if n < 20 else one for n, one in enumerate(talk(60))]
    nights.store.run(consents.close("web:hall", "web:0"))
    made = nights.walk(NIGHTS[0], said)
    assert all(not one.channel for some in made.values() for one in some)


def test_too_little_ends_the_run_with_figures_in_words(nights: Nights) -> None:
    with pytest.raises(TrainingSkipped, match="pirate has 19 new samples left to learn from, and 20 are wanted"):
        nights.walk(NIGHTS[0], talk(19))
    assert not shelf_of(nights.folder, "pirate").held_out()


def test_another_persona_has_a_shelf_of_its_own(nights: Nights) -> None:
    nights.walk(NIGHTS[0], talk(60, authors=3))
    cook = Persona(name="cook", model="demo", learns="liked")
    made = nights.walk(NIGHTS[1], talk(60, authors=3), persona=cook)
    assert not made["held_out_old"]


def test_files_are_lines_of_json_in_the_order_of_time(nights: Nights) -> None:
    nights.walk(NIGHTS[0], talk(60, authors=3))
    lines = (nights.run(NIGHTS[0]).of(StepName.DATASET) / step.TRAIN_FILE).read_text("ascii").splitlines()
    told = [json.loads(one) for one in lines]
    assert told == sorted(told, key=lambda one: (one["at_ms"], one["id"]))
    assert all(list(one) == sorted(one) for one in told)
