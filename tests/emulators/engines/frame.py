"""The frame of an emulated inference server: its own control plane in front of real llama.cpp processes.

An emulator answers what the real server answers, quirks included; each quirk is a switch. Which model answers is never
made up: the words come from a real model, and tiny models of different seeds say different words.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.emulators.engines.children import Children

GIB = 2**30
STEP_S = 0.005
HARD_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s; the client sees a reset, as when a process is killed


@dataclass(frozen=True)
class Stock:
    """A model that was downloaded there: its name, which tiny model it really is, and what it pretends to take."""

    name: str
    seed: int
    size_gib: float = 2.0
    load_s: float = 0.0


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any


class Gone(Exception):
    """Nobody waits for the answer any more."""


class Call:
    """One request, and the way to answer it."""

    def __init__(self, seen: Seen, handler: BaseHTTPRequestHandler, emulator: Emulator) -> None:
        self.seen = seen
        self._handler, self._emulator = handler, emulator

    @property
    def body(self) -> dict[str, Any]:
        """What was sent, if that was an object."""
        return self.seen.body if isinstance(self.seen.body, dict) else {}

    def json(self, said: object, status: int = 200) -> None:
        """Answer with JSON."""
        self.text(json.dumps(said), status, "application/json; charset=utf-8")

    def text(self, said: str, status: int = 200, kind: str = "text/plain; charset=utf-8") -> None:
        """Answer with a text; who asked for the head alone gets no more."""
        data = b"" if self.seen.method == "HEAD" else said.encode()
        self._head(status, kind, {"Content-Length": str(len(data))})
        self._write(data)

    def stream(self, parts: Iterator[str], kind: str) -> None:
        """Answer with what comes, as it comes; whoever makes it is told when the client hangs up."""
        with contextlib.closing(parts):  # type: ignore[type-var]  # every iterator here is a generator
            part = next(parts, None)  # what goes wrong before the first word still has a status of its own
            self._head(200, kind, {"Transfer-Encoding": "chunked"})
            while part is not None:
                data = part.encode()
                self._write(b"%x\r\n%s\r\n" % (len(data), data))
                part = next(parts, None)
            self._write(b"0\r\n\r\n")

    def check(self) -> None:
        """Raise Gone when the client hung up, or the emulator ends."""
        connection = self._handler.connection
        with contextlib.suppress(OSError, ValueError):
            readable, _, _ = select.select([connection], [], [], 0)
            if not self._emulator.ended and not (readable and not connection.recv(1, socket.MSG_PEEK)):
                return
        raise Gone

    def pause(self, seconds: float) -> None:
        """Let time pass, unless nobody waits any more."""
        ends_s = time.monotonic() + seconds
        while (left_s := ends_s - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left_s, STEP_S))

    def _head(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
        self._hold_still()
        self._handler.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def _write(self, data: bytes) -> None:
        self._hold_still()
        if self._emulator.ended:
            raise Gone
        self._handler.wfile.write(data)

    def _hold_still(self) -> None:
        while self._emulator.frozen.is_set():
            self.pause(STEP_S)


class Emulator:
    """A server on a port of its own. A subclass says in `answer` what the real one would."""

    def __init__(self, children: Children, *stocked: Stock, memory_gib: float = 1024.0) -> None:
        self.children = children
        self.stocked = {stock.name: stock for stock in stocked}
        self.memory_gib = memory_gib
        self.seen: list[Seen] = []
        self.frozen = threading.Event()
        self.ended = False
        self._connections: set[socket.socket] = set()
        self._server = self._listening(0)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._serve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._server.server_close()  # waits for every answer in progress

    def answer(self, call: Call) -> None:
        """Answer `call`, as the real server would."""
        raise NotImplementedError

    def asked(self, method: str, path: str) -> list[Seen]:
        """Return the requests that came for `path`."""
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]

    def freeze(self) -> None:
        """Say nothing more, and keep every connection: a process that was stopped, or is wedged."""
        self.frozen.set()

    def thaw(self) -> None:
        """Go on."""
        self.frozen.clear()

    def kill(self) -> None:
        """End as a process ends that was killed: nobody listens any more, and every connection breaks."""
        if self.ended:
            return
        self.ended = True
        self._server.shutdown()
        self._server.socket.close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HARD_CLOSE)
                connection.shutdown(socket.SHUT_RD)

    def restart(self) -> None:
        """Listen again at the same address: a process that was killed is started anew. What it holds is the test's."""
        self._server.server_close()
        self._server, self.ended = self._listening(self._server.server_port), False
        self._serve()

    def _listening(self, port: int) -> _Server:
        return _Server(("127.0.0.1", port), _handler_of(self), self._connections)

    def _serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(STEP_S,), daemon=True).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], handler: Callable[..., BaseHTTPRequestHandler], connections: set[socket.socket]
    ) -> None:
        super().__init__(address, handler)
        self._connections = connections

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        if request.fileno() != -1 and request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == HARD_CLOSE:
            request.close()  # without the polite end that shutdown_request would send first
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever hung up or was hung up on is part of the test."""


def _handler_of(emulator: Emulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def _answer(self) -> None:
            self.close_connection = True
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_file = headers.get("content-type") == "application/octet-stream"
            body = raw if is_file else json.loads(raw) if raw else None
            seen = Seen(self.command, url.path, parse_qs(url.query), headers, body)
            emulator.seen.append(seen)
            with contextlib.suppress(Gone, OSError):
                emulator.answer(Call(seen, self, emulator))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is http.server's
            return

    return Handler
