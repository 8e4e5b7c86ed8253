"""One question to a server within somebody's patience: the wire, and the watchdog beside it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from tasks.contracts.errors import EngineUnavailable
from tasks.services import Patience
from workers.engines import failures
from workers.engines.failures import Asked
from workers.engines.watchdog import Watchdog
from workers.engines.wire import End, Head, Request, Wire

READ_MARGIN_S = 5.0  # past the deadline, a wire that nobody cut ends by itself
MAX_REPLY_BYTES = 64 * 1024 * 1024  # the embeddings of a large batch


class Exchange:
    """A request under way. Leaving the context cuts it."""

    def __init__(self, request: Request, patience: Patience) -> None:
        self._watchdog = Watchdog(patience, time.monotonic())
        self._wire = Wire(request, read_s=patience.total_s + READ_MARGIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.cut()

    def next(self, wait_s: float) -> Head | bytes | End | None:
        """Return what came next, None when nothing did within `wait_s`.

        Raises:
            EngineStalled: the patience has run out.
        """
        now_s = time.monotonic()
        self._watchdog.check(now_s)
        return self._wire.next(min(wait_s, self._watchdog.left_s(now_s)))

    def progress(self) -> None:
        """Note a sign of life."""
        self._watchdog.progress(time.monotonic())


def ask(asked: Asked, request: Request, total_s: float) -> dict[str, Any]:
    """Return the JSON object that the server answers.

    Raises:
        EngineError, EngineRejected: it does not, or not in time.
    """
    head, body = None, bytearray()
    with Exchange(request, Patience(total_s, no_progress_s=total_s)) as exchange:
        while not isinstance(came := exchange.next(total_s), End):
            if isinstance(came, Head):
                head = came
            elif came is not None:
                body += came
            if len(body) > MAX_REPLY_BYTES:
                raise EngineUnavailable(f"{asked.url} answered more than {MAX_REPLY_BYTES} bytes")
    if head is None or came.broken is not None:
        raise failures.from_broken(asked, came.broken) from came.broken
    if head.status != 200:
        wait = head.headers.get("retry-after", "")
        raise failures.from_response(asked, head.status, bytes(body), wait, datetime.now(UTC))
    return _json_object(asked, bytes(body))


def _json_object(asked: Asked, body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise EngineUnavailable(f"{asked.url} answered no JSON object", next_step="check the engine's address")
    return said
