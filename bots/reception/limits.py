"""How much one may ask: what a message counts against, and the words for who has to wait. Pure."""

from __future__ import annotations

import math

from bots.platform import Heard
from tasks.contracts.fleet import Fleet, Persona
from tasks.jobs.quotas import Admission, Charge

MS = 1000
MINUTE_S, HOUR_S = 60, 3600
SOON_S = 90
USER, CHANNEL, PERSONA, ALL = "user", "channel", "persona", "all"


def user_of(heard: Heard) -> str:
    """Return how the ledger knows a person: by the platform's number."""
    return f"{heard.platform}:{heard.user}"


def channel_of(heard: Heard) -> str:
    """Return how the ledger knows a channel: a thread counts as its channel."""
    return f"{heard.platform}:{heard.parent or heard.place.chat}"


def charges(heard: Heard, persona: Persona, fleet: Fleet) -> tuple[Charge, ...]:
    """Return what a message to a persona counts against, without what has no bound."""
    limits = fleet.limits
    own = (
        persona.per_minute or limits.persona_minute,
        persona.per_hour or limits.persona_hour,
        persona.per_day or limits.persona_day,
    )
    all_of_them = (
        Charge(f"{USER}:{user_of(heard)}", limits.user_minute, limits.user_hour, limits.user_day),
        Charge(f"{CHANNEL}:{channel_of(heard)}", limits.channel_minute, limits.channel_hour, limits.channel_day),
        Charge(f"{PERSONA}:{persona.name}", *own),
        Charge(ALL, limits.all_minute, limits.all_hour, limits.all_day),
    )
    return tuple(charge for charge in all_of_them if any((charge.minute, charge.hour, charge.day)))


def refusal(admission: Admission, charged: tuple[Charge, ...]) -> str:
    """Return what a person is told whose message is one too many: which quota, and when it goes on."""
    most = next((getattr(charge, admission.period, 0) for charge in charged if charge.scope == admission.scope), 0)
    kind, _, name = admission.scope.partition(":")
    whose = {
        USER: "You have had your",
        CHANNEL: "This channel has had its",
        PERSONA: f"{name} has given all of its",
        ALL: "I have given all of my",
    }.get(kind, "That was all of the")
    return f"{whose} {most} answers of this {admission.period}. Please ask again in {soon(admission.next_ms)}."


def left(admission: Admission) -> str:
    """Return how much is left to somebody, in words."""
    if admission.remaining is None:
        return "You may ask as much as you like."
    if admission.ok:
        return f"You may ask {admission.remaining} more this {admission.period}."
    return f"You may ask again in {soon(admission.next_ms)}."


def soon(ms: int) -> str:
    """Return a time to wait, as people say it and never too short.

    >>> soon(1), soon(61_000), soon(600_000), soon(7_200_001)
    ('1 s', '61 s', '10 min', '3 h')
    """
    seconds = max(1, math.ceil(ms / MS))
    if seconds < SOON_S:
        return f"{seconds} s"
    if seconds < 2 * HOUR_S:
        return f"{math.ceil(seconds / MINUTE_S)} min"
    return f"{math.ceil(seconds / HOUR_S)} h"
