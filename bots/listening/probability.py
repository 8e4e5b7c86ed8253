"""How likely a persona should answer. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from bots.folding import tokens
from bots.listening.context import ConversationContext, Tempo
from bots.listening.triggers import Kind, Trigger
from bots.listening.visible import is_open_to, same
from bots.platform import Heard
from tasks.contracts.personas import Persona

BUSY_FACTOR = 0.5  # of joining in where many talk already
ASKED = frozenset({Kind.MENTION, Kind.REPLY})


def of(
    context: ConversationContext,
    heard: Heard,
    persona: Persona,
    fired: Sequence[Trigger] = (),
    chance: float = 0.0,
) -> float:
    """Return a probability: 1 where the persona or the bot is meant, 0 for its own words.

    Between the two it is the chance of what was triggered, and of joining in unasked: the persona's own or else
    `chance` (`casting.chance`). Questions and topics that it likes are joined in on more readily, busy talks less.
    `context` is that of the conversation with `heard` as its last message.
    """
    if is_own(heard, persona):
        return 0.0
    if is_meant(heard, persona) or any(trigger.kind in ASKED for trigger in fired):
        return 1.0
    silent = math.prod(1.0 - trigger.chance for trigger in fired) * (1.0 - _unasked(context, persona, chance))
    return min(1.0, max(0.0, 1.0 - silent))


def is_own(heard: Heard, persona: Persona) -> bool:
    """Return whether a persona said this itself."""
    return heard.from_bot and same(heard.author, persona.name)


def is_meant(heard: Heard, persona: Persona) -> bool:
    """Return whether the platform says that this is for the bot, and no other persona was named by a command."""
    by_name = bool(heard.persona) and is_open_to(heard, persona)
    return by_name or (not heard.persona and (heard.mentioned or heard.direct or heard.replied_to_us))


def unasked_chance(persona: Persona, chance: float) -> float:
    """Return the chance of joining in that a persona starts from."""
    return chance if persona.chance is None else persona.chance


def _unasked(context: ConversationContext, persona: Persona, chance: float) -> float:
    base = unasked_chance(persona, chance) * (BUSY_FACTOR if context.tempo is Tempo.BUSY else 1.0)
    reasons = 1 + context.question + _likes(persona, context.topics)
    return float(1.0 - (1.0 - base) ** reasons)


def _likes(persona: Persona, topics: Sequence[str]) -> bool:
    return bool(persona.topics and topics and not _folded(persona.topics).isdisjoint(_folded(tuple(topics))))


@lru_cache(maxsize=4096)
def _folded(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(" ".join(token.text for token in tokens(text)) for text in texts)
