"""Against real servers on loopback: who resolves names and who may be reached is said by the test."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bots.addresses import IpAddress, is_public
from bots.fetching import Fetched, Fetcher
from tasks.contracts.errors import BadInput, PlatformUnavailable

HOSTILE = (
    *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://017700000001/"),
    *(
        "http://0/",
        "http://0.0.0.0/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
    ),
    *("http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://192.0.0.1/"),
    *("http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://[::1]/", "http://[::]/"),
    *("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[fe80::1]/"),
    *(
        "http://[fc00::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[2002:7f00:1::]/",
        "http://[64:ff9b::7f00:1]/",
    ),
    *(
        "http://[2001:0:53aa:64c:0:5efe:8080:8080]/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://1.1.1.1:6379/",
    ),
    *("http://user:word@1.1.1.1/", "http://1.1.1.1\\@127.0.0.1/", "http://1.1.1.1/\r\nHost: x", "ftp://1.1.1.1/x"),
    *("file:///etc/passwd", "gopher://1.1.1.1/", "data:text/plain,x", "//127.0.0.1/", "http://", "http://[::1", ""),
    f"http://1.1.1.1/{'x' * 3000}",
)
Handler = Callable[[str], bytes]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, status: str = "200 OK", kind: str = "text/plain; charset=utf-8", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def moved(where: str) -> bytes:
    return answer(b"", "302 Found", more=f"Location: {where}\r\n")


def serving(handler: Handler, scene: Callable[[str], Awaitable[Any]]) -> Any:
    """Run a scene with the address of a server that answers by the path that it is asked for."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.write(handler(asked.split(" ")[1]))
        await writer.drain()

    return asyncio.run(beside(talk, scene))


async def beside(talk: Talk, scene: Callable[[str], Awaitable[Any]]) -> Any:
    """Run a scene beside a server, and end when all that was begun there is over."""
    talks: list[asyncio.Task[None]] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.create_task(accept(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    async with server:
        try:
            return await scene(f"http://files.example:{server.sockets[0].getsockname()[1]}")
        finally:
            await asyncio.gather(*talks)


async def at_home(_host: str, _port: int) -> list[IpAddress]:
    return [ipaddress.ip_address("127.0.0.1")]


def fetcher(**how: Any) -> Fetcher:
    return Fetcher(at_home, lambda _address: True, usual_ports=False, **how)


@pytest.mark.parametrize("url", HOSTILE)
def test_nothing_is_connected_to_that_is_not_public(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []

    async def connect(*where: Any, **_how: Any) -> Any:
        calls.append(where)
        raise OSError

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(BadInput):
        asyncio.run(Fetcher().fetch(url, ["text/"]))
    assert calls == []


def test_a_name_with_one_inner_address_among_public_ones_is_refused() -> None:
    async def resolve(_host: str, _port: int) -> list[IpAddress]:
        return [ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1")]

    with pytest.raises(BadInput, match="not on the public internet"):
        asyncio.run(Fetcher(resolve).fetch("http://files.example/", ["text/"]))


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[IpAddress]:
        asked.append(host)
        return [ipaddress.ip_address("127.0.0.1" if len(asked) == 1 else "10.0.0.1")]

    def handler(_path: str) -> bytes:
        return answer(b"hello")

    once = Fetcher(resolve, lambda address: str(address) == "127.0.0.1", usual_ports=False)
    assert serving(handler, lambda home: once.fetch(f"{home}/a", ["text/"])) == Fetched("text/plain", b"hello")
    assert asked == ["files.example"]


def test_a_redirect_is_looked_at_like_the_first_address() -> None:
    def outwards(path: str) -> bytes:
        return moved("http://inner.example/secret") if path == "/start" else answer(b"x")

    async def resolve(host: str, _port: int) -> list[IpAddress]:
        return [ipaddress.ip_address("10.0.0.1" if host.startswith("inner") else "127.0.0.1")]

    careful = Fetcher(resolve, lambda address: str(address) == "127.0.0.1", usual_ports=False)
    with pytest.raises(BadInput, match="not on the public internet"):
        serving(outwards, lambda home: careful.fetch(f"{home}/start", ["text/"]))


@pytest.mark.parametrize(("redirects", "arrives"), [(3, True), (4, False)])
def test_three_redirects_are_followed_and_no_more(redirects: int, arrives: bool) -> None:
    def handler(path: str) -> bytes:
        left = int(path.strip("/"))
        return moved(f"/{left - 1}") if left else answer(b"here")

    def fetch() -> Any:
        return serving(handler, lambda home: fetcher().fetch(f"{home}/{redirects}", ["text/"]))

    if arrives:
        assert fetch().content == b"here"
    else:
        with pytest.raises(BadInput, match="too often"):
            fetch()


@pytest.mark.parametrize(
    "said",
    [
        answer(b"x" * 101),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"x" * 101,  # no length is told
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"
        + b"x" * 101
        + b"\r\n0\r\n\r\n",
        answer(b"<html>", kind="text/html"),
        answer(b"x", kind="text/plain", more="Content-Encoding: gzip\r\n"),
    ],
)
def test_what_is_too_large_or_of_another_kind_is_refused(said: bytes) -> None:
    with pytest.raises(BadInput):
        serving(lambda _path: said, lambda home: fetcher().fetch(home, ["text/plain"], most_bytes=100))


@pytest.mark.parametrize(
    "said",
    [
        answer(b"", "404 Not Found"),
        b"hello?\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nhalf",
    ],
)
def test_a_server_that_does_not_answer_properly_is_told_from_a_refusal(said: bytes) -> None:
    with pytest.raises(PlatformUnavailable):
        serving(lambda _path: said, lambda home: fetcher().fetch(home, ["text/"]))


def test_a_server_that_is_silent_is_left_after_a_while() -> None:
    async def hold(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(PlatformUnavailable, match="in time"):
        asyncio.run(beside(hold, lambda home: fetcher(total_s=0.05).fetch(home, ["text/"])))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
