"""What a message stands under: the replies that lead to it, the oldest first."""

from __future__ import annotations

import logging

import discord

from bots.discord.failures import translated
from bots.discord.hearing import quoted_of, replied_to
from bots.platform import Quoted
from tasks.contracts.errors import PlatformRefused, PlatformUnavailable

DEPTH = 25
WITHIN_S = 5.0  # whoever asks waits for it
PAGE = 100  # one look into the history brings what would else be as many requests
logger = logging.getLogger(__name__)


async def chain_of(message: discord.Message, me: int, depth: int = DEPTH) -> tuple[Quoted, ...]:
    """Return the messages above one, as far as they are still there; what cannot be read ends it."""
    found: list[Quoted] = []
    try:
        async with translated(WITHIN_S):
            await _climb(message, me, depth, found)
    except (PlatformRefused, PlatformUnavailable) as exc:
        logger.info("context not read", extra={"bot_message": message.id, "error": str(exc)})
    return tuple(reversed(found))


async def _climb(message: discord.Message, me: int, depth: int, found: list[Quoted]) -> None:
    known: dict[int, discord.Message] = {}
    above = await _above(message, known)
    while above is not None and len(found) < depth:
        found.append(quoted_of(above, me))
        above = await _above(above, known)


async def _above(message: discord.Message, known: dict[int, discord.Message]) -> discord.Message | None:
    if message.reference is None or message.reference.message_id is None:
        return None
    key = message.reference.message_id
    there = replied_to(message) or known.get(key)
    if there is not None:
        return there
    if not known:
        async for one in message.channel.history(before=message, limit=PAGE):
            known[one.id] = one
    return known.get(key) or await message.channel.fetch_message(key)
