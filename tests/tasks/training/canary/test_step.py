"""The last two steps of a run: walked again they change nothing, and a canary takes no one's place unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.canary import Served
from tasks.contracts.errors import BadInput, RookeryError
from tasks.contracts.learning import Metric, Sample, Source, StepName, Verdict
from tasks.contracts.messages import Turn
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.jobs import adapters
from tasks.training.canary.serving import Serving, Why
from tasks.training.canary.step import Canary
from tasks.training.canary.unlearning import erase
from tasks.training.dataset.kept import read_samples
from tasks.training.registry import lineage
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.registry.step import Publish
from tasks.training.runs.spec import BEAT, OPERATOR, UNLEARNING, Run, RunSpec
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.adapters import FIRST_MS, publish, trained
from tests.tasks.training.canary.shop import Shop


@pytest.fixture
def shop(flock: Flock, registry: AdapterRegistry, tmp_path: Path) -> Iterator[Shop]:
    """Nothing is served but the base."""
    made = Shop(flock, registry, tmp_path)
    yield made
    made.close()


def run_of(shop: Shop, by: str = BEAT, **training: object) -> Run:
    """Make a run that is done up to the gate."""
    spec = RunSpec(
        run="20261122-0200-pirate",
        persona=Persona(name="pirate", model="demo"),
        model="demo",
        training=Training.model_validate(training),
        until_ms=FIRST_MS,
        by=by,
    )
    run = Run(spec, shop.folder / "run", shop.workshop())
    trained(run.of(StepName.TRAIN) / "adapter")
    sample = Sample(
        id="sample-1",
        persona="pirate",
        conversation="web:1",
        at_ms=1,
        source=Source.LIKED,
        turns=(Turn(role="user", text="who are you?\u2028really?"),),
        answer="Arr!",
        jobs=("job-1",),
    )
    learned = sample.model_dump_json() + "\n"
    trained_on = {"base_sha256": "ab" * 32, "data_sha256": hashlib.sha256(learned.encode()).hexdigest()}
    metric = Metric(name="nll", candidate=1, served=None, base=2, better="lower")
    files = {
        "dataset/train.jsonl": learned,
        "dataset/figures.json": json.dumps({"train": 1, "consents": ["c1"]}),
        "train/figures.json": json.dumps({**trained_on, "steps": 7, "curve": [1, 2]}),
        "train/base.json": json.dumps({"file_sha256": "cd" * 32}),
        "evaluate/scores.json": f"[{metric.model_dump_json()}]",
        "evaluate/compared.json": json.dumps({"served": "", "broken": []}),
        "gate/verdict.json": Verdict(passed=True, unrated=True).model_dump_json(),
    }
    for name, told in files.items():
        path = run.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told, encoding="utf-8")
    return run


def walk(run: Run) -> tuple[dict[str, object], dict[str, object]]:
    """Walk both steps and return what they wrote."""
    for step in (Publish(), Canary()):
        run.of(step.name).mkdir(exist_ok=True)
        step.work(run, run.of(step.name))
    return (
        json.loads((run.of(StepName.PUBLISH) / "published.json").read_bytes()),
        json.loads((run.of(StepName.CANARY) / "canary.json").read_bytes()),
    )


def test_what_the_gate_let_through_is_published_with_its_lineage(shop: Shop) -> None:
    published, _ = walk(run_of(shop))
    origin = shop.registry.check("pirate", str(published["version"])).origin
    assert (origin.run, origin.by, origin.base, origin.until_ms) == ("20261122-0200-pirate", BEAT, "ab" * 32, FIRST_MS)
    assert origin.base_file == "cd" * 32
    assert (origin.samples, origin.consents) == ({"sample-1": ("job-1",)}, ("c1",))
    assert (origin.metrics[0].candidate, origin.verdict.unrated, origin.settings["rank"]) == (1.0, True, 16)
    assert len(origin.data) == 64


def test_at_night_a_part_of_the_jobs_goes_to_what_is_new(shop: Shop) -> None:
    run = run_of(shop, canary_share=0.25)
    published, said = walk(run)
    expected = Served(serial=1, canary=str(published["version"]), share=0.25, unrated=True)
    assert shop.registry.served("pirate") == shop.flock.store.run(adapters.of("pirate")) == expected
    assert (said["share"], said["serial"]) == (0.25, 1)
    assert walk(run) == (published, said)
    assert shop.registry.served("pirate") == expected
    assert shop.told == []  # the end of the run is told, and that is it


def test_beside_what_knows_what_it_may_not_nothing_is_tried_but_takes_its_place(shop: Shop) -> None:
    old = publish(shop.registry, shop.folder, 1)
    Serving(shop.registry, shop.flock.store).promote("pirate", old, Why("operator"))
    lineage.flag(shop.registry, lineage.Trace("pirate", old, ("sample-1",)), 1)
    run = run_of(shop, canary_share=0.25)
    published, said = walk(run)
    assert shop.registry.served("pirate") == Served(serial=2, current=str(published["version"]))
    assert (said["share"], said["serial"]) == (0.0, 2)
    assert walk(run) == (published, said)


@pytest.mark.parametrize("how", [{"by": OPERATOR}, {"by": UNLEARNING}, {"canary_share": 0.0}])
def test_for_an_operator_all_of_them_go_there_at_once(shop: Shop, how: dict[str, object]) -> None:
    run = run_of(shop, **how)  # type: ignore[arg-type]
    published, said = walk(run)
    assert shop.registry.served("pirate") == Served(serial=1, current=str(published["version"]))
    assert (said["share"], walk(run)) == (0.0, (published, said))


@pytest.mark.parametrize("by", [BEAT, OPERATOR])
def test_what_was_taken_back_before_a_killed_run_went_on_is_not_served_again(shop: Shop, by: str) -> None:
    run = run_of(shop, by)
    published, said = walk(run)
    serving = Serving(shop.registry, shop.flock.store)
    serving.roll_back("pirate", Why("operator", "it swears"))
    shop.flock.client.flushall()
    assert walk(run) == (published, said)
    assert shop.registry.served("pirate") == Served(serial=2)
    assert shop.flock.store.run(adapters.of("pirate")) == Served(serial=2)


def test_what_was_judged_against_something_else_is_not_served(shop: Shop, tmp_path: Path) -> None:
    run = run_of(shop)
    run.of(StepName.PUBLISH).mkdir()
    Publish().work(run, run.of(StepName.PUBLISH))
    other = publish(shop.registry, tmp_path, 5)
    Serving(shop.registry, shop.flock.store).promote("pirate", other, Why("operator"))
    with pytest.raises(RookeryError, match="judged against something else") as told:
        Canary().work(run, run.of(StepName.CANARY))
    assert "judges it anew" in told.value.next_step
    assert shop.registry.served("pirate") == Served(serial=1, current=other)


def test_what_was_forgotten_since_it_was_learned_is_not_published_as_if_nobody_had_said_it(shop: Shop) -> None:
    run = run_of(shop)
    assert erase(run.folder, {"job-1"}) == 1
    with pytest.raises(RookeryError, match="something of it was forgotten"):
        walk(run)
    assert shop.registry.versions("pirate") == ()


def test_what_came_into_service_between_gate_and_publishing_is_not_replaced(shop: Shop, tmp_path: Path) -> None:
    run, other = run_of(shop), publish(shop.registry, tmp_path, 5)
    Serving(shop.registry, shop.flock.store).promote("pirate", other, Why("operator"))
    with pytest.raises(RookeryError, match="judged against something else"):
        walk(run)
    assert shop.registry.served("pirate") == Served(serial=1, current=other)


@pytest.mark.parametrize("of", [{"model": "another"}, {"base": "cd" * 32}])
def test_what_rides_on_another_base_is_in_no_ones_way(shop: Shop, tmp_path: Path, of: dict[str, str]) -> None:
    run, other = run_of(shop, OPERATOR), publish(shop.registry, tmp_path, 5, **of)
    Serving(shop.registry, shop.flock.store).promote("pirate", other, Why("operator"))
    published, _ = walk(run)
    assert shop.registry.current("pirate") == published["version"]


def test_what_no_step_wrote_down_is_told_as_that(shop: Shop) -> None:
    run = run_of(shop)
    (run.of(StepName.EVALUATE) / "scores.json").unlink()
    with pytest.raises(RookeryError, match="is not known"):
        walk(run)


def test_a_pickle_beside_the_weights_is_not_published(shop: Shop) -> None:
    run = run_of(shop)
    (run.of(StepName.TRAIN) / "adapter" / "training_args.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(BadInput, match="may be a pickle"):
        walk(run)
    assert shop.registry.versions("pirate") == ()


def test_what_goes_along_with_an_adapter_tells_nothing_of_what_was_said_nor_where(shop: Shop) -> None:
    run = run_of(shop)
    published, _ = walk(run)
    place = shop.registry.folder("pirate", str(published["version"]))
    told = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert b"sample-1" in told, "its digest"
    [sample] = read_samples(run.of(StepName.DATASET) / "train.jsonl")
    for words in (sample.answer, sample.conversation, *sample.turns[0].text.splitlines()):
        assert words.encode() not in told
