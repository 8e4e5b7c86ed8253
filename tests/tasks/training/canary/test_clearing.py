"""Of runs that are over no more is kept than somebody may need, and what people had forgotten is found in it still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.learning import Course, Objection, Verdict
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.jobs import learned, unlearning
from tasks.training.canary import watch
from tasks.training.canary.clearing import TRACES, clear
from tasks.training.canary.serving import Serving, Why
from tasks.training.evaluation import people
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.runs import folder
from tasks.training.runs.record import Ended
from tasks.training.runs.reporting import Reporter
from tasks.training.runs.spec import RunSpec
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.adapters import publish, registry_on
from tests.tasks.training.canary.shop import Shop
from tests.tasks.training.dataset.learned_from import sample

WHY = Why("operator")
FILES = (
    "export/samples.jsonl",
    "export/pairs.jsonl",
    "scrub/samples.jsonl",
    "dataset/train.jsonl",
    "dataset/held_out_new.jsonl",
    "train/adapter/adapter_model.safetensors",
    "train/checkpoints/checkpoint-7/optimizer.pt",
)
STAYS = ["dataset/held_out_new.jsonl", "evaluate/samples.json", "export/counts.json", "gate/verdict.json"]


@pytest.fixture
def registry(tmp_path: Path) -> AdapterRegistry:
    """One store is enough here."""
    return registry_on("local", tmp_path)


@pytest.fixture
def shop(flock: Flock, registry: AdapterRegistry, tmp_path: Path) -> Iterator[Shop]:
    """Nobody has learned yet."""
    made = Shop(flock, registry, tmp_path)
    yield made
    made.close()


def run_of(shop: Shop, day: int, course: Course | None, *, published: str = "", persona: str = "pirate") -> Path:
    """Make the run of a day, with all that its steps leave, each with one line of job-<day>."""
    training_dir = shop.workshop().settings().training_dir
    named = {"run": f"run-{persona}-{day:02d}", "persona": Persona(name=persona, model="demo"), "model": "demo"}
    assert folder.create(training_dir, RunSpec(**named, training=Training(), until_ms=1))
    place = folder.find(training_dir, f"run-{persona}-{day:02d}")
    told = {name: sample(day).model_dump_json() + "\n" for name in FILES}
    quote = {"prompt": "?", "base": {"text": "no"}, "candidate": {"text": "yes"}}
    told |= {"evaluate/samples.json": json.dumps([quote]), "export/counts.json": "{}"}
    told |= {"gate/verdict.json": Verdict(passed=True).model_dump_json()}
    if published:
        told["publish/published.json"] = json.dumps({"version": published})
    for name, text in told.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    if course:
        folder.end(place, Ended(course=course, words="it is over", at_ms=1))
    return place


def files(place: Path) -> list[str]:
    found = (path.relative_to(place) for path in place.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if len(path.parts) > 1)


def names(shop: Shop) -> list[str]:
    return [name.removeprefix("run-") for name in folder.names(shop.workshop().settings().training_dir)]


@pytest.mark.parametrize("course", [Course.REFUSED, Course.FAILED, Course.SKIPPED])
def test_of_what_came_to_nothing_figures_verdict_and_answers_stay(shop: Shop, course: Course) -> None:
    place = run_of(shop, 1, course)
    for _ in range(2):
        watch.look(shop.workshop())
        assert files(place) == STAYS
    assert json.loads((place / TRACES).read_bytes()) == {"id": "s00001", "jobs": ["job-1"]}


def test_of_what_was_published_the_data_set_stays_too(shop: Shop) -> None:
    place = run_of(shop, 1, Course.PROMOTED, published="20261122-ab12cd34")
    clear(shop.workshop())
    assert files(place) == sorted([*STAYS, "dataset/train.jsonl", "publish/published.json"])


@pytest.mark.parametrize("course", [None, Course.CANARY])
def test_a_run_that_goes_on_or_is_on_trial_is_left_as_it_is(shop: Shop, course: Course | None) -> None:
    place = run_of(shop, 1, course)
    before = files(place)
    clear(shop.workshop())
    assert files(place) == before


def test_a_run_that_waits_for_people_is_left_as_it_is(shop: Shop) -> None:
    place = run_of(shop, 1, Course.REFUSED)
    waits = Objection(metric=people.METRIC, words="people have not judged it yet")
    (place / "gate" / "verdict.json").write_text(Verdict(passed=False, objections=(waits,)).model_dump_json())
    before = files(place)
    clear(shop.workshop())
    assert files(place) == before


def test_the_last_of_each_persona_stay_and_those_of_adapters_that_are_kept(shop: Shop, tmp_path: Path) -> None:
    shop.keep_runs = 2
    serving = Serving(shop.registry, shop.flock.store)
    made = [publish(shop.registry, tmp_path, day, run=f"run-pirate-{day:02d}") for day in range(3)]
    for version in made[:2]:
        serving.promote("pirate", version, WHY)
    serving.roll_back("pirate", WHY, "")
    serving.try_out("pirate", made[2], 0.1, WHY, unrated=False)
    for day in range(8):
        run_of(shop, day, None if day == 4 else Course.REFUSED)
    run_of(shop, 0, Course.REFUSED, persona="wren")
    assert clear(shop.workshop()) == ("run-pirate-03", "run-pirate-05")
    kept = [f"pirate-{day:02d}" for day in (0, 1, 2, 4, 6, 7)]
    assert names(shop) == [*kept, "wren-00"]
    assert clear(shop.workshop()) == ()


def test_with_a_folder_what_pages_show_of_its_words_goes_and_its_figures_stay(shop: Shop) -> None:
    shop.keep_runs = 1
    for day in range(2):
        Reporter(shop.flock.store, run_of(shop, day, Course.REFUSED)).tell()
    clear(shop.workshop())
    told = [shop.flock.store.run(learned.run(f"run-pirate-{day:02d}")) for day in range(2)]
    assert [report and (report.card.course, len(report.samples)) for report in told] == [
        (Course.REFUSED, 0),
        (Course.REFUSED, 1),
    ]


@pytest.mark.parametrize("job", ["job-1", "job-2"])
def test_what_is_forgotten_later_is_found_in_what_is_left_of_old_runs(shop: Shop, job: str) -> None:
    old, other = (run_of(shop, day, Course.REFUSED) for day in (1, 2))
    for place in (old, other):
        (place / "dataset" / "held_out_new.jsonl").unlink()  # so that traces alone lead to it
        Reporter(shop.flock.store, place).tell()
    clear(shop.workshop())
    for move in unlearning.forgot([job]):
        shop.flock.store.run(move)
    watch.look(shop.workshop())
    gone, left = (old, other) if job == "job-1" else (other, old)
    assert not (gone / "evaluate" / "samples.json").exists()
    assert (left / "evaluate" / "samples.json").exists()
    shown = shop.flock.store.run(learned.run(gone.name))
    assert shown is not None
    assert shown.samples == ()


def test_of_a_persona_whose_registry_cannot_be_read_nothing_is_taken_away(shop: Shop, tmp_path: Path) -> None:
    shop.keep_runs = 1
    Serving(shop.registry, shop.flock.store).promote("pirate", publish(shop.registry, tmp_path), WHY)
    for day in range(3):
        run_of(shop, day, Course.REFUSED)
    shop.registry.shelf.write("pirate/changes/00000002.json", b"what is it?")
    assert clear(shop.workshop()) == ()
    assert len(names(shop)) == 3
