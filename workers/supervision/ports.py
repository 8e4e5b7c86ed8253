"""Whether a port is free, who has it if not, and whether a server answers on it."""

from __future__ import annotations

import contextlib
import errno
import random
import socket
from typing import Any

import psutil

from tasks.contracts.errors import PortTaken, ProcessFailed

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("", "0.0.0.0")  # noqa: S104 - recognised, not bound
CONNECT_TIMEOUT_S = 1.0
HTTP_TIMEOUT_S = 1.0
#: Below the ports that systems give to outgoing connections: one of those may have the port of a server that died.
QUIET_PORTS = range(20_000, 32_000)
TRIES = 100


def free_port() -> int:
    """Return a port of this machine that nobody has, and that a server which dies can have again.

    Raises PortTaken when there seems to be none.
    """
    for port in random.SystemRandom().sample(QUIET_PORTS, TRIES):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    raise PortTaken(
        f"no port of {TRIES} from {QUIET_PORTS.start} on is free", next_step="see what has them: `ss -tlnp`"
    )


def refuse_taken_port(port: int, wanted_by: str, *, host: str = LOOPBACK, setting: str = "its port") -> None:
    """Return when `wanted_by` may listen on the port; `setting` is what to change otherwise.

    Raises PortTaken, which says who has it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((host, port))
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                raise _taken(port, wanted_by, setting) from exc
            raise ProcessFailed(
                f"{wanted_by} cannot listen on {host}:{port}: {exc.strerror}", next_step=f"change {setting}"
            ) from exc
    if _answers(LOOPBACK if host in EVERYWHERE else host, port):
        raise _taken(port, wanted_by, setting)


def port_owner(port: int) -> str:
    """Return `name (pid N)` of the process that listens on the port, as far as we may know it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.pid and _port_of(connection.laddr) == port:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:  # macOS shows other people's connections to root alone
        pass
    return "another process"


def http_status(url: str) -> int | None:
    """Return the status with which a server of our own answers, or None when it does not (yet)."""
    import requests  # noqa: PLC0415  # for those alone who wait for a server

    with requests.Session() as session:
        session.trust_env = False  # a proxy that the environment names would answer instead of our own processes
        try:
            return session.get(url, timeout=HTTP_TIMEOUT_S, stream=True).status_code
        except (requests.RequestException, OSError):
            return None


def _port_of(address: Any) -> int:
    return int(getattr(address, "port", 0))  # psutil gives an empty tuple for a socket without an address


def _answers(host: str, port: int) -> bool:
    # On macOS a bind to loopback succeeds beside a listener on all addresses.
    try:
        socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def _taken(port: int, wanted_by: str, setting: str) -> PortTaken:
    owner = port_owner(port)
    return PortTaken(
        f"{wanted_by} cannot listen on port {port}: {owner} does", next_step=f"end that process or change {setting}"
    )
