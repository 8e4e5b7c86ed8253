"""How many answers may be streamed at once: one more is refused politely.

Whoever streams returns what `Streams.response` gives; whoever waits for an answer holds a `Streams.place`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterable, Iterator, Mapping
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tasks.contracts.errors import ServerBusy

RETRY_AFTER_S = 5.0
EVENTS = "text/event-stream"
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """The places for streams of one server."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = 0
        """Streams that are being told."""

    def response(
        self, frames: AsyncIterable[bytes | str], *, media_type: str = EVENTS, headers: Mapping[str, str] | None = None
    ) -> StreamingResponse:
        """Return a response that streams `frames` and holds a place meanwhile. Raises ServerBusy: there is none."""
        self._refuse_crowd()
        return _Placed(self, frames, media_type=media_type, headers={**UNBUFFERED, **(headers or {})})

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for as long as the block lasts: for whoever waits without a stream. Raises ServerBusy."""
        self._refuse_crowd()
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    def _refuse_crowd(self) -> None:
        if self.open >= self.most:
            raise ServerBusy(
                f"{self.open} streams are open, which is as many as are served at once",
                next_step="try again in some seconds, or fetch the job by its id; `max_streams` in [web] is the bound",
                retry_after_s=RETRY_AFTER_S,
            )


class _Placed(StreamingResponse):
    """A stream that holds its place for as long as it is told, and no longer."""

    def __init__(self, streams: Streams, frames: AsyncIterable[bytes | str], **how: Any) -> None:
        super().__init__(frames, **how)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.open += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.open -= 1
