"""Looks on while the Trainer trains: tells how far it is, seals checkpoints, and ends it when it has to end."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tasks.contracts import atomic
from tasks.training.lora import checkpoints
from tasks.training.lora.board import Board
from tasks.training.lora.checkpoints import PREFIX, End
from tasks.training.lora.figures import points
from tasks.training.runs.folder import CURVE_FILE

SAID_AT_LEAST = 200  # of one training; more would only be written over


@dataclass(frozen=True, slots=True)
class Looking:
    """What is done beside training, and when that ends."""

    say: Callable[[str, float], None]
    ending: threading.Event
    budget_s: float
    spent_s: float = 0.0
    """By earlier tries."""
    clock: Callable[[], float] = time.monotonic


class Watch(TrainerCallback):
    """One training, or one try of it."""

    def __init__(self, looking: Looking, root: Path, board: Path) -> None:
        self.looking, self.root, self.folder = looking, root, board
        self.began_s = looking.clock()
        self.board: Board | None = None

    @property
    def spent_s(self) -> float:
        """Return how long was trained until now, over all tries."""
        return self.looking.spent_s + self.looking.clock() - self.began_s

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_other: Any
    ) -> None:
        """Open the board, with what earlier tries put there."""
        self.board = Board(self.folder, points(state.log_history))
        self.began_s = self.looking.clock()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_other: Any,
    ) -> None:
        """Show what was measured."""
        for point in points([{"step": state.global_step, **(logs or {})}]):
            if self.board:
                self.board.add(point.step, point.scalars)
        self._draw(state)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_other: Any) -> None:
        """Tell how far it is, and have it end with a checkpoint when it has to."""
        self._say(state)
        if self._end(state) is not End.NOT or self.looking.ending.is_set():
            control.should_save = control.should_training_stop = True
            control.should_log = True

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_other: Any) -> None:
        """Seal the checkpoint that was just written; only then do older ones go."""
        checkpoints.seal(self.root / f"{PREFIX}{state.global_step}", self.spent_s, self._end(state))
        checkpoints.prune(self.root)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_other: Any
    ) -> None:
        """Close the board."""
        if self.board:
            self.board.close()

    def _end(self, state: TrainerState) -> End:
        if state.global_step >= state.max_steps:
            return End.DONE
        return End.BUDGET if self.spent_s >= self.looking.budget_s else End.NOT

    def _draw(self, state: TrainerState) -> None:
        """Write down the curve as it is until now, for whoever looks at it before the end."""
        told = [point.model_dump(exclude_none=True) for point in points(state.log_history)]
        with contextlib.suppress(OSError):  # a full disk is told by whoever writes what counts
            atomic.write_whole(self.root / CURVE_FILE, json.dumps(told))

    def _say(self, state: TrainerState) -> None:
        if state.global_step % max(1, state.max_steps // SAID_AT_LEAST) == 0:
            loss = next((line["loss"] for line in reversed(state.log_history) if "loss" in line), None)
            known = f", loss {loss:.3f}" if loss is not None else ""
            self.looking.say(
                f"step {state.global_step} of {state.max_steps}{known}", state.global_step / state.max_steps
            )
