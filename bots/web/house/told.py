"""What was told to all who listen, and where each of them stands in it. Pure.

Frames are numbered. Of the flock only the newest counts; of moves and of what hosts did, the last are kept. A listener
that was away for a moment goes on where it was; one that was away for longer starts anew; and one that reads slowly
holds no memory.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT = 120  # frames beside that of the flock: a minute, while something happens all the time
FLEET, JOB, LOAD, START = "fleet", "job", "load", "start"


@dataclass
class Told:
    """The frames of one server. Numbers of another one, or of this one before it was started again, say nothing."""

    name: str = field(default_factory=lambda: secrets.token_hex(4))
    number: int = 0
    """Of the newest frame."""
    _kept: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT))
    _fleet: tuple[int, bytes] | None = None
    _gone: int = 0
    """The newest number that is no longer kept."""

    def add(self, event: str, data: Any) -> None:
        """Keep what is to be told, under a number of its own."""
        self.number += 1
        frame = self._frame(event, data, self.number)
        if event == FLEET:
            self._fleet = self.number, frame
            return
        if len(self._kept) == KEPT:
            self._gone = max(self._gone, self._kept[0][0])
        self._kept.append((self.number, frame))

    def lose(self) -> None:
        """Have everybody start anew: something may have happened that nobody heard of."""
        self.number += 1
        self._gone = self.number
        self._kept.clear()

    def resumed(self, place: int) -> bytes:
        """Return what a listener hears first who goes on where it was."""
        return self._frame(START, {"resumed": True}, place)

    def place(self, last: str) -> int | None:
        """Return where a listener stands who heard `last`; None: what came since is not known any more."""
        name, _, number = last.partition(".")
        if name != self.name or not number.isdecimal() or not self._gone <= int(number) <= self.number:
            return None
        return int(number)

    def after(self, place: int) -> list[bytes] | None:
        """Return what a listener has not heard; None: it has fallen so far behind that it is to start anew."""
        if place < self._gone:
            return None
        frames = [each for each in self._kept if each[0] > place]
        if self._fleet is not None and self._fleet[0] > place:
            frames.append(self._fleet)
        return [frame for _, frame in sorted(frames)]

    def anew(self) -> list[bytes]:
        """Return what a listener hears first who starts anew."""
        start = self._frame(START, {"resumed": False}, self.number)
        return [start, self._fleet[1]] if self._fleet else [start]

    def _frame(self, event: str, data: Any, number: int) -> bytes:
        said = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        return f"id: {self.name}.{number}\nevent: {event}\ndata: {said}\n\n".encode("utf-8", "replace")
