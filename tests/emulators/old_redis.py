"""An emulator of a Redis that is too old: no such version can be had beside the one that the tests run."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def old_redis(version: str, *, knows_hello: bool) -> Iterator[str]:
    """Yield the address of what answers as an old Redis does: before 6.0 it does not know HELLO."""
    info = f"# Server\r\nredis_version:{version}\r\nredis_mode:standalone\r\n"
    answers = {"PING": "+PONG\r\n", "INFO": f"${len(info)}\r\n{info}\r\n"}
    if knows_hello:
        answers["HELLO"] = f"%2\r\n$7\r\nversion\r\n${len(version)}\r\n{version}\r\n$5\r\nproto\r\n:3\r\n"

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            while head := stream.readline():
                words = [stream.readline() and stream.readline().strip().decode() for _ in range(int(head[1:]))]
                unknown = f"-ERR unknown command `{words[0]}`, with args beginning with: \r\n"
                connection.sendall(answers.get(words[0].upper(), unknown).encode())

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
