"""What a message stands under: the replies that lead to it, the oldest first."""

from __future__ import annotations

import discord

from bots.discord.hearing import quoted_of, replied_to
from bots.platform import Quoted

DEPTH = 25
PAGE = 100  # one look into the history brings what would else be as many requests


async def chain_of(message: discord.Message, me: int, depth: int = DEPTH) -> tuple[Quoted, ...]:
    """Return the messages above one, as far as they are still there; what cannot be read ends it."""
    found: list[Quoted] = []
    known: dict[int, discord.Message] = {}
    above = await _above(message, known)
    while above is not None and len(found) < depth:
        found.append(quoted_of(above, me))
        above = await _above(above, known)
    return tuple(reversed(found))


async def _above(message: discord.Message, known: dict[int, discord.Message]) -> discord.Message | None:
    if message.reference is None or message.reference.message_id is None:
        return None
    key = message.reference.message_id
    there = replied_to(message) or known.get(key)
    if there is not None:
        return there
    try:
        if not known:
            async for one in message.channel.history(before=message, limit=PAGE):
                known[one.id] = one
        return known.get(key) or await message.channel.fetch_message(key)
    except discord.HTTPException:
        return None
