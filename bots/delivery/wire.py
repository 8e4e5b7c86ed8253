"""Hears what becomes of all jobs of one bot, over one connection, however many there are."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tasks.jobs.store import AsyncStore, translated

SILENCE_S = 1.0
SUBSCRIBED = ("", "")


def ear_of(bot: str) -> str:
    """Return the name of the ear that a bot's jobs are submitted with: the same in every process of the bot."""
    return f"postman.{bot}"


async def wire(store: AsyncStore, bot: str) -> AsyncGenerator[tuple[str, str], None]:
    """Yield (job, what was said of it) for ever; `SUBSCRIBED` first, and whenever something may have been missed.

    Raises StoreUnavailable when the connection is lost.
    """
    channel = store.key("watch", ear_of(bot))
    pubsub = store.client.pubsub()
    try:
        with translated():
            await pubsub.subscribe(channel)
            while True:
                heard = await pubsub.get_message(timeout=SILENCE_S)
                if heard is None:
                    continue
                if heard["type"] == "subscribe":
                    yield SUBSCRIBED
                elif heard["type"] == "message":
                    job, _, told = heard["data"].partition("\n")
                    yield job, told
    finally:
        await pubsub.aclose()
