"""The step that evaluates: its files, and who is asked."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from benchmarks.gate.actors import Actor, Stage, author, held_out
from tasks.contracts.learning import StepName
from tasks.training.dataset.kept import line
from tasks.training.evaluation.report import Part
from tasks.training.evaluation.step import HELD_OUT, Evaluate, read_report
from tasks.training.evaluation.voices import Voice
from tasks.training.runs import reporting
from tasks.training.runs.spec import Run
from tests.tasks.training.runs.paces import spec, workshop
from tests.tasks.training.trained import served_is, write_figures

SERVED = "20261121-0badcafe"


def run_of(folder: Path, **abilities: Any) -> Run:
    """Return a run that was trained."""
    registry: Any = served_is(SERVED)
    made = Run(spec(), folder, workshop(registry=registry, **abilities))
    for step in (StepName.DATASET, StepName.TRAIN, StepName.EVALUATE):
        made.of(step).mkdir()
    for part, samples in held_out().items():
        (made.of(StepName.DATASET) / HELD_OUT[part]).write_bytes(b"".join(map(line, samples)))
    write_figures(made.of(StepName.TRAIN))
    return made


def evaluated(folder: Path) -> Path:
    """Evaluate, and return the folder of the step."""
    folder.mkdir(exist_ok=True)
    cast = {Voice.BASE: Actor(), Voice.SERVED: Actor(nll=2.5), Voice.CANDIDATE: Actor(nll=2.0, answer=author)}
    run = run_of(folder)
    Evaluate(lambda _run: Stage(cast)).work(run, run.of(StepName.EVALUATE))
    return run.of(StepName.EVALUATE)


def test_what_was_found_is_read_again_as_it_was(tmp_path: Path) -> None:
    report = read_report(evaluated(tmp_path))
    assert report.served == SERVED
    assert len(report.of(Part.NEW)) == len(held_out()[Part.NEW])
    assert report.spoken


def test_the_same_is_written_again_when_the_step_is_walked_again(tmp_path: Path) -> None:
    one, other = (evaluated(tmp_path / name) for name in ("one", "other"))
    for name in ("scores.json", "samples.json", "trials.json", "compared.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_the_event_file_has_the_curve_and_the_figures(tmp_path: Path) -> None:
    board = EventAccumulator(str(evaluated(tmp_path) / "tensorboard"))
    board.Reload()
    assert {"loss", "perplexity", "rouge_l"} <= set(board.Tags()["scalars"])
    assert board.Scalars("perplexity")[0].step == max(point.step for point in board.Scalars("loss"))


def test_what_is_shown_of_a_run_is_read_from_it(tmp_path: Path) -> None:
    evaluated(tmp_path)
    (tmp_path / "run.json").write_text(spec().model_dump_json())
    shown = reporting.report(tmp_path)
    assert {metric.name for metric in shown.metrics} >= {"perplexity", "rouge_l", "personalisation"}
    assert shown.samples[0].candidate.startswith("Arr")
    assert shown.samples[0].wanted


def test_answers_are_kept_in_letters_that_people_read(tmp_path: Path) -> None:
    told = (evaluated(tmp_path) / "samples.json").read_text("utf-8")
    assert "Arr, she be rough tonight" in told
    assert json.loads(told)[0]["candidate"]["faults"] == []


def test_a_worker_that_is_to_end_ends_between_two_batches(tmp_path: Path) -> None:
    from tasks.training.evaluation import opening
    from tasks.training.runs.spec import Interrupted

    ending = threading.Event()
    run = run_of(tmp_path, ending=ending)
    opening._heed(run)
    ending.set()
    with pytest.raises(Interrupted):
        opening._heed(run)
