from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy

pytestmark = pytest.mark.faults
PATIENCE_S = 20.0
QUIET_S = 0.2


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back the first thing that each client says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_echo, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _echo(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(connection.recv(100))


def ask(proxy: Proxy) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", proxy.port), PATIENCE_S)
    connection.sendall(b"hello")
    return connection


def test_it_delays_both_ways(echo: int):
    with Proxy(echo, delay_s=0.05) as proxy:
        began_s = time.monotonic()
        with ask(proxy) as connection:
            assert connection.recv(100) == b"hello"
        assert time.monotonic() - began_s >= 0.1


def test_a_hole_swallows_until_it_is_closed(echo: int):
    with Proxy(echo) as proxy:
        proxy.hole = True
        with ask(proxy) as connection:
            connection.settimeout(QUIET_S)
            with pytest.raises(TimeoutError):
                connection.recv(100)
            proxy.hole = False
            connection.settimeout(PATIENCE_S)
            assert connection.recv(100) == b"hello"


def test_a_reset_breaks_connections_off(echo: int):
    with Proxy(echo) as proxy:
        proxy.hole = True
        with ask(proxy) as connection:
            connection.settimeout(QUIET_S)
            with pytest.raises(TimeoutError):
                connection.recv(100)
            proxy.reset()
            connection.settimeout(PATIENCE_S)
            with pytest.raises(ConnectionResetError):
                connection.recv(100)
