"""What a worker tells of its tasks, for Flower: gathered and sent twice a second instead of thrice per task.

Each event also wakes the worker's loop, as Celery's own sending does: a full worker would else notice only about a
second after a task has ended that it may hear the next bell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.events import EventDispatcher
from kombu.asynchronous import get_event_loop

SEND_EVERY_S = 0.5  # nobody looks at Flower more closely
MOST_HELD = 500  # and of a busy worker, what comes in that time is sent in several parts


class GatheringDispatcher(EventDispatcher):
    """Celery's dispatcher, in less of a hurry."""

    def __init__(self, *args: Any, on_send_buffered: Callable[[], None] | None = None, **options: Any) -> None:
        """Take what Celery's own takes; `on_send_buffered` has the loop send what was gathered."""
        self._send_all = on_send_buffered
        self._due = False
        options |= {"buffer_limit": MOST_HELD, "on_send_buffered": on_send_buffered and self._gathered}
        super().__init__(*args, **options)

    def _gathered(self) -> None:
        """Wake the loop; called by the thread in which something happened."""
        loop = get_event_loop()
        if loop is not None:
            loop.call_soon(self._plan)

    def _plan(self) -> None:
        """Have all sent a while from now; called in the loop."""
        loop = get_event_loop()
        if loop is not None and not self._due:
            self._due = True
            loop.call_later(SEND_EVERY_S, self._send)

    def _send(self) -> None:
        self._due = False
        if self._send_all is not None:
            self._send_all()
