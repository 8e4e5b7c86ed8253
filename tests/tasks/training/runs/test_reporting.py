"""What is shown of a run is what its folder says by then."""

from __future__ import annotations

import json
from pathlib import Path

from tasks.contracts.learned import Point
from tasks.contracts.learning import StepName
from tasks.training.runs import folder
from tasks.training.runs.reporting import report
from tests.tasks.training.runs.paces import RUN, spec

UNTIL_NOW = [{"step": 1, "loss": 2.5}, {"step": 2, "eval_loss": 2.4}, {"step": 3, "loss": 2.0}]


def test_while_a_run_trains_its_losses_until_now_are_shown_and_then_those_that_it_came_to(tmp_path: Path) -> None:
    folder.create(tmp_path, spec())
    place = folder.find(tmp_path, RUN)
    out = place / StepName.TRAIN.value
    (out / folder.CHECKPOINTS).mkdir(parents=True)
    assert report(place).loss == ()
    (out / folder.CHECKPOINTS / folder.CURVE_FILE).write_text(json.dumps(UNTIL_NOW))
    assert report(place).loss == (Point(step=1, value=2.5), Point(step=3, value=2.0))
    (out / "figures.json").write_text(json.dumps({"curve": [*UNTIL_NOW, {"step": 4, "loss": 1.5}]}))
    assert [point.value for point in report(place).loss] == [2.5, 2.0, 1.5]
