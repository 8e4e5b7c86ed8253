"""An OpenAI-compatible server that does what a test tells it to, down to the bytes and the moment it hangs up."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

MODEL = "parrot"
OK_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
OK_CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
DONE = b"data: [DONE]\n\n"
STEP_S = 0.02
LIFE_S = 60.0  # longer than any test waits: a client that never gives up fails its test instead of hanging it


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


Act = Callable[["Talk"], None]


class Talk:
    """One connection, after its request was read."""

    def __init__(self, connection: socket.socket, hung_up: threading.Event) -> None:
        self._connection = connection
        self._hung_up = hung_up

    def send(self, data: bytes) -> None:
        """Send, and note if nobody is there any more."""
        try:
            self._connection.sendall(data)
        except OSError:
            self._hung_up.set()
            raise

    def gone(self, wait_s: float) -> bool:
        """Whether the client hung up, after at most `wait_s`."""
        readable, _, _ = select.select([self._connection], [], [], wait_s)
        if readable and not self._received():
            self._hung_up.set()
        return self._hung_up.is_set()

    def reset(self) -> None:
        """Break the connection off, as the kernel does for a process that was killed."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _received(self) -> bytes:
        try:
            return self._connection.recv(4096)
        except OSError:
            return b""


class OpenAIServer:
    """Answers each POST with the next of `acts`, the last one for ever, and GET /v1/models with `listing`."""

    def __init__(self, *acts: Act, listing: tuple[Mapping[str, Any], ...] = ({"id": MODEL},)) -> None:
        self.requests: list[Seen] = []
        self.hung_up = threading.Event()
        self._acts = list(acts)
        self._listing = as_json({"object": "list", "data": list(listing)})
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self.hung_up.set()  # lets every act end
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(OSError, ValueError):  # closed under us
                if select.select([self._listener], [], [], STEP_S)[0]:
                    connection, _ = self._listener.accept()
                    self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                    self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if (seen := _read(connection)) is None:
                return
            self.requests.append(seen)
            act = self._listing if seen.method == "GET" else self._acts.pop(0) if self._acts[1:] else self._acts[0]
            act(Talk(connection, self.hung_up))


def _read(connection: socket.socket) -> Seen | None:
    """Return the request that came, or None where the client left without one."""
    with connection.makefile("rb") as stream:
        if not (line := stream.readline().decode()):
            return None
        method, path, _ = line.split()
        headers = {}
        while line := stream.readline().strip().decode():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
    return Seen(method, path, headers, json.loads(body) if body else None)


def event(text: str = "", *, finish: str | None = None, model: str = MODEL, **delta: Any) -> bytes:
    """Return one chunk of an answer as bytes."""
    content = {"content": text} if text else {}
    choice = {"index": 0, "delta": {**content, **delta}, "finish_reason": finish}
    return b"data: " + json.dumps({"model": model, "choices": [choice]}).encode() + b"\n\n"


def usage_event(prompt: int, completion: int, cached: int = 0) -> bytes:
    """Return the chunk that tells the tokens."""
    counts = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    return b"data: " + json.dumps({"model": MODEL, "choices": [], "usage": counts}).encode() + b"\n\n"


def answer(*words: str, model: str = MODEL) -> bytes:
    """Return a whole, good stream."""
    return b"".join(event(word, model=model) for word in words) + event(finish="stop", model=model) + DONE


def chunked(part: bytes) -> bytes:
    """Return one chunk of a chunked body; an empty one ends it."""
    return b"%x\r\n%s\r\n" % (len(part), part)


def sends(*parts: bytes) -> Act:
    """Send these bytes and hang up."""

    def act(talk: Talk) -> None:
        for part in parts:
            talk.send(part)

    return act


def streams(*parts: bytes) -> Act:
    """Send these events and hang up."""
    return sends(OK_STREAM, *parts)


def hangs(*parts: bytes) -> Act:
    """Send these bytes and then nothing, until the client hangs up."""
    return drips(b"", *parts)


def drips(drop: bytes, *parts: bytes) -> Act:
    """Send these bytes, then `drop` again and again, until the client hangs up."""

    def act(talk: Talk) -> None:
        for part in parts:
            talk.send(part)
        ends_s = time.monotonic() + LIFE_S
        while not talk.gone(STEP_S) and time.monotonic() < ends_s:
            talk.send(drop)

    return act


def resets(*parts: bytes) -> Act:
    """Send these bytes and break off."""

    def act(talk: Talk) -> None:
        for part in parts:
            talk.send(part)
        talk.reset()

    return act


def refuses(status: int, body: object = "", **headers: str) -> Act:
    """Answer with this status, and with an object as JSON or a text as it is."""
    payload = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in named.items())]
    return sends("\r\n".join([*lines, f"Content-Length: {len(payload)}", "", ""]).encode(), payload)


def as_json(body: object) -> Act:
    """Answer 200 with JSON."""
    return refuses(200, body, content_type="application/json")
