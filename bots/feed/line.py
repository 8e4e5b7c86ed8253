"""One call to a feed's server, tried once: its answer, or an error of the tree."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from bots.feed.retrying import AGAIN, BUSY
from bots.feed.stats import Stats
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable

MOST_BYTES = 8 * 1024 * 1024
READ_BYTES = 64 * 1024
WORDS_CHARS = 200  # of what a server says about an error
BUSY_S = 5.0  # where a server that is busy does not say for how long
LONGEST_BUSY_S = 3_600.0
OK = 200
NO_ANSWER = "no answer"


class Line:
    """The line to one address. Use it as an async context."""

    def __init__(self, url: str, key: str, try_s: float) -> None:
        self.stats = Stats()
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = aiohttp.ClientTimeout(total=try_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open it; connections are made as they are needed, and kept."""
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()

    async def get(self, query: Mapping[str, str]) -> Any:
        """Ask, and return what the JSON of the answer says."""
        return await self._call("GET", params=query)

    async def post(self, body: Mapping[str, str], key: str) -> Any:
        """Send, with a key by which a server knows that it had the same before."""
        return await self._call("POST", json=body, headers={"Idempotency-Key": key})

    async def _call(self, method: str, **given: Any) -> Any:
        if self._session is None:
            raise PlatformUnavailable("the feed is not connected", next_step="it is, once the bot is up")
        self.stats.calls[method] += 1
        began_s = time.monotonic()
        try:
            # Never to where a server points: the key is for this one alone.
            async with self._session.request(method, self._url, allow_redirects=False, **given) as response:
                body = await _body(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            self.stats.errors[NO_ANSWER] += 1
            raise PlatformUnavailable(f"the feed did not answer: {type(exc).__name__}") from exc
        finally:
            self.stats.busy_s += time.monotonic() - began_s
        return self._answer(response, body)

    def _answer(self, response: aiohttp.ClientResponse, body: bytes) -> Any:
        said = _json(body)
        failed = said.get("error") if isinstance(said, dict) else None
        if response.status // 100 == OK // 100 and said is not None and not failed:
            return said
        self.stats.errors[str(response.status)] += 1
        words = f"the feed answered {response.status}: {_words(failed, body)}"
        if response.status == BUSY:
            raise PlatformBusy(words, retry_after_s=_retry_after_s(response.headers))
        if response.status in AGAIN or response.status // 100 == OK // 100:
            raise PlatformUnavailable(words)
        raise PlatformRefused(words, next_step="look at `url` in [feed], and at FEED_KEY")


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(READ_BYTES):
        body += chunk
        if len(body) > MOST_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too large")
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _words(failed: object, body: bytes) -> str:
    """Return what the server says of a failure, on one line."""
    said = failed if isinstance(failed, str) else body.decode("utf-8", "replace")
    return " ".join(said[:WORDS_CHARS].split()) or "nothing"


def _retry_after_s(headers: Mapping[str, str]) -> float:
    try:
        return min(max(float(headers.get("Retry-After", "")), 0.0), LONGEST_BUSY_S)
    except ValueError:  # it says a date, or nothing
        return BUSY_S
