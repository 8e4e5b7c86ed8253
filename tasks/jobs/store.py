"""The ledger on Redis, twice: `Store` blocks, `AsyncStore` awaits. Both run the same moves and raise our errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import redis
import redis.asyncio
from redis.exceptions import (
    BusyLoadingError,
    NoScriptError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from tasks.contracts.errors import RookeryError, StoreFull, StoreUnavailable
from tasks.contracts.redisurl import is_socket
from tasks.jobs import bell, pinned
from tasks.jobs.scripts import Script, script
from tasks.jobs.values import MS, Move

T = TypeVar("T")
SOCKET_TIMEOUT_S = 5.0  # a hung Redis must not hang a bot
CONNECT_TIMEOUT_S = 3.0
HEALTH_CHECK_S = 15
WATCHERS = 2_000  # each holds one connection while it follows a job
FULL_MARKS = ("MISCONF", "OOM", "NOREPLICAS", "No space")  # what Redis says when it cannot write
CONNECTION: dict[str, Any] = {
    "decode_responses": True,
    "socket_timeout": SOCKET_TIMEOUT_S,
    "socket_connect_timeout": CONNECT_TIMEOUT_S,
    "health_check_interval": HEALTH_CHECK_S,
    "driver_info": None,  # nobody asks Redis for it, and each connection would read it from the disk anew
}


def connection(url: str) -> dict[str, Any]:
    """Return how the Redis at `url` is connected to."""
    return CONNECTION if is_socket(url) else {**CONNECTION, "socket_keepalive": True}  # a socket knows who is gone


class Keys:
    """The names of what the ledger keeps in Redis, below one namespace."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace

    def __call__(self, *parts: str) -> str:
        """Return the key of these parts.

        >>> Keys("rookery")("job", "x")
        'rookery:job:x'
        """
        return ":".join((self.namespace, *parts))


class Store:
    """The blocking face, for workers, tasks and the command."""

    def __init__(self, client: redis.Redis, namespace: str = "rookery") -> None:
        self.client: Any = client  # redis-py's annotations allow bytes everywhere; ours decodes
        self.key = Keys(namespace)

    @classmethod
    def open(cls, url: str, namespace: str = "rookery") -> Self:
        """Return a store on the Redis at `url`; nothing is sent yet."""
        return cls(redis.Redis.from_url(url, **connection(url), **pinned.how(url)), namespace)

    def run(self, move: Move[T]) -> T:
        """Make one move and return what it says.

        Raises:
            StoreUnavailable: Redis did not answer; the move may or may not have been made.
            StoreFull: Redis has no room; the move was not made.
        """
        chosen = script(move.script)
        with translated():
            answer = self._eval(chosen, arguments(self.key.namespace, move))
        return move.read(answer)

    def _eval(self, chosen: Script, args: tuple[Any, ...]) -> Any:
        try:
            return self.client.execute_command("EVALSHA", chosen.sha, 0, *args)
        except NoScriptError:
            return self.client.execute_command("EVAL", chosen.source, 0, *args)

    def now_ms(self) -> int:
        """Return what time it is by the clock of Redis, which is everybody's; raises as `run` does."""
        with translated():
            seconds, micros = self.client.time()
        return int(seconds) * MS + int(micros) // MS

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()


class AsyncStore:
    """The asyncio face, for bots and the web: nothing here blocks the event loop."""

    def __init__(
        self, client: redis.asyncio.Redis, namespace: str = "rookery", listening: redis.asyncio.Redis | None = None
    ) -> None:
        self.client: Any = client
        self.listening: Any = listening or client
        """For those who listen, each on a connection of its own for as long as they do."""
        self.key = Keys(namespace)

    @classmethod
    def open(cls, url: str, namespace: str = "rookery", *, sockets: int = 0) -> Self:
        """Return a store on the Redis at `url`; nothing is sent yet.

        With `sockets` it has so many connections at most besides those of who listens, and a move waits for one that
        is free.
        """
        many = pinned.soon(redis.asyncio.Redis.from_url(url, max_connections=WATCHERS, **connection(url)), url)
        if not sockets:
            return cls(many, namespace)
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url, max_connections=sockets, timeout=SOCKET_TIMEOUT_S, **connection(url)
        )
        return cls(pinned.soon(redis.asyncio.Redis.from_pool(pool), url), namespace, many)

    async def run(self, move: Move[T]) -> T:
        """Make one move and return what it says; raises as `Store.run` does."""
        chosen = script(move.script)
        with translated():
            answer = await self._eval(chosen, arguments(self.key.namespace, move))
        return move.read(answer)

    async def _eval(self, chosen: Script, args: tuple[Any, ...]) -> Any:
        try:
            return await self.client.execute_command("EVALSHA", chosen.sha, 0, *args)
        except NoScriptError:
            return await self.client.execute_command("EVAL", chosen.source, 0, *args)

    async def close(self) -> None:
        """Give the connections back."""
        await self.client.aclose()
        await self.listening.aclose()


def arguments(namespace: str, move: Move[Any]) -> tuple[Any, ...]:
    """Return what a script gets: namespace, the bell where it may ring, and the move's own."""
    return (namespace, bell.template() if move.rings else "", *move.args)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what redis-py raises into this project's errors."""
    try:
        yield
    except RedisError as exc:
        raise translate(exc) from exc


def translate(exc: RedisError) -> RookeryError:
    """Return our error for one of redis-py's."""
    text = str(exc)
    if isinstance(exc, OutOfMemoryError) or any(mark in text for mark in FULL_MARKS):
        return StoreFull(
            f"Redis has no room left: {text}",
            next_step="free disk or memory on its machine, or raise `maxmemory`; nothing was accepted meanwhile",
        )
    if isinstance(exc, (RedisConnectionError, RedisTimeoutError, BusyLoadingError)):
        return StoreUnavailable(
            f"Redis did not answer: {text}", next_step="`rookery up` starts one; REDIS_URL names another"
        )
    if isinstance(exc, ResponseError):
        return RookeryError(f"Redis refused a move of the ledger: {text}", next_step="check its version: 6.2 or newer")
    return StoreUnavailable(f"Redis failed: {text}")
