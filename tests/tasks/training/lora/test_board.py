"""One event file a run, whatever happened to the run, with its curve and what it came to."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tasks.training.lora.board import FILES, Board, write_board
from tasks.training.lora.figures import Point

CURVE = (Point(step=1, loss=3.0), Point(step=2, loss=2.5, eval_loss=2.75))


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    assert len(list(folder.glob(FILES))) == 1
    found = EventAccumulator(str(folder))
    found.Reload()
    return {tag: [(each.step, each.value) for each in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_loss_perplexity_and_rouge_l_of_a_run_are_in_one_file(tmp_path: Path) -> None:
    write_board(tmp_path, CURVE, {"perplexity": 12.5, "rouge_l": 0.5})
    assert scalars(tmp_path) == {
        "loss": [(1, 3.0), (2, 2.5)],
        "eval_loss": [(2, 2.75)],
        "perplexity": [(2, 12.5)],
        "rouge_l": [(2, 0.5)],
    }


def test_what_was_shown_of_steps_that_a_kill_undid_is_not_there_twice(tmp_path: Path) -> None:
    killed = Board(tmp_path)
    for step in (1, 2, 3):
        killed.add(step, {"loss": 4.0 - step})
    killed.close()
    again = Board(tmp_path, [Point(step=1, loss=3.0)])  # its last checkpoint was after the first step
    for step in (2, 3, 4):
        again.add(step, {"loss": 4.0 - step})
    again.close()
    assert scalars(tmp_path) == {"loss": [(1, 3.0), (2, 2.0), (3, 1.0), (4, 0.0)]}
