"""The gate of a run: what it decides by is looked at anew, in the ledger, the transcript and the folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from benchmarks.gate.actors import Actor, Stage, author, held_out
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Fleet
from tasks.contracts.learning import Objection, Sample, StepName, Verdict
from tasks.jobs import consents
from tasks.jobs.store import Store
from tasks.training import gate
from tasks.training.dataset.figures import Figures, LeftOut, Share
from tasks.training.dataset.kept import line
from tasks.training.dataset.splitting import Unit
from tasks.training.evaluation import people, rating
from tasks.training.evaluation.rating import Waiver, trial_job
from tasks.training.evaluation.report import Part
from tasks.training.evaluation.step import HELD_OUT, Evaluate
from tasks.training.evaluation.voices import Voice
from tasks.training.gate_step import Gate
from tasks.training.lora.bases import TARGETS, read_base
from tasks.training.runs.spec import Run
from tasks.training.safety.values import Findings
from tasks.transcript.database import open_database
from tasks.transcript.keeping import write
from tests.tasks.training.runs.paces import RUN, spec, workshop
from tests.tasks.training.trained import served_is, write_figures
from tests.tasks.transcript.said import exchange, opinion

SERVED = "20261121-0badcafe"
AUTHORS = [f"web:{number}" for number in range(4)]
LEARNED = [one.model_copy(update={"id": f"learned:{one.id}"}) for one in held_out()[Part.NEW]]


@dataclass
class Finished:
    """A run that is done but for its gate."""

    run: Run
    store: Store
    url: str

    def decided(self) -> Verdict:
        """Have the gate decide, and return what it wrote."""
        out = self.run.of(StepName.GATE)
        out.mkdir(exist_ok=True)
        Gate().work(self.run, out)
        return Verdict.model_validate_json((out / "verdict.json").read_bytes())

    def objections(self) -> dict[str, str]:
        """Return the same as words by figure."""
        return {objection.metric: objection.words for objection in self.decided().objections}

    def rated(self, stars: int, many: int) -> None:
        """Have people rate the candidate's answers."""
        samples = [one.sample for one in rating.spoken_of(self.run.folder)]
        said = [
            opinion("rated", f"p{number}", 5000 + number, job=trial_job(RUN, samples[number % 10]), text=str(stars))
            for number in range(many)
        ]
        self._written(said)

    def liked(self, opinion_: str, many: int) -> None:
        """Have people judge replies of what is served."""
        adapter = f"pirate@{SERVED}"
        for number in range(many):
            job = f"job-{number}"
            asked = exchange(job, at_ms=1000 + number * 100, persona="pirate", adapter=adapter)
            self._written([asked, opinion(opinion_, f"p{number}", 9000 + number, job=job)])

    def _written(self, entries: list[Any]) -> None:
        engine = open_database(self.url)
        write(engine, entries)
        engine.dispose()


@pytest.fixture
def finished(tmp_path: Path, redis_url: str) -> Callable[..., Finished]:
    """A run of a good adapter; its persona can be told otherwise."""

    def make(served: str = SERVED, **persona: Any) -> Finished:
        store, url, base = Store.open(redis_url), f"sqlite:///{tmp_path / 'said.sqlite3'}", _base(tmp_path / "base")
        open_database(url).dispose()
        for one in AUTHORS:
            store.run(consents.agree(one))
        models: Any = [{"name": "demo", "builtin": "demo", "checkpoint": str(base)}]
        fleet = Fleet.model_validate({"model": models}, strict=False)
        settings: Any = SimpleNamespace(fleet=fleet, folder=tmp_path, training_dir=tmp_path)
        registry: Any = served_is(served)
        known = workshop(settings=lambda: settings, store=store, registry=registry, transcript_url=url)
        who = spec().persona.model_copy(update=persona)
        run = Run(spec(persona=who), tmp_path, known)
        _walked(run, read_base("demo", base).sha256)
        return Finished(run, store, url)

    return make


def _base(folder: Path) -> Path:
    """Write a checkpoint that holds what an adapter changes, and nothing that could answer."""
    folder.mkdir()
    shape = ("hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size", "max_position_embeddings")
    (folder / "config.json").write_text(json.dumps(dict.fromkeys(shape, 4)))
    weights = {f"model.layers.0.self_attn.{name}.weight": np.ones((2, 2), np.float32) for name in TARGETS}
    save_file(weights, folder / "model.safetensors")
    return folder


