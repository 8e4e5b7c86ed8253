"""HTTP without threads: what goes over the wire, and that every end of it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workers.engines.wire import FILE_BYTES, End, Head, Request, Wire

SOON_S = 20.0
OK = b"HTTP/1.1 200 OK\r\n"


class Listener:
    """A server of one connection that says what a test tells it to, in pieces."""

    def __init__(self, *parts: bytes, reads: bool = True, body_bytes: int = 0) -> None:
        self.heard = b""
        self._parts, self._reads, self._body_bytes = parts, reads, body_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.may_speak, self.may_leave, self.left = threading.Event(), threading.Event(), threading.Event()
        self.may_speak.set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            while self._reads and not self._has_all():
                heard = connection.recv(65536)
                if not heard:
                    return
                self.heard += heard
            for part in self._parts:
                self.may_speak.wait(SOON_S)
                connection.sendall(part)
            self.may_leave.wait(SOON_S)
        self.left.set()

    def _has_all(self) -> bool:
        _, ends, body = self.heard.partition(b"\r\n\r\n")
        return bool(ends) and len(body) >= self._body_bytes

    def close(self) -> None:
        """Let the connection end."""
        self.may_speak.set()
        self.may_leave.set()
        self._thread.join(SOON_S)
        self._listener.close()


@contextmanager
def listener(*parts: bytes, reads: bool = True, body_bytes: int = 0) -> Iterator[Listener]:
    made = Listener(*parts, reads=reads, body_bytes=body_bytes)
    try:
        yield made
    finally:
        made.close()


def all_of(wire: Wire) -> list[Head | bytes | End]:
    came: list[Head | bytes | End] = []
    while not came or not isinstance(came[-1], End):
        item = wire.next(SOON_S)
        assert item is not None, "nothing came"
        came.append(item)
    wire.cut()
    return came


def test_an_answer_comes_as_its_head_its_bytes_and_its_end():
    with listener(OK + b"Content-Length: 5\r\nX-Two: Words\r\n\r\nhel", b"lo") as server:
        head, *rest = all_of(Wire(Request("GET", server.url + "/v1/models?x=1")))
        assert isinstance(head, Head)
        assert (head.status, head.headers["x-two"]) == (200, "Words")
        assert b"".join(part for part in rest if isinstance(part, bytes)) == b"hello"
        assert rest[-1] == End()
        assert server.heard.startswith(b"GET /v1/models?x=1 HTTP/1.1\r\n")


def test_the_request_carries_its_json_its_headers_and_asks_for_no_second_one():
    with listener(OK + b"Content-Length: 0\r\n\r\n") as server:
        all_of(Wire(Request("POST", server.url, {"a": "ö"}, {"Authorization": "Bearer x"})))
        head, _, body = server.heard.partition(b"\r\n\r\n")
        assert body == b'{"a": "\\u00f6"}'
        for line in (b"Connection: close", b"Authorization: Bearer x", b"Content-Type: application/json"):
            assert line.lower() in head.lower()


def test_a_file_goes_over_as_it_is_in_as_many_pieces_as_it_takes(tmp_path: Path):
    file = tmp_path / "adapter.gguf"
    file.write_bytes(bytes(range(256)) * (10 * FILE_BYTES // 256) + b"end")
    with listener(OK + b"Content-Length: 0\r\n\r\n", body_bytes=file.stat().st_size) as server:
        head, end = all_of(Wire(Request("POST", server.url, file=file)))
        assert (isinstance(head, Head), end) == (True, End())
        said, _, body = server.heard.partition(b"\r\n\r\n")
        assert body == file.read_bytes()
        assert b"content-type: application/octet-stream" in said.lower()


def test_a_file_that_is_refused_before_it_is_read_is_not_sent_to_its_end(tmp_path: Path):
    file = tmp_path / "adapter.gguf"
    file.write_bytes(bytes(64 * FILE_BYTES))
    with listener(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno") as server:
        head, said, end = all_of(Wire(Request("POST", server.url, file=file)))
        assert isinstance(head, Head)
        assert (head.status, said, end) == (400, b"no", End())


def test_a_file_that_is_not_there_or_gets_shorter_is_told_as_a_broken_end(tmp_path: Path):
    file = tmp_path / "adapter.gguf"
    with listener(OK + b"Content-Length: 0\r\n\r\n", body_bytes=1) as server:
        (end,) = all_of(Wire(Request("POST", server.url, file=file)))
        assert isinstance(end, End)
        assert isinstance(end.broken, FileNotFoundError)
        file.write_bytes(b"long")
        wire = Wire(Request("POST", server.url, file=file))
        file.write_bytes(b"")
        (end,) = all_of(wire)
        assert isinstance(end, End)
        assert end.broken is not None


def test_who_is_named_in_the_address_is_told_to_the_server():
    with listener(OK + b"Content-Length: 0\r\n\r\n") as server:
        all_of(Wire(Request("GET", server.url.replace("//", "//ada:p%40ss@"))))
        assert b"Basic YWRhOnBAc3M=" in server.heard


def test_nothing_is_told_while_nothing_comes_and_no_wait_is_longer_than_asked_for():
    with listener(OK + b"Content-Length: 2\r\n\r\nok") as server:
        server.may_speak.clear()
        wire = Wire(Request("GET", server.url))
        assert [wire.next(0.01), wire.next(0.0)] == [None, None]
        server.may_speak.set()
        assert isinstance(wire.next(SOON_S), Head)
        wire.cut()


def test_a_body_without_a_length_ends_with_the_connection():
    with listener(OK + b"\r\nall") as server:
        server.may_leave.set()
        assert all_of(Wire(Request("GET", server.url)))[1:] == [b"all", End()]


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b"HTTP/1.1 200",),
        (OK + b"Content-Length: 9\r\n\r\nshort",),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",),
        (b"not http at all\r\n\r\n",),
    ],
)
def test_an_answer_that_breaks_off_or_is_none_is_told_as_broken(parts):
    with listener(*parts) as server:
        server.may_leave.set()
        end = all_of(Wire(Request("GET", server.url)))[-1]
        assert isinstance(end, End)
        assert end.broken is not None


def test_a_server_that_is_not_there_is_told_as_broken(free_port: Callable[[], int]):
    (end,) = all_of(Wire(Request("GET", f"http://127.0.0.1:{free_port()}")))
    assert isinstance(end, End)
    assert isinstance(end.broken, ConnectionRefusedError)


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/x", "ftp://127.0.0.1/x", "http://127.0.0.1:1/a b"])
def test_an_address_that_is_none_is_told_as_broken(url):
    (end,) = all_of(Wire(Request("GET", url)))
    assert isinstance(end, End)
    assert end.broken is not None


def test_a_server_that_does_not_read_holds_nobody_up():
    with listener(reads=False) as server:
        wire = Wire(Request("POST", server.url, {"long": "x" * 50_000_000}))
        began_s = time.monotonic()
        assert wire.next(0.01) is None
        assert time.monotonic() - began_s < SOON_S
        wire.cut()


def test_a_wire_that_was_cut_has_ended():
    with listener(OK + b"Content-Length: 2\r\n\r\nok") as server:
        wire = Wire(Request("GET", server.url))
        wire.cut()
        wire.cut()
        end = wire.next(SOON_S)
        assert isinstance(end, End)
        assert isinstance(end.broken, ConnectionAbortedError)


@pytest.mark.parametrize(
    "told", [b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", b"HTTP/1.1 401 No\r\n\r\n"]
)
def test_a_refusal_that_comes_while_the_words_are_still_being_sent_is_heard(told):
    with listener(told) as server:
        server.may_leave.set()  # with most of the request unread, so the system resets the connection
        wire = Wire(Request("POST", server.url, {"long": "x" * 20_000_000}))
        head = wire.next(0.0)
        server.left.wait(SOON_S)
        head = head or wire.next(SOON_S)
        wire.cut()
        assert isinstance(head, Head), head
        assert head.status in (413, 401)


def test_hints_before_the_answer_and_trailers_after_it_are_passed_over():
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with listener(hints, OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n") as server:
        head, *rest = all_of(Wire(Request("GET", server.url)))
        assert isinstance(head, Head)
        assert (head.status, rest) == (200, [b"ok", End()])
