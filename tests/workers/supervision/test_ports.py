from __future__ import annotations

import os
import socket
from collections.abc import Callable

import pytest

from tasks.contracts.errors import PortTaken, ProcessFailed
from workers.supervision.ports import free_port, refuse_taken_port


def test_a_free_port_is_not_refused(free_port: Callable[[], int]):
    refuse_taken_port(free_port(), "Redis")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_refused_with_the_name_of_its_owner(host: str):
    with socket.create_server((host, 0)) as server:
        port = server.getsockname()[1]
        wanted = (
            rf"web cannot listen on port {port}: .+ \(pid {os.getpid()}\) does → end that process or change web\.port"
        )
        with pytest.raises(PortTaken, match=wanted):
            refuse_taken_port(port, "web", setting="web.port")


def test_a_port_just_left_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # the server's end is in TIME_WAIT
    refuse_taken_port(port, "web")


def test_an_address_of_another_machine_is_refused_without_asking_that_machine():
    wanted = r"web cannot listen on 192\.0\.2\.1:8000: .* → change web\.host"
    with pytest.raises(ProcessFailed, match=wanted):
        refuse_taken_port(8000, "web", host="192.0.2.1", setting="web.host")


def test_a_free_port_is_none_of_those_that_outgoing_connections_get():
    with socket.socket() as outgoing:
        outgoing.bind(("127.0.0.1", 0))
        assert free_port() < outgoing.getsockname()[1]


def test_no_free_port_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr("workers.supervision.ports.QUIET_PORTS", range(port, port + 1))
        monkeypatch.setattr("workers.supervision.ports.TRIES", 1)
        with pytest.raises(PortTaken, match="is free"):
            free_port()
