"""Whatever a server does, it is told as what it is, and without its address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tasks.contracts.errors import MemoryFull, MemorySlow, MemoryUnavailable
from tasks.memory.stores import qdrant
from tasks.memory.stores.qdrant import QdrantStore, collections, drop
from tests.tasks.memory.directions import DIMENSION

Answers = Callable[[int, bytes], str]


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Return the address of a server that answers all that it is asked with one status."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, content: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://canary:hush@127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "content", "error", "words"),
    [
        (507, b"", MemoryFull, "no room"),
        (500, b'{"status":{"error":"Service internal error: No space left on device"}}', MemoryFull, "no room"),
        (504, b"", MemorySlow, "in time"),
        (401, b"Must provide an API key", MemoryUnavailable, r"did not accept the key \(HTTP 401\)"),
        (403, b"", MemoryUnavailable, "did not accept the key"),
        (500, b"canary", MemoryUnavailable, "HTTP 500"),
        (200, b"no json", MemoryUnavailable, "no Qdrant server"),
        (200, b'{"result": 7}', MemoryUnavailable, "no Qdrant server"),
    ],
)
def test_what_a_server_answers_is_told_as_what_it_is(
    answers: Answers, status: int, content: bytes, error: type[MemoryUnavailable], words: str
) -> None:
    url = answers(status, content)
    for deed in (
        lambda: QdrantStore(url, "memories", DIMENSION),
        lambda: collections(url),
        lambda: drop(url, "memories"),
    ):
        with pytest.raises(error, match=words) as caught:
            deed()
        assert type(caught.value) is error
        assert caught.value.next_step
        assert "canary" not in str(caught.value)


def test_a_server_that_says_nothing_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qdrant, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MemorySlow):
        collections(f"http://127.0.0.1:{silent.getsockname()[1]}")
