"""Reads one streamed answer to its end: what came over the wire in, pieces and a completion out."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Generator
from typing import TypeVar

from tasks.contracts.errors import RookeryError
from tasks.services import Completion, Patience, Piece
from workers.engines.answer import OPENAI, Answer, Dialect
from workers.engines.exchange import WAIT_S, Exchange
from workers.engines.failures import Asked
from workers.engines.watchdog import Watchdog
from workers.engines.wire import Request

SOON_S = 0.002  # after the first piece: whoever passes it on need not wait for the second one
T = TypeVar("T")


def stream(
    asked: Asked, request: Request, patience: Patience, dialect: Dialect = OPENAI
) -> Generator[Piece | Completion, None, None]:
    """Yield the answer as it comes; `tasks.services.Engine` says what can be relied on."""
    answer = Answer(asked, dialect)
    waits_s = itertools.chain([SOON_S], itertools.repeat(WAIT_S))
    wait_s = WAIT_S
    with Exchange(request, patience) as exchange:
        while not answer.ended:
            came = exchange.next(wait_s)
            pieces = [] if came is None else answer.take(came)
            wait_s = next(waits_s) if pieces else WAIT_S
            if pieces:
                exchange.progress()
            yield from pieces or (Piece(),)
    yield answer.completion()


def meanwhile(act: Callable[[], T], patience: Patience) -> Generator[Piece, None, T]:
    """Do `act` in a thread of its own, yield empty pieces until it is done, and return what it returns.

    Raises:
        EngineStalled: it takes longer than `patience` in all; it is left to itself then.
        RookeryError: as `act` does.
    """
    watchdog = Watchdog(Patience(patience.total_s, no_progress_s=patience.total_s), time.monotonic())
    done: list[T] = []
    failed: list[RookeryError] = []

    def run() -> None:
        try:
            done.append(act())
        except RookeryError as exc:
            failed.append(exc)

    thread = threading.Thread(target=run, name="engine-meanwhile", daemon=True)
    thread.start()
    while thread.is_alive():
        watchdog.check(time.monotonic())
        yield Piece()
        thread.join(WAIT_S)
    if failed:
        raise failed[0]
    return done[0]
