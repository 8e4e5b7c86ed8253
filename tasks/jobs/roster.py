"""The state of personas: who takes no messages just now and why, who spoke when, whose turn it is. It is kept in Redis.

What a persona is stands in files; this is what happens to it, so it holds for all processes at once and outlives them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.contracts.errors import PersonaAway
from tasks.contracts.personas import Persona
from tasks.jobs import record
from tasks.jobs.values import Move

MAX_WHY_CHARS = 500
BY_FILE = "its settings say enabled = false"


@dataclass(frozen=True, slots=True)
class PersonaState:
    """What is known of one persona."""

    disabled: bool = False
    why: str = ""
    by: str = ""
    at_ms: int = 0
    """When it was disabled."""
    last_spoke_ms: int = 0
    """0: never."""
    spoken: int = 0
    """How many of its answers there were."""


UNTOUCHED = PersonaState()


def disable(persona: str, why: str, who: str) -> Move[bool]:
    """Let a persona take no more messages, for everybody to read why; False: so it was before, and has this why now."""
    return Move("persona", ("off", persona, why[:MAX_WHY_CHARS], who), bool, rings=False)


def enable(persona: str) -> Move[bool]:
    """Let a persona take messages again; False: it did."""
    return Move("persona", ("on", persona), bool, rings=False)


def spoke(persona: str, job: str) -> Move[bool]:
    """Note that a persona has answered; False: that was noted before, or the ledger does not know the job."""
    return Move("persona", ("spoke", persona, job), bool, rings=False)


def turn(group: str) -> Move[int]:
    """Return the next number of a group in which personas take turns: 0, 1, 2 and so on, no number twice."""
    return Move("persona", ("turn", group), int, rings=False)


def state() -> Move[dict[str, PersonaState]]:
    """Read what is known of all personas; of whom nothing is, there is no entry."""
    return Move("personas", ("0",), _states, rings=False)


def disabled() -> Move[dict[str, PersonaState]]:
    """Read the same of those alone that are disabled."""
    return Move("personas", ("1",), _states, rings=False)


def why_away(persona: Persona, states: Mapping[str, PersonaState]) -> str:
    """Return why a persona takes no messages; empty: it does."""
    if not persona.enabled:
        return BY_FILE
    known = states.get(persona.name, UNTOUCHED)
    return (known.why or "no reason was given") if known.disabled else ""


def present(personas: Iterable[Persona], states: Mapping[str, PersonaState]) -> tuple[Persona, ...]:
    """Return those who take messages, in their order."""
    return tuple(persona for persona in personas if not why_away(persona, states))


def refuse_away(persona: Persona, states: Mapping[str, PersonaState]) -> None:
    """Return when a persona takes messages. Raises PersonaAway."""
    if why := why_away(persona, states):
        step = "set it to true" if why == BY_FILE else f"`rookery persona enable {persona.name!r}` brings it back"
        raise PersonaAway(f"{persona.name} takes no messages just now: {why}", next_step=step)


def _states(answer: list[Any]) -> dict[str, PersonaState]:
    off, spoke_ms, spoken = (record.paired(flat) for flat in answer)
    return {name: _state(off.get(name), spoke_ms.get(name, "0"), spoken.get(name, "0")) for name in {**spoken, **off}}


def _state(off: str | None, spoke_ms: str, spoken: str) -> PersonaState:
    said: dict[str, Any] = json.loads(off) if off else {"why": "", "who": "", "at_ms": 0}
    return PersonaState(
        disabled=off is not None,
        why=said["why"],
        by=said["who"],
        at_ms=int(said["at_ms"]),
        last_spoke_ms=int(spoke_ms),
        spoken=int(spoken),
    )
