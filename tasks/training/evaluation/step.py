"""The step that evaluates: what was trained beside what is served now and the base, on what was held out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from tasks.contracts import atomic
from tasks.contracts.learning import Metric, StepName
from tasks.training.dataset.kept import read_samples
from tasks.training.evaluation.figures import metrics
from tasks.training.evaluation.judging import judge
from tasks.training.evaluation.opening import opened, rival_of
from tasks.training.evaluation.report import Part, Report, Spoken, Trial
from tasks.training.evaluation.voices import Voice, Voices
from tasks.training.lora.board import FOLDER, write_board
from tasks.training.lora.figures import read_figures
from tasks.training.runs.spec import Run

SCORES, SAMPLES, TRIALS, COMPARED = "scores.json", "samples.json", "trials.json", "compared.json"
HELD_OUT = {Part.NEW: "held_out_new.jsonl", Part.OLD: "held_out_old.jsonl", Part.PROBE: "probes.jsonl"}
_TRIALS, _SPOKEN = TypeAdapter(tuple[Trial, ...]), TypeAdapter(tuple[Spoken, ...])
_BROKEN = TypeAdapter(tuple[Voice, ...])


class Evaluate:
    """Writes scores.json, samples.json (answers side by side), and what the gate reads besides."""

    name = StepName.EVALUATE
    resumes = False

    def __init__(self, open_voices: Callable[[Run], Voices] = opened) -> None:
        self._open_voices = open_voices

    def work(self, run: Run, out: Path) -> None:
        """Evaluate. Raises as `opening.opened` does."""
        dataset = run.of(StepName.DATASET)
        held_out = {part: read_samples(dataset / file) for part, file in HELD_OUT.items()}
        served = rival_of(run)
        run.workshop.say("the base is loaded", 0.0)
        report = judge(self._open_voices(run), held_out, served, run.workshop.say)
        found = metrics(report)
        write_report(out, report, found)
        write_board(
            out / FOLDER, read_figures(run.of(StepName.TRAIN)).curve, {one.name: one.candidate for one in found}
        )


def write_report(out: Path, report: Report, found: Iterable[Metric]) -> None:
    """Write what was found, in files that are equal where it is."""
    compared = {"served": report.served, "broken": [voice.value for voice in report.broken]}
    atomic.write_json(out / SCORES, _plain(found))
    atomic.write_json(out / SAMPLES, _plain(report.spoken))
    atomic.write_json(out / TRIALS, _plain(report.trials))
    atomic.write_json(out / COMPARED, compared)


def read_report(out: Path) -> Report:
    """Return what was found. Raises OSError or ValueError where that cannot be read."""
    compared = json.loads((out / COMPARED).read_bytes())
    return Report(
        served=compared["served"],
        broken=_BROKEN.validate_json(json.dumps(compared["broken"])),
        trials=_TRIALS.validate_json((out / TRIALS).read_bytes()),
        spoken=_SPOKEN.validate_json((out / SAMPLES).read_bytes()),
    )


def _plain(values: Iterable[BaseModel]) -> list[object]:
    return [value.model_dump(mode="json") for value in values]
