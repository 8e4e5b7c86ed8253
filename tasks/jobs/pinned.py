"""Connections to the Redis of a flock that this machine joined: who has another certificate is told nothing.

Beside the certificate that it is given, redis-py trusts all that the system trusts; and as the name in ours is not
compared, any certificate of any authority would do.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import redis
import redis.asyncio

from tasks.contracts.membership import CERTIFICATE_FILE

TLS = "rediss://"


class PinnedConnection(redis.SSLConnection):
    """The blocking face; also what the broker is reached by."""

    def _connect(self) -> Any:
        connected: Any = super()._connect()  # type: ignore[no-untyped-call]
        try:
            refuse_others(connected.getpeercert(binary_form=True), self.ca_certs)
        except redis.RedisError:
            connected.close()
            raise
        return connected


class AsyncPinnedConnection(redis.asyncio.SSLConnection):
    """The asyncio face."""

    async def _connect(self) -> None:
        await super()._connect()  # type: ignore[no-untyped-call]
        assert self._writer is not None
        secured = self._writer.get_extra_info("ssl_object")
        try:
            refuse_others(secured.getpeercert(binary_form=True), self.ca_certs)
        except redis.RedisError:
            # Else the next try would take it for connected. Nothing is waited for: who that is may never say goodbye.
            self._writer.transport.abort()
            await self.disconnect()
            raise


def refuse_others(seen: bytes | None, trusted: str | None) -> None:
    """Return when the certificate is the one that was given with the invitation, or none was.

    Raises:
        redis.ConnectionError: it is another one.
    """
    if not trusted or Path(trusted).name != CERTIFICATE_FILE:
        return
    if seen != ssl.PEM_cert_to_DER_cert(Path(trusted).read_text("ascii")):
        raise redis.ConnectionError("CERTIFICATE_VERIFY_FAILED: another certificate than the one it was given")


def how(url: str) -> dict[str, Any]:
    """Return what a blocking client of the Redis at `url` is made with."""
    return {"connection_class": PinnedConnection} if url.startswith(TLS) else {}


def soon(client: redis.asyncio.Redis, url: str) -> redis.asyncio.Redis:
    """Return an asyncio client of the Redis at `url`, which its maker lets choose no connections by itself."""
    if url.startswith(TLS):
        client.connection_pool.connection_class = AsyncPinnedConnection
    return client
