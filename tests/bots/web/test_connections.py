"""Clients that send nothing, read nothing, or are too many: a real server, and sockets in the test's hands."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from bots.web import connections
from bots.web.serving import listen
from tests.bots.conftest import eventually

ASK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PATIENCE_S = 20.0
Answering = Callable[..., int]


@pytest.fixture
def answering(free_port: Callable[[], int]) -> Iterator[Answering]:
    """Call it with how many may be connected, and how much each is told, for the port of such a server.

    Between two requests `idle_s` may pass; by itself uvicorn takes five seconds.
    """
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def answer(most: int, pieces: int = 1, idle_s: float = 5.0) -> int:
        async def app(scope, _receive, send) -> None:
            assert scope["type"] == "http"
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(pieces):
                await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        port = free_port()
        spoken: dict[str, Any] = {"http": connections.protocol(most), "timeout_keep_alive": idle_s}
        server = uvicorn.Server(uvicorn.Config(app, **spoken, log_config=None, access_log=False, lifespan="off"))

        async def serve() -> None:
            with listen("127.0.0.1", port) as listener:
                await server.serve(sockets=[listener])

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        running.append((server, thread))
        eventually(lambda: server.started, "the server")
        return port

    yield answer
    for server, thread in running:
        server.should_exit = True
        thread.join(PATIENCE_S)


@contextlib.contextmanager
def dialled(port: int, said: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
        line.sendall(said)
        yield line


def heard(line: socket.socket) -> bytes:
    """Return all that is told until the server hangs up."""
    told = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := line.recv(65_536):
            told += piece
    return told


def is_served(port: int) -> bool:
    """Return whether there is room; who is hung up on before they have asked may hear nothing of why."""
    with contextlib.suppress(ConnectionError), dialled(port, ASK) as line:
        return line.recv(15) == b"HTTP/1.1 200 OK"
    return False


def test_one_too_many_is_told_to_come_again_and_those_who_are_there_are_served(answering: Answering) -> None:
    port = answering(2)
    with dialled(port, ASK) as first, dialled(port, ASK) as second:
        assert first.recv(15) == second.recv(15) == b"HTTP/1.1 200 OK"
        with dialled(port) as third:
            told = heard(third)
    assert told.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 5\r\n" in told
    assert b'"ServerBusy"' in told


def test_whoever_comes_after_one_has_left_is_served(answering: Answering) -> None:
    port = answering(1)
    with dialled(port, ASK) as first:
        assert first.recv(15) == b"HTTP/1.1 200 OK"

    eventually(lambda: is_served(port), "room for one more")


@pytest.mark.parametrize("said", [b"", ASK[:20]])
def test_who_does_not_say_what_they_want_is_hung_up_on(answering: Answering, monkeypatch, said) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.05)
    with dialled(answering(1), said) as line:
        assert heard(line) == b""


def test_who_stops_in_the_middle_of_a_second_request_is_hung_up_on(answering: Answering, monkeypatch) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.05)
    with dialled(answering(1, idle_s=0.05), ASK + ASK[:20]) as line:
        assert heard(line).count(b"HTTP/1.1 200 OK") == 1


def test_who_reads_nothing_is_hung_up_on_and_makes_room(answering: Answering, monkeypatch) -> None:
    monkeypatch.setattr(connections, "UNREAD_S", 0.05)
    port = answering(1, pieces=1_000)
    with dialled(port, ASK):
        eventually(lambda: is_served(port), "the place of who does not read")


@pytest.mark.parametrize(
    ("streams", "files", "most"), [(600, 1_000_000, 1_600), (600, 4_096, 1_600), (600, 1_024, 112), (600, 256, 1)]
)
def test_there_are_never_more_clients_than_files_for_them(streams, files, most) -> None:
    assert connections.most_connections(streams, files) == most
