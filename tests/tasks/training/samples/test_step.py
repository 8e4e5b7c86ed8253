"""The first two steps of a run, as a run walks them: which time, and what of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tasks.contracts.canary import Served as Shown
from tasks.contracts.errors import ConfigurationError, TrainingSkipped
from tasks.contracts.learning import StepName
from tasks.contracts.personas import Persona
from tasks.jobs import consents
from tasks.jobs.store import Store
from tasks.training.abilities import Registry
from tasks.training.registry import lineage
from tasks.training.registry.lineage import Trace
from tasks.training.registry.manifest import Manifest
from tasks.training.runs.spec import Interrupted, Run, RunSpec, Workshop
from tasks.training.samples.step import DAY_MS, Export, Span, Window
from tests.tasks.training.samples.talk import ADA, BOB, EVE, IMITATE, LIKED, UNTIL_MS, Served, Talk, never, spec

GOLDEN = Path(__file__).parent / "golden"
ROOM = {"request_channel": "discord:7", "request_tenant": "discord:g", "session": "discord:rook:7"}


class Walk:
    """A run of which a test walks the steps."""

    def __init__(self, talk: Talk, store: Store, folder: Path) -> None:
        self.talk, self.store, self.folder = talk, store, folder
        self.served, self.ending = Served(folder), never()
        self.said: list[str] = []

    def agree(self, *people: str) -> None:
        """Have people agree."""
        for person in people:
            self.store.run(consents.agree(person))

    def run(self, told: RunSpec) -> Run:
        """Return what a step is given."""
        workshop: Any = Workshop(
            settings=lambda: SimpleNamespace(folder=self.folder),  # type: ignore[arg-type,return-value]
            store=self.store,
            transcript_url=self.talk.url,
            registry=self.served,  # type: ignore[arg-type]
            notify=lambda _notice: None,
            say=lambda what, _share: self.said.append(what),
            ending=self.ending,
        )
        return Run(told, self.folder / "run", workshop)

    def walk(self, persona: Persona = LIKED, **training: Any) -> Path:
        """Walk both steps, and return where they wrote."""
        run = self.run(spec(persona, **training))
        for step in (Window(), Export()):
            out = run.of(step.name)
            out.mkdir(parents=True, exist_ok=True)
            step.work(run, out)
        return run.folder

    def span(self, **training: Any) -> Span:
        """Return the time that a run learns from."""
        run = self.run(spec(**training))
        run.of(StepName.WINDOW).mkdir(parents=True, exist_ok=True)
        Window().work(run, run.of(StepName.WINDOW))
        return Span.model_validate_json((run.of(StepName.WINDOW) / "window.json").read_text())


@pytest.fixture
def walk(talk: Talk, redis_url: str, tmp_path: Path) -> Iterator[Walk]:
    store = Store.open(redis_url)
    yield Walk(talk, store, tmp_path)
    store.close()


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_steps_are_called_as_a_run_calls_them() -> None:
    assert (Window().name, Export().name) == (StepName.WINDOW, StepName.EXPORT)
    assert not Window().resumes
    assert not Export().resumes


def test_a_first_run_looks_back_so_many_days_and_a_later_one_to_what_is_served(walk: Walk, tmp_path: Path) -> None:
    for job in ("j1", "j2", "j3"):
        walk.talk.say(job)  # at 1010, 2010 and 3010
    assert walk.span() == Span(from_ms=0, until_ms=UNTIL_MS, exchanges=3)
    days = 2_010 / DAY_MS
    assert walk.span(window_days=(UNTIL_MS / DAY_MS) - days).from_ms == 2_010
    serve(walk, tmp_path, until_ms=2_010)
    assert walk.span() == Span(from_ms=2_010, until_ms=UNTIL_MS, exchanges=1, served=walk.served.version)


def test_where_what_is_served_knows_what_was_forgotten_a_run_looks_back_as_a_first_one(
    walk: Walk, tmp_path: Path
) -> None:
    walk.talk.say("j1")
    serve(walk, tmp_path, until_ms=2_010)
    lineage.flag(cast(Registry, walk.served), Trace(LIKED.name, walk.served.version, ("s1",)), 1)
    assert walk.span() == Span(from_ms=0, until_ms=UNTIL_MS, exchanges=1, afresh=True)


def test_what_is_learned_from_is_written_down_in_the_order_of_time(walk: Walk, tmp_path: Path) -> None:
    walk.agree(ADA, BOB)
    known = walk.store.run(consents.every())
    for job in ("j1", "j2", "j3"):
        walk.talk.say(job, session=job)
    for job in ("j3", "j1", "j2"):
        walk.talk.think("up", BOB, job)
    folder = walk.walk()
    assert [(one["jobs"], one["author"]) for one in lines(folder / "export" / "samples.jsonl")] == [
        ([job], BOB) for job in ("j3", "j1", "j2")
    ]
    counts = json.loads((folder / "export" / "counts.json").read_text())
    assert counts == {
        "new": 3,
        "pairs": 0,
        "sources": {"liked": 3},
        "left_out": {},
        "consents": list(known.ids([ADA, BOB])),
    }
    assert sorted(path.name for path in (folder / "export").iterdir()) == [
        "counts.json",
        "pairs.jsonl",
        "samples.jsonl",
    ]
    assert walk.said == ["reading what was said"]


def golden(walk: Walk, folder: Path) -> Persona:
    """Say a little of everything."""
    talk = walk.talk
    walk.agree(ADA, BOB)
    talk.say("hello", text="Hello, who are you?", reply="I am Rook, the raven of this house.")
    talk.say("wrong", text="What is the capital of Peru?", reply="Bogotá, I think.")
    talk.think("corrected", ADA, "wrong", text="Lima. Krah!")
    talk.say("first", BOB, text="Bob: tell us a joke", reply="Why?", **ROOM)
    talk.say(
        "anew",
        BOB,
        text="Bob: tell us a joke",
        reply="Two ravens: an attempted murder.",
        request_replaces="first",
        **ROOM,
    )
    talk.say("hers", EVE, text="Eve: do not learn of me", reply="I shall not.", **ROOM)
    talk.think("up", EVE, "hers")
    talk.say("liked", BOB, text="Bob: and another?", reply="“Nevermore”, quoth the raven. 🐦", **ROOM)
    talk.think("up", BOB, "liked")
    talk.say("plain", text="Thank you for all that.", reply="You are welcome, as always.")
    (folder / "examples").mkdir()
    (folder / "examples" / "style.md").write_text("> Who are you?\n\nRook. Krah.\n")
    return Persona(name="rook", learns="liked", examples="examples")


def test_an_export_is_as_it_always_was(walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.training.samples.examples.MS", 0)  # a file's age is of the disk
    folder = walk.walk(golden(walk, tmp_path)) / "export"
    for name in ("samples.jsonl", "pairs.jsonl"):
        assert lines(folder / name) == lines(GOLDEN / name)
        assert (folder / name).read_bytes() == (GOLDEN / name).read_bytes(), "to the byte: it is known by its digest"
    told = json.loads((folder / "counts.json").read_text())
    assert len(told.pop("consents")) == 2
    assert told == json.loads((GOLDEN / "counts.json").read_text())


def test_done_twice_it_comes_to_the_same_files_whatever_was_said_since(walk: Walk, tmp_path: Path) -> None:
    persona = golden(walk, tmp_path)
    export = walk.walk(persona) / "export"
    before = {path.name: path.read_bytes() for path in export.iterdir()}
    walk.talk._clock = iter(range(UNTIL_MS + 1, UNTIL_MS + 9))  # type: ignore[assignment]
    walk.talk.think("up", ADA, "liked", undone=True)
    walk.talk.think("up", ADA, "plain")
    walk.talk.say("later", ADA, request_replaces="hello")
    walk.walk(persona)
    assert {path.name: path.read_bytes() for path in export.iterdir()} == before


def test_one_too_few_is_skipped_and_enough_are_not(walk: Walk) -> None:
    walk.agree(ADA)
    for job in ("j1", "j2", "j3"):
        walk.talk.say(job)
        walk.talk.think("up", EVE if job == "j3" else ADA, job)
    with pytest.raises(TrainingSkipped, match="rook has 2 new samples to learn from, and 3 are wanted") as skipped:
        walk.walk(min_samples=3)
    assert "1 left out (somebody in it did not agree)" in skipped.value.message
    walk.walk(min_samples=2)


def test_where_what_is_served_is_replaced_the_data_set_says_what_is_too_few(walk: Walk, tmp_path: Path) -> None:
    walk.talk.say("j1")
    serve(walk, tmp_path, until_ms=UNTIL_MS)
    lineage.flag(cast(Registry, walk.served), Trace(LIKED.name, walk.served.version, ("s1",)), 1)
    assert lines(walk.walk(min_samples=3) / "export" / "samples.jsonl") == []


def test_where_nobody_said_a_thing_there_is_nothing(walk: Walk, tmp_path: Path) -> None:
    walk.talk.url = f"sqlite:///{tmp_path / 'nothing' / 'yet.sqlite3'}"
    with pytest.raises(TrainingSkipped, match="0 new samples"):
        walk.walk()


def test_examples_are_there_each_time_and_new_once(walk: Walk, tmp_path: Path) -> None:
    persona = golden(walk, tmp_path)
    serve(walk, tmp_path, until_ms=UNTIL_MS)
    with pytest.raises(TrainingSkipped, match="0 new samples"):
        walk.walk(persona)
    assert [one["source"] for one in lines(walk.folder / "run" / "export" / "samples.jsonl")] == ["written"]


def test_an_imitated_author_s_lines_are_exported(walk: Walk) -> None:
    walk.agree(ADA)
    for number in range(3):
        walk.talk.say(f"j{number}", request_direct=True)
    assert [one["source"] for one in lines(walk.walk(IMITATE) / "export" / "samples.jsonl")] == ["imitated"] * 2


def test_a_pattern_that_is_none_and_an_example_that_is_none_are_told(walk: Walk, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[training\] exclude: '\(' cannot be used"):
        walk.walk(exclude=("(",))
    with pytest.raises(ConfigurationError, match="there is no folder"):
        walk.walk(Persona(name="rook", learns="liked", examples="gone"))
    assert not list(tmp_path.rglob(".*.loose"))


def test_a_worker_that_is_to_end_ends_here(walk: Walk) -> None:
    walk.agree(ADA)
    walk.talk.say("j1")
    walk.talk.think("up", ADA, "j1")
    walk.ending.set()
    with pytest.raises(Interrupted):
        walk.walk()


def serve(walk: Walk, folder: Path, until_ms: int) -> None:
    """Have an adapter served that has learned until then."""
    weights = "ab12cd34" + 56 * "0"
    files = {name: {"sha256": weights, "size": 1} for name in ("adapter_model.safetensors", "adapter_config.json")}
    origin = {"persona": "rook", "model": "demo", "created_ms": 1, "until_ms": until_ms}
    version = Shown(serial=1, current="20261122-ab12cd34").current
    told = Manifest.model_validate_json(json.dumps({"version": version, "origin": origin, "files": files}))
    walk.served.version, walk.served.at = version, folder / version
    walk.served.at.mkdir()
    (walk.served.at / "manifest.json").write_text(told.model_dump_json())
