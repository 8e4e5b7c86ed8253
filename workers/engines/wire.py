"""One HTTP request whose answer is read piece by piece by whoever asked, and which can be cut at any moment.

The bytes go through h11, which knows HTTP and no sockets: so there is no thread between the server and whoever waits,
no wait is longer than asked for, and to stop is to close the socket, which the server sees at once.
Every request has a connection of its own: a kept-alive one may be closed by the server at the very moment it is used
again (llama.cpp closes it after every stream), and then nobody could tell whether the request was taken.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import select
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import SplitResult, unquote, urlsplit

import certifi
import h11

CONNECT_S = 5.0
READ_BYTES = 64 * 1024
FILE_BYTES = 256 * 1024
DEFAULT_PORTS = {"http": 80, "https": 443}
AGAIN = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True)
class Request:
    """What to send."""

    method: str
    url: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    """What to send in place of a body: as it is, and a piece at a time."""


@dataclass(frozen=True)
class Head:
    """The first thing that comes; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True)
class End:
    """The last thing that comes: in good order, or because something broke."""

    broken: Exception | None = None


class Wire:
    """A request under way. What it yields is a `Head`, bytes, and an `End`; without a head, only the `End`."""

    def __init__(self, request: Request, *, connect_s: float = CONNECT_S) -> None:
        """Connect, and begin to send `request`."""
        self._http = h11.Connection(h11.CLIENT)
        self._unsent = memoryview(b"")
        self._file: BinaryIO | None = None
        self._socket: socket.socket | None = None
        self._broken: Exception | None = None
        self._refused: OSError | None = None  # what kept the rest of the request from being sent
        try:
            address = urlsplit(request.url)
            self._file = request.file.open("rb") if request.file else None
            self._unsent = memoryview(self._written(request, address))
            self._socket = _connected(address, min(connect_s, CONNECT_S))
        except (OSError, ValueError, h11.LocalProtocolError) as exc:
            self._broken = exc

    def next(self, wait_s: float) -> Head | bytes | End | None:
        """Return what came next, None when nothing did within `wait_s`."""
        ends_s = time.monotonic() + wait_s
        try:
            while (came := self._come()) is None:
                if not self._moved() and not self._wait(ends_s - time.monotonic()):
                    return None
        except (OSError, h11.ProtocolError) as exc:
            self._broken = exc
            return End(exc)
        return came

    def cut(self) -> None:
        """Stop now: the server sees the connection close. Idempotent."""
        self._close_file()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
            self._broken = self._broken or ConnectionAbortedError("cut")

    def _written(self, request: Request, address: SplitResult) -> bytes:
        """Return the request as it goes over the wire."""
        body = b"" if request.body is None else json.dumps(request.body).encode()
        length = len(body) if request.file is None else request.file.stat().st_size
        headers = {
            "Host": _host(address),
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **({"Content-Type": "application/json"} if body else {}),
            **({"Content-Type": "application/octet-stream"} if request.file else {}),
            "Content-Length": str(length),
            **_credentials(address),
            **request.headers,
        }
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        head = h11.Request(method=request.method, target=target, headers=list(headers.items()))
        parts = (head,) if request.file else (head, h11.Data(data=body), h11.EndOfMessage())
        return b"".join(self._http.send(part) or b"" for part in parts)

    def _come(self) -> Head | bytes | End | None:
        """Return what can be told from what was read so far."""
        if self._broken is not None:
            return End(self._broken)
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                return Head(
                    event.status_code, {name.decode(): value.decode("latin-1") for name, value in event.headers}
                )
            if isinstance(event, h11.Data):
                return bytes(event.data)
            if isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)) or event is h11.PAUSED:
                return End()
            if event is h11.NEED_DATA:
                return None

    def _moved(self) -> bool:
        """Send and read what can be sent and read without waiting; return whether anything came."""
        assert self._socket is not None
        try:
            while self._unsent or self._more():
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except AGAIN:
            pass
        except OSError as exc:  # it may have refused, and hung up without reading the rest: that is there to be read
            self._unsent, self._refused = memoryview(b""), exc
            self._close_file()
        try:
            self._http.receive_data(self._socket.recv(READ_BYTES))
        except AGAIN:
            if self._refused is not None:
                raise self._refused from None
            return False
        return True

    def _more(self) -> bool:
        """Have the next piece of the file sent; return whether there is one."""
        if self._file is None:
            return False
        if piece := self._file.read(FILE_BYTES):
            self._unsent = memoryview(self._http.send(h11.Data(data=piece)) or b"")
            return True
        self._close_file()
        self._http.send(h11.EndOfMessage())
        return False

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _wait(self, wait_s: float) -> bool:
        """Wait until something may move; False when the time was over first."""
        if wait_s <= 0 or self._socket is None:
            return False
        moves = select.poll()  # select() knows no more than 1024 sockets
        moves.register(self._socket, select.POLLIN | (select.POLLOUT if self._unsent else 0))
        return bool(moves.poll(max(1, round(wait_s * 1000))))


def _connected(address: SplitResult, connect_s: float) -> socket.socket:
    """Return a socket that does not block, connected and, where the address says so, encrypted."""
    host = address.hostname or ""
    if address.scheme not in DEFAULT_PORTS:
        raise ValueError(f"{address.scheme or 'nothing'} is no scheme of a web address")
    made = socket.create_connection((host, address.port or DEFAULT_PORTS[address.scheme]), connect_s)
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.scheme == "https":
            made = _trusting().wrap_socket(made, server_hostname=host)
        made.setblocking(False)
    except BaseException:
        made.close()
        raise
    return made


@functools.cache
def _trusting() -> ssl.SSLContext:
    """Return what checks certificates: against those of this machine, and those that everybody trusts."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _host(address: SplitResult) -> str:
    host = address.hostname or ""
    named = f"[{host}]" if ":" in host else host
    return named if address.port in (None, DEFAULT_PORTS.get(address.scheme)) else f"{named}:{address.port}"


def _credentials(address: SplitResult) -> dict[str, str]:
    if address.username is None:
        return {}
    said = f"{unquote(address.username)}:{unquote(address.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(said.encode()).decode()}
