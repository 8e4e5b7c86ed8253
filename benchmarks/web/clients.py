"""Many clients of an OpenAI-compatible server in one process, over plain sockets: they must cost less than it does."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.stage import MODEL
from tasks.contracts.errors import EngineTruncated

PATIENCE_S = 60.0
OK = b" 200 "
DONE = b"data: [DONE]"


@dataclass(frozen=True)
class Server:
    """Who is asked."""

    url: str
    key: str = ""

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def request(self, text: str, **more: Any) -> bytes:
        """Return one question, head included."""
        body = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": text}], **more}).encode()
        head = ["POST /v1/chat/completions HTTP/1.1", f"Host: {self.url.partition('//')[2]}"]
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        head += [f"Authorization: Bearer {self.key}"] if self.key else []
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def rate(server: Server, clients: int, seconds: float) -> float:
    """Return how many questions a second are answered while so many clients ask, each one after the other."""
    return asyncio.run(_rate(server, clients, seconds))


async def _rate(server: Server, clients: int, seconds: float) -> float:
    began_s = time.perf_counter()
    counts = await asyncio.gather(*(_ask_on(server, began_s + seconds) for _ in range(clients)))
    return sum(counts) / (time.perf_counter() - began_s)


async def _ask_on(server: Server, until_s: float) -> int:
    reader, writer = await asyncio.open_connection(*server.address)
    request, count = server.request("hello"), 0
    try:
        while time.perf_counter() < until_s:
            writer.write(request)
            async with asyncio.timeout(PATIENCE_S):
                await _answer(server, reader)
            count += 1
    finally:
        writer.close()
    return count


async def _answer(server: Server, reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    body = await reader.readexactly(int(length)) if length else await reader.readuntil(b"0\r\n\r\n")
    _check(server, head, body)


@dataclass
class Heard:
    """When the pieces of one stream came, in seconds since it was asked for."""

    at_s: list[float] = field(default_factory=list)
    whole: bool = False


async def stream(server: Server, text: str, **more: Any) -> Heard:
    """Ask for a stream and listen to its end."""
    reader, writer = await asyncio.open_connection(*server.address)
    heard, began_s = Heard(), time.perf_counter()
    try:
        writer.write(server.request(text, stream=True, **more))
        _check(server, await reader.readuntil(b"\r\n\r\n"))
        while not heard.whole:
            line = await reader.readline()
            if not line:
                raise EngineTruncated(f"a stream of {server.url} ended in the middle")
            heard.whole = line.startswith(DONE)
            if b'"content":"' in line and b'"content":""' not in line:
                heard.at_s.append(time.perf_counter() - began_s)
    finally:
        writer.close()
    return heard


def _check(server: Server, head: bytes, body: bytes = b"") -> None:
    if OK not in head.partition(b"\r\n")[0]:
        raise EngineTruncated(f"{server.url} answered {head[:80]!r} {body[:200]!r}")
