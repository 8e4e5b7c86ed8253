"""A run's event file for TensorBoard: one, whatever happened to the run, with its curve and what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from tasks.training.lora.figures import Point

FOLDER = "tensorboard"
FILES = "events.out.tfevents.*"


class Events(Protocol):
    """Where events go."""

    def add_event(self, event: Any) -> None:
        """Take one."""
        ...

    def flush(self) -> None:
        """Have all of them in the file."""
        ...

    def close(self) -> None:
        """Flush, and end."""
        ...


class Board:
    """The event file of a training under way. One that begins removes those of earlier tries, whose points it has."""

    def __init__(self, folder: Path, before: Iterable[Point] = ()) -> None:
        from tensorboard.summary.writer.event_file_writer import EventFileWriter  # noqa: PLC0415

        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(FILES):
            old.unlink()
        self._events: Events = EventFileWriter(str(folder))
        for point in before:
            self.add(point.step, point.scalars)

    def add(self, step: int, scalars: Mapping[str, float]) -> None:
        """Write what was measured after a step."""
        from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415
        from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415

        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in sorted(scalars.items())]
        self._events.add_event(Event(step=step, summary=Summary(value=values)))
        self._events.flush()

    def close(self) -> None:
        """Flush, and end."""
        self._events.close()


def write_board(folder: Path, curve: Iterable[Point], came_to: Mapping[str, float]) -> None:
    """Write one event file with the curve of a training, and at its last step what an evaluation of it came to.

    Args:
        folder: for the file alone; an older one in it is replaced.
        curve: of `figures.json`, from the step that trained.
        came_to: figures by their names, such as `perplexity` and `rouge_l`.
    """
    points = list(curve)
    board = Board(folder, points)
    board.add(max((point.step for point in points), default=0), came_to)
    board.close()
