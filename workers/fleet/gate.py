"""The gate: where other machines reach our own Redis, which itself stays on loopback.

Every Redis can be opened so, encrypted, also one that was built without TLS. What comes through is passed on as it is;
who may do what is for Redis to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import signal
import socket
import ssl
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.membership import write_private
from tasks.contracts.roles import LOOPBACK
from workers.fleet import certificate

STATE_FILE = "gate.json"
CHUNK_BYTES = 64 * 1024
HANDSHAKE_S = 10.0
#: Of Redis' own ten thousand clients; the rest is for the processes of this machine.
MOST_CONNECTIONS = 4_000
#: A machine that was cut off is let go of after about so long.
KEEPALIVE = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (recognised, not bound)
CARRIER_GRADE = ipaddress.ip_network("100.64.0.0/10")  # what VPNs such as Tailscale give
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GateState:
    """What an invitation has to say of the gate."""

    host: str
    port: int
    fingerprint: str
    """Of its certificate; empty: nothing is encrypted."""


def open_gate(folder: Path, address: tuple[str, int], redis_port: int) -> None:
    """Let machines in at `address` until SIGINT or SIGTERM.

    Raises:
        ConfigurationError: the address is not of this machine, or is public and there is no openssl.
        ProcessFailed: no certificate could be made.
    """
    refuse_in_the_open(address[0])
    context, mark = None, ""
    if certificate.can_be_made():
        chain, key = certificate.ensure(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chain, key)
        mark = certificate.fingerprint(chain.read_text("ascii"))
    state = GateState(*address, mark)
    asyncio.run(Gate(redis_port, context).serve(address, folder / STATE_FILE, state))


def read_state(folder: Path) -> GateState | None:
    """Return what the gate says of itself, or None where none is open."""
    try:
        return GateState(**json.loads((folder / STATE_FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def refuse_in_the_open(host: str) -> None:
    """Return when what is said through the gate may be said there.

    Raises:
        ConfigurationError: it would be readable on its way, in a network that is not private.
    """
    if certificate.can_be_made():
        return
    for named in addresses(host):
        if not is_private(named):
            raise ConfigurationError(
                f"Redis must not listen on {named}: there is no openssl, so everything would be readable on its way",
                next_step="install openssl, or listen on an address of a private network",
            )


def cautions() -> tuple[str, ...]:
    """Return what a person who opens a gate should know."""
    if certificate.can_be_made():
        return ()
    return ("there is no openssl: what other machines say to Redis is readable on its way; keep to a VPN",)


def addresses(host: str) -> list[str]:
    """Return where a gate at `host` is reached from other machines, the likeliest first."""
    if host not in EVERYWHERE:
        return [host]
    found = [
        each.address.partition("%")[0]
        for interface in psutil.net_if_addrs().values()
        for each in interface
        if each.family == socket.AF_INET or (each.family == socket.AF_INET6 and host == "::")
    ]
    own = [each for each in found if not (ipaddress.ip_address(each).is_loopback or _is_link_local(each))]
    return sorted(own, key=lambda each: (":" in each, not is_private(each)))


def is_private(host: str) -> bool:
    """Return whether an address is one of a private network; a name is not known to be."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private or address in CARRIER_GRADE


def _is_link_local(host: str) -> bool:
    return ipaddress.ip_address(host).is_link_local


class Gate:
    """Passes on what comes in."""

    def __init__(self, redis_port: int, context: ssl.SSLContext | None) -> None:
        self._redis_port, self._context = redis_port, context
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, address: tuple[str, int], state_file: Path, state: GateState) -> None:
        """Listen, say so in `state_file`, and go on until told to end. Raises as `open_gate` does."""
        ending = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ending.set)
        try:
            server = await asyncio.start_server(
                self._come_in, *address, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_S if self._context else None
            )
        except OSError as exc:
            raise ConfigurationError(
                f"Redis cannot be opened at {address[0]}:{address[1]}: {exc.strerror or exc}",
                next_step="set `listen` in [redis] of rookery.toml to an address of this machine and a free port",
            ) from exc
        write_private(state_file, json.dumps(asdict(state)))
        try:
            await ending.wait()
        finally:
            state_file.unlink(missing_ok=True)
            server.close()
            for task in list(self._open):
                task.cancel()

    async def _come_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._pass_on(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _keep_alive(writer.get_extra_info("socket"))
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, self._redis_port)
        ways = {
            asyncio.ensure_future(_copy(reader, inner_writer)),
            asyncio.ensure_future(_copy(inner_reader, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            inner_writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # one end is gone; the other is told by our going, too
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()


def _keep_alive(connection: socket.socket | None) -> None:
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE:
        if hasattr(socket, name):  # macOS has other names for some
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
