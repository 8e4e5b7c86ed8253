"""Which messages a persona may read. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bots.folding import tokens
from bots.platform import Heard
from tasks.contracts.personas import Persona


def to(messages: Sequence[Heard], persona: Persona) -> tuple[Heard, ...]:
    """Return those of the messages that a persona may read, in their order.

    They were said where it may speak, and nobody meant another persona by a command: what was said to that one is
    between the two, and must not ride along in this one's prompt.
    """
    return tuple(heard for heard in messages if sees(heard, persona))


def sees(heard: Heard, persona: Persona) -> bool:
    """Return whether a persona may read a message."""
    return persona.may_speak_in(heard.bot, heard.place.chat, heard.parent) and is_open_to(heard, persona)


def is_open_to(heard: Heard, persona: Persona) -> bool:
    """Return whether a message was meant for everybody, or for this persona."""
    return not heard.persona or any(same(heard.persona, name) for name in (persona.name, *persona.aliases))


def same(one: str, other: str) -> bool:
    """Return whether two names are the same but for case, accents and width.

    >>> same("ZOË", "zoe"), same("Ada", "Adam")
    (True, False)
    """
    return one == other or plain(one) == plain(other)


def plain(name: str) -> str:
    """Return a name as it is compared."""
    return " ".join(token.text for token in tokens(name))
