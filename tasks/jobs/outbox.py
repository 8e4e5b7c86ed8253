"""A bot's outbox: outcomes to send, each handed out until it is recorded as sent. One stream per bot.

An entry is acknowledged and removed in the same call that ends its job, so what is in the stream is what is owed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from redis.exceptions import ResponseError

from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.jobs import JobState
from tasks.jobs import moves
from tasks.jobs.store import AsyncStore, translated
from tasks.jobs.values import Delivery

GROUP = "bot"
READ_AT_MOST = 16
BLOCK_MS = 2_000  # below the client's socket timeout
LEASE_MS = 30_000  # a send that takes longer than this is somebody else's to try
GRACE_MS = 5_000  # past its deadline a reply becomes a notice, after this much


class Outbox:
    """What one bot still has to say."""

    def __init__(self, store: AsyncStore, bot: str, lease_ms: int = LEASE_MS) -> None:
        self.store, self.bot, self.lease_ms = store, bot, lease_ms
        self.stream = store.key("outbox", bot)
        self._generation = 0

    @property
    def generation(self) -> int:
        """Which process of this bot this is, counted since the first; 0 until it is open."""
        return self._generation

    async def open(self) -> None:
        """Take over from whatever process was this bot before."""
        with translated():
            self._generation = await self.store.client.incr(self.store.key("bot", self.bot))
            try:
                await self.store.client.xgroup_create(self.stream, GROUP, id="0", mkstream=True)
            except ResponseError as exc:
                if "BUSYGROUP" not in str(exc):
                    raise

    async def deliveries(self) -> AsyncGenerator[tuple[str, Delivery], None]:
        """Yield (entry, outcome) for ever: first what an earlier process left unfinished, then what comes.

        Raises:
            AlreadyRunning: a newer process of this bot has taken over.
            StoreUnavailable: Redis did not answer, or has forgotten everything; opening again is safe.
        """
        after = "0"
        while True:
            entries = await self._read(after)
            if after != ">":
                after = entries[-1][0] if entries else ">"
            # All at once: on a long way to Redis, one after the other would be twenty a second.
            begun = await asyncio.gather(*(self._begin(entry, fields["job"]) for entry, fields in entries))
            for (entry, _fields), delivery in zip(entries, begun, strict=True):
                if delivery is not None:
                    yield entry, delivery

    async def sent(self, delivery: Delivery, chunk: str, message_id: str) -> bool:
        """Record that one chunk arrived as `message_id`; False when another process delivers now."""
        move = moves.sent(delivery.job, delivery.fence, chunk, message_id, self.lease_ms)
        return await self.store.run(move)

    async def delivered(self, entry: str, delivery: Delivery, flag: str = "") -> str:
        """Record that all of it arrived; `flag` says what was different about that, such as a dry run."""
        move = moves.deliver(delivery.job, delivery.fence, JobState.DELIVERED, flag, entry)
        return await self.store.run(move)

    async def undeliverable(self, entry: str, delivery: Delivery, why: str) -> str:
        """Record that the platform will never take it, and why."""
        move = moves.deliver(delivery.job, delivery.fence, JobState.UNDELIVERABLE, why, entry)
        return await self.store.run(move)

    async def _read(self, after: str) -> list[tuple[str, dict[str, str]]]:
        with translated():
            try:
                answer = await self.store.client.xreadgroup(
                    GROUP, self.bot, {self.stream: after}, count=READ_AT_MOST, block=BLOCK_MS
                )
            except ResponseError as exc:
                if "NOGROUP" not in str(exc):
                    raise
                raise StoreUnavailable(
                    f"Redis has forgotten the outbox of the bot {self.bot!r}",
                    next_step="open it again; what was to be sent is gone, unless it came back from a backup",
                ) from exc
        return [(entry, fields) for _stream, entries in _streams(answer) for entry, fields in entries if fields]

    async def _begin(self, entry: str, job: str) -> Delivery | None:
        begin = moves.begin_delivery(job, self.bot, self._generation, entry, lease_ms=self.lease_ms, grace_ms=GRACE_MS)
        return await self.store.run(begin)


def _streams(answer: object) -> list[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Return streams and entries alike from RESP2's list and RESP3's mapping."""
    if isinstance(answer, dict):
        return [(stream, batch) for stream, batches in answer.items() for batch in batches]
    return list(answer) if isinstance(answer, list) else []
