"""One question to a server within somebody's patience: the wire, and the watchdog beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from tasks.contracts.errors import EngineStalled, EngineUnavailable, ModelLoadFailed
from tasks.services import TICK_S, Patience, Piece
from workers.engines import failures
from workers.engines.failures import Asked
from workers.engines.watchdog import Watchdog
from workers.engines.wire import End, Head, Request, Wire

WAIT_S = TICK_S / 2  # so that a piece, empty if need be, is out in time
MAX_REPLY_BYTES = 64 * 1024 * 1024  # the embeddings of a large batch


class Exchange:
    """A request under way. Leaving the context cuts it."""

    def __init__(self, request: Request, patience: Patience) -> None:
        self._watchdog = Watchdog(patience, time.monotonic())
        self._wire = Wire(request, connect_s=max(0.0, patience.total_s))

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


@dataclass(frozen=True)
class Reply:
    """Whatever a server answered, whole."""

    status: int
    body: bytes
    retry_after: str = ""


def fetch(asked: Asked, request: Request, total_s: float) -> Reply:
    """Return what the server answers, refusals too.

    Raises:
        EngineError: nothing, or not in time.
    """
    coming = fetching(asked, request, Patience(total_s, no_progress_s=total_s), total_s)
    while True:
        try:
            next(coming)
        except StopIteration as end:
            reply: Reply = end.value
            return reply


def fetching(
    asked: Asked, request: Request, patience: Patience, wait_s: float = WAIT_S
) -> Generator[Piece, None, Reply]:
    """Yield an empty piece whenever nothing came for `wait_s`, and return what the server answers, refusals too.

    Closing the generator cuts the request.

    Raises:
        EngineError: nothing, or not in time.
    """
    head, body = None, bytearray()
    with Exchange(request, patience) as exchange:
        while not isinstance(came := exchange.next(wait_s), End):
            if came is None:
                yield Piece()
            elif isinstance(came, Head):
                head = came
            else:
                exchange.progress()
                body += came
            if len(body) > MAX_REPLY_BYTES:
                raise EngineUnavailable(f"{asked.url} answered more than {MAX_REPLY_BYTES} bytes")
    if head is None or came.broken is not None:
        raise failures.from_broken(asked, came.broken) from came.broken
    return Reply(head.status, bytes(body), head.headers.get("retry-after", ""))


def ask(
    asked: Asked, request: Request, total_s: float, *, refusal: failures.Refusal = failures.from_response
) -> dict[str, Any]:
    """Return the JSON object that the server answers; `refusal` says which error another answer is.

    Raises:
        EngineError, EngineRejected: it does not, or not in time.
    """
    return json_of(asked, accepted(asked, fetch(asked, request, total_s), refusal).body)


def accepted(asked: Asked, reply: Reply, refusal: failures.Refusal = failures.from_response) -> Reply:
    """Return `reply` if it is no refusal.

    Raises:
        EngineError, EngineRejected: it is one; `refusal` says which.
    """
    if reply.status != HTTPStatus.OK:
        raise refusal(asked, reply.status, reply.body, reply.retry_after, datetime.now(UTC))
    return reply


def load(asked: Asked, request: Request, total_s: float) -> dict[str, Any]:
    """Return what the server answers once it has loaded the model that `request` is about.

    Raises:
        ModelLoadFailed, OutOfMemory: it could not, or not in time.
        EngineError, EngineRejected: it is not there, is too busy, or has no such model.
    """
    try:
        return ask(asked, request, total_s, refusal=failures.from_load)
    except EngineStalled as exc:
        raise ModelLoadFailed(
            f"{asked.url} did not load model {asked.model!r} within {total_s:g} s",
            next_step="raise jobs.load_timeout_s if the model is that large; else look into the log of the server",
        ) from exc


def json_of(asked: Asked, body: bytes) -> dict[str, Any]:
    """Return the object that `body` is. Raises EngineUnavailable where it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise EngineUnavailable(f"{asked.url} answered no JSON object", next_step="check the engine's address")
    return said
