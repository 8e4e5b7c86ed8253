"""What a Qdrant server's failures mean to us, told without its address, which may hold a key."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from tasks.contracts.errors import MemoryFull, MemorySlow, MemoryUnavailable

NO_ROOM = 507
KEY_REFUSED = (401, 403)
SLOW = (408, 504)
OF_NO_ROOM = (b"no space left", b"not enough space", b"disk is full", b"wal buffer size exceeds")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what the client raises into our errors."""
    try:
        yield
    except (ApiException, QdrantException, httpx.HTTPError, OSError, ValueError) as exc:
        raise _told(exc) from exc


def _told(exc: Exception) -> MemoryUnavailable:
    inner = exc.source if isinstance(exc, ResponseHandlingException) else exc
    if isinstance(exc, UnexpectedResponse):
        return _answered(exc.status_code or 0, exc.content)
    if isinstance(inner, (httpx.TimeoutException, TimeoutError)):
        return _slow()
    if isinstance(inner, ValueError):
        return MemoryUnavailable(
            "what answered is no Qdrant server, or one of another version", next_step="look at `url` under [memory]"
        )
    return MemoryUnavailable(
        f"the Qdrant server did not answer: {type(inner).__name__}",
        next_step="look whether it runs, and at `url` under [memory]",
    )


def _answered(status: int, content: bytes) -> MemoryUnavailable:
    if status == NO_ROOM or any(words in content.lower() for words in OF_NO_ROOM):
        return MemoryFull(
            "the Qdrant server has no room left", next_step="make room on its disk; what was said is remembered then"
        )
    if status in SLOW:
        return _slow()
    if status in KEY_REFUSED:
        return MemoryUnavailable(
            f"the Qdrant server did not accept the key (HTTP {status})",
            next_step="set QDRANT_API_KEY to the key of the server; one for reading alone is not enough",
        )
    return MemoryUnavailable(
        f"the Qdrant server answered HTTP {status}", next_step="look into its log, and at `url` under [memory]"
    )


def _slow() -> MemorySlow:
    return MemorySlow(
        "the Qdrant server did not answer in time", next_step="look what keeps it busy, or give it more memory"
    )
