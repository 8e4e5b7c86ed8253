"""Fetching what somebody named: from public addresses alone, little of it, soon, and of known kinds.

A name is resolved once and the connection goes to the very address that was looked at, so that no name can turn into
an inner address between the look and the call. Every redirect is looked at in the same way.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import h11

from bots.addresses import IpAddress, Target, is_public, literal, target
from tasks.contracts.errors import BadInput, PlatformUnavailable, RookeryError

MOST_BYTES = 2 * 1024 * 1024
TOTAL_S = 5.0
MOST_REDIRECTS = 3
READ_BYTES = 65_536
AGENT = "rookery"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
OK = 200

Resolve = Callable[[str, int], Awaitable[list[IpAddress]]]


@dataclass(frozen=True)
class Fetched:
    """What came, and what its server calls it."""

    kind: str
    """The media type, in small letters and without parameters."""
    content: bytes


async def resolve(host: str, port: int) -> list[IpAddress]:
    """Return the addresses of a name, as the system knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


class Fetcher:
    """Fetches files. The parts that touch the net can be others, for a house with a proxy, or one of glass."""

    def __init__(
        self,
        resolve: Resolve = resolve,
        may_reach: Callable[[IpAddress], bool] = is_public,
        *,
        usual_ports: bool = True,
        total_s: float = TOTAL_S,
    ) -> None:
        self._resolve, self._may_reach = resolve, may_reach
        self._usual_ports, self._total_s = usual_ports, total_s

    async def fetch(self, url: str, kinds: Iterable[str], most_bytes: int = MOST_BYTES) -> Fetched:
        """Return what is at `url`. `kinds` are media types that are taken; "text/" stands for all that begin so.

        Raises:
            BadInput: it may not be fetched, is too large, or of another kind.
            PlatformUnavailable: its server did not answer in time, or not in words that can be read.
        """
        try:
            async with asyncio.timeout(self._total_s):
                return await self._follow(url, tuple(kinds), most_bytes)
        except TimeoutError as exc:
            raise PlatformUnavailable("the attachment did not arrive in time") from exc
        except (OSError, h11.ProtocolError, asyncio.IncompleteReadError) as exc:
            raise PlatformUnavailable(f"the attachment could not be fetched: {type(exc).__name__}") from exc

    async def _follow(self, url: str, kinds: tuple[str, ...], most_bytes: int) -> Fetched:
        base = ""
        for _ in range(MOST_REDIRECTS + 1):
            where = target(url, base, usual_ports=self._usual_ports)
            base = f"{where.scheme}://{where.authority}{where.path}"
            came = await self._ask(where, kinds, most_bytes)
            if isinstance(came, Fetched):
                return came
            url = came
        raise BadInput("the attachment cannot be fetched: it is passed on too often")

    async def _ask(self, where: Target, kinds: tuple[str, ...], most_bytes: int) -> Fetched | str:
        """Return what is there, or where else it is."""
        address = await self._checked(where)
        secured = _trust() if where.scheme == "https" else None
        reader, writer = await asyncio.open_connection(
            str(address), where.port, ssl=secured, server_hostname=where.host if secured else None
        )
        try:
            return await _exchange(reader, writer, where, kinds, most_bytes)
        finally:
            writer.transport.abort()

    async def _checked(self, where: Target) -> IpAddress:
        """Return the one address to connect to. All that a name has must be public: it is nobody's to choose."""
        known = literal(where.host)
        found = await self._resolve(where.host, where.port) if known is None else [known]
        if not found or not all(map(self._may_reach, found)):
            raise BadInput("the attachment cannot be fetched: it is not on the public internet")
        return found[0]


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, where: Target, kinds: tuple[str, ...], most_bytes: int
) -> Fetched | str:
    talk = h11.Connection(h11.CLIENT)
    headers = [("Host", where.authority), ("User-Agent", AGENT), ("Accept-Encoding", "identity")]
    asked = h11.Request(method="GET", target=where.path, headers=[*headers, ("Connection", "close")])
    writer.write((talk.send(asked) or b"") + (talk.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    content, kind = bytearray(), ""
    while True:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            talk.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Response):
            told = {name.decode("ascii"): value.decode("latin-1") for name, value in event.headers}
            if event.status_code in REDIRECTS and "location" in told:
                return told["location"]
            kind = _taken(event.status_code, told, kinds, most_bytes)
        elif isinstance(event, h11.Data):
            content += event.data
            _bounded(len(content), most_bytes)
        elif isinstance(event, h11.EndOfMessage):
            return Fetched(kind, bytes(content))
        else:
            raise PlatformUnavailable("the attachment's server ended the talk half-way")


def _taken(status: int, told: dict[str, str], kinds: tuple[str, ...], most_bytes: int) -> str:
    """Return the media type of an answer that is taken."""
    if status != OK:
        raise _gone(status)
    kind = told.get("content-type", "").partition(";")[0].strip().lower()
    if not is_among(kind, kinds) or told.get("content-encoding", "identity") != "identity":
        raise BadInput("the attachment is of a kind that is not read here")
    if told.get("content-length", "").isdecimal():
        _bounded(int(told["content-length"]), most_bytes)
    return kind


def is_among(kind: str, kinds: Iterable[str]) -> bool:
    """Return whether a media type is one of these, where "text/" stands for all that begin so."""
    bare = kind.partition(";")[0].strip().lower()
    return any(bare == each or (each.endswith("/") and bare.startswith(each)) for each in kinds)


def _bounded(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise BadInput("the attachment is too large", next_step=f"send less than {most_bytes // 1024} KiB")


def _gone(status: int) -> RookeryError:
    return PlatformUnavailable(f"the attachment's server answered with {status}")