def _walked(run: Run, base: str) -> None:
    for step in (StepName.DATASET, StepName.TRAIN, StepName.EVALUATE, StepName.SAFETY):
        run.of(step).mkdir()
    for part, samples in held_out().items():
        (run.of(StepName.DATASET) / HELD_OUT[part]).write_bytes(_lines(samples))
    (run.of(StepName.DATASET) / "train.jsonl").write_bytes(_lines(LEARNED))
    (run.of(StepName.DATASET) / "figures.json").write_text(_data().model_dump_json())
    adapter = run.of(StepName.TRAIN) / "adapter"
    adapter.mkdir()
    (adapter / "adapter_model.safetensors").write_bytes(b"weights")
    digests = {"adapter_sha256": _sha(b"weights"), "data_sha256": _sha(_lines(LEARNED)), "base_sha256": base}
    write_figures(run.of(StepName.TRAIN), **digests)
    (run.of(StepName.SAFETY) / "findings.json").write_text(Findings(objections=(), asked=()).model_dump_json())
    good, better = Actor(nll=2.5, old_nll=2.99), Actor(nll=2.0, old_nll=2.98, answer=author)
    cast = {Voice.BASE: Actor(probe_nll=3.0), Voice.SERVED: good, Voice.CANDIDATE: better}
    if not run.workshop.registry.current("pirate"):
        del cast[Voice.SERVED]
    Evaluate(lambda _run: Stage(cast)).work(run, run.of(StepName.EVALUATE))


def _data() -> Figures:
    shares = {f"{number}": Share(samples=0.25, characters=0.25) for number in range(4)}
    counts = {"train": len(LEARNED), "new": len(LEARNED), "replay": 0, "alignment": 0, "probes": 36}
    return Figures(
        **counts,
        held_out_new=36,
        held_out_old=36,
        characters=1,
        split_by=Unit.CONVERSATION,
        authors=4,
        limit=0.25,
        shares=shares,
        left_out=LeftOut(),
        train_sha256="",
    )


def _lines(samples: list[Sample]) -> bytes:
    return b"".join(map(line, samples))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


Make = Callable[..., Finished]


def test_a_good_adapter_passes_unrated(finished: Make) -> None:
    verdict = finished().decided()
    assert verdict.objections == ()
    assert (verdict.passed, verdict.unrated) == (True, True)


def test_so_does_a_first_one(finished: Make) -> None:
    assert finished(served="").decided().passed


def test_a_consent_that_was_taken_back_since_is_an_objection(finished: Make) -> None:
    done = finished()
    done.store.run(consents.withdraw(AUTHORS[0]))
    assert "1 of those whose words it learned" in done.objections()[gate.LINEAGE]


def test_weights_that_are_not_those_of_the_training_are_refused(finished: Make) -> None:
    done = finished()
    (done.run.of(StepName.TRAIN) / "adapter" / "adapter_model.safetensors").write_bytes(b"others")
    assert "its weights are not those" in done.objections()[gate.LINEAGE]


@pytest.mark.parametrize("gone", [True, False])
def test_another_base_than_it_was_trained_on_is_refused(finished: Make, tmp_path: Path, gone: bool) -> None:
    done = finished()
    weights = {f"model.layers.0.self_attn.{name}.weight": np.zeros((2, 2), np.float32) for name in TARGETS}
    save_file(weights, tmp_path / "base" / "model.safetensors")
    if gone:
        (tmp_path / "base" / "config.json").unlink()
    assert "another base" in done.objections()[gate.LINEAGE]


def test_what_the_safety_check_found_is_an_objection(finished: Make) -> None:
    done = finished()
    found = Findings(objections=(Objection(metric="secrets", words="it tells a key"),), asked=())
    (done.run.of(StepName.SAFETY) / "findings.json").write_text(found.model_dump_json())
    assert done.objections() == {"secrets": "it tells a key"}


def test_a_persona_that_waits_for_people_waits(finished: Make) -> None:
    done = finished(wait_for_people=True)
    assert "0 of 30 ratings" in done.objections()[people.METRIC]
    done.rated(5, 29)
    assert "29 of 30 ratings" in done.objections()[people.METRIC]
    done.rated(5, 30)
    verdict = done.decided()
    assert (verdict.passed, verdict.unrated) == (True, False)


def test_an_operator_may_let_it_pass_and_that_is_recorded(finished: Make) -> None:
    done = finished(wait_for_people=True)
    rating.waive(done.run.folder, Waiver(by="ann", why="I tried it at length", at_ms=1))
    verdict = done.decided()
    assert (verdict.passed, verdict.unrated, verdict.waived) == (True, True, "ann: I tried it at length")


def test_people_who_like_what_is_served_better_are_heeded(finished: Make) -> None:
    done = finished()
    done.liked("up", 40)
    done.rated(2, 30)
    assert "of what is served now" in done.objections()[people.METRIC]


def test_a_run_that_left_no_figures_has_failed(finished: Make) -> None:
    done = finished()
    (done.run.of(StepName.EVALUATE) / "trials.json").unlink()
    with pytest.raises(RookeryError, match="cannot be read"):
        done.decided()


def test_what_cannot_be_read_is_told_without_a_word_of_it(finished: Make) -> None:
    done = finished()
    (done.run.of(StepName.EVALUATE) / "samples.json").write_text('[{"prompt": ["my secret wish"]}, "my secret wish"]')
    with pytest.raises(RookeryError, match="cannot be read: ValidationError") as told:
        done.decided()
    assert "wish" not in str(told.value)
