"""Connections that hold up nobody: who sends nothing or reads nothing is hung up on, one too many is told so.

A page of a browser holds a few; whoever opens thousands finds that the others are served all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import resource
import socket
from typing import Any, ClassVar

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from bots import replies
from tasks.contracts.errors import ServerBusy

HEADERS_S = 10.0  # for a request's head to arrive, from its first byte or from the start of a connection
UNREAD_S = 30.0  # a client that takes nothing for so long is gone, or might as well be
LINGER_S = 1.0  # for a refusal to be read: who is hung up on at once may not see it
SPARE = 1_000  # connections beyond those that stream: questions, pages, keys
OWN_FILES = 200  # that the process needs besides: Redis, logs, the page
AGAIN_S = 5


def most_connections(most_streams: int, files: int) -> int:
    """Return how many clients may be connected where a process may have so many files open. Pure.

    A stream takes two, one to its client and one to Redis; and as many again as there are may be in being refused.

    >>> most_connections(600, 20_000), most_connections(600, 1_024)
    (1600, 112)
    """
    return max(1, min(most_streams + SPARE, (files - most_streams - OWN_FILES) // 2))


def more_files() -> int:
    """Let this process have as many files open as it may, and return how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # some systems name a bound that they then refuse
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard if hard > 0 else soft
    return soft


@functools.cache
def refusal() -> bytes:
    """Return what one connection too many is told, whatever it was about to ask."""
    busy = ServerBusy("as many are connected as can be served", next_step=f"try again in {AGAIN_S} s")
    body = json.dumps(replies.error(busy)).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        f"Retry-After: {AGAIN_S}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


class Connection(AutoHTTPProtocol):  # type: ignore[misc, valid-type] # it is chosen when uvicorn is imported
    """One client."""

    most = 1
    """How many there may be."""
    lingering: ClassVar[set[Any]] = set()
    """Those that were refused and are about to read it."""

    _refused = False
    _waits: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Serve a client, or tell it to come again."""
        if len(self.connections) >= self.most:
            self._refuse(transport)
            return
        _notice_silence(transport)
        super().connection_made(transport)
        self._await_request()

    def _refuse(self, transport: Any) -> None:
        self._refused = True
        if len(self.lingering) >= self.most:
            transport.abort()
            return
        self.lingering.add(self)
        self.loop.call_later(LINGER_S, transport.abort)
        transport.write(refusal())
        with contextlib.suppress(OSError):  # it has hung up meanwhile
            transport.write_eof()

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request, whose head is to be whole soon."""
        if self._refused:
            return
        super().data_received(data)
        self._await_request()

    def _await_request(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget_waiting()
        elif self._waits is None and not self.transport.is_closing():
            self._waits = self.loop.call_later(HEADERS_S, self._hang_up)

    def on_response_complete(self) -> None:
        """Wait for the next request no longer than uvicorn does."""
        self._forget_waiting()
        super().on_response_complete()

    def _forget_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _hang_up(self) -> None:
        self._waits = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def pause_writing(self) -> None:
        """Note that the client does not read, and hang up if it goes on not to."""
        if not self._refused:
            super().pause_writing()
            self._unread = self._unread or self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on, as the client reads again."""
        if not self._refused:
            self._forget_unread()
            super().resume_writing()

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def eof_received(self) -> bool | None:
        """Let uvicorn decide; who was refused has nothing to add."""
        return None if self._refused else super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a client."""
        self._forget_waiting()
        self._forget_unread()
        if self._refused:
            self.lingering.discard(self)
        else:
            super().connection_lost(exc)


def protocol(most: int) -> type[asyncio.Protocol]:
    """Return what uvicorn speaks to its clients by, of whom there may be `most`."""
    return type("Limited", (Connection,), {"most": most, "lingering": set()})


def _notice_silence(transport: Any) -> None:
    """Have the system find out when a client is gone without a word: its cable, say, or its power."""
    connection = transport.get_extra_info("socket")
    if connection is None or connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNREAD_S * 1000))
