"""A memory as a store keeps it beside its vectors: flat, in JSON's own values, with the version of its form. Pure.

A new version adds its number, and a function that makes its form of the one before; `migration` brings stores up to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from tasks.memory.values import Kind, Memory, Role, Tier, Trust

_NAMES = tuple(field.name for field in fields(Memory))
_KINDS = {"tier": Tier, "kind": Kind, "role": Role, "trust": Trust}
_MANY = frozenset({"sources", "tags", "dependencies"})
_TEXTS = ("text", "around", "name", "context", "metadata")
_RARE = ("context", "metadata")  # they never change, and are left out where they are empty
#: What memories are looked for by, and of which sort each is.
KEYWORDS = (
    *("persona", "user", "author", "channel", "session", "tier", "kind", "category", "tags", "status"),
    *("superseded_by", "digest", "source"),
)
FLAGS, NUMBERS, FRACTIONS = ("direct", "pinned"), ("at_ms", "version"), ("importance",)
YES, NO = "yes", "no"  # words, as not every store compares truth values
TENANT = "tenant"


def payload_of(memory: Memory) -> dict[str, Any]:
    """Return what is kept of a memory."""
    told: dict[str, Any] = {name: getattr(memory, name) for name in _NAMES}
    told |= {name: _sound(told[name]) for name in _TEXTS}
    told |= {name: told[name].value for name in _KINDS} | {name: list(told[name]) for name in _MANY}
    told |= {name: YES if told[name] else NO for name in FLAGS}
    told = {name: value for name, value in told.items() if value or name not in _RARE}
    if memory.kind is not Kind.TASK:
        del told["ended_ms"]
    return told | {"digest": memory.digest, VERSIONED: VERSION}


def memory_of(payload: Mapping[str, Any]) -> Memory:
    """Return the memory that was kept, by this version or by an older one."""
    payload = upgraded(payload)
    told = {name: payload[name] for name in _NAMES if name in payload}
    told |= {name: kind(told[name]) for name, kind in _KINDS.items() if name in told}
    told |= {name: tuple(told[name]) for name in _MANY if name in told}
    told |= {name: told[name] == YES for name in FLAGS if name in told}
    return Memory(**told)


def upgraded(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was kept as this version keeps it."""
    for version in range(int(payload.get(VERSIONED, 1)), VERSION):
        payload = UPGRADES[version](payload) | {VERSIONED: version + 1}
    return payload


def _numbered(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first form with what it says of its version, which it did not."""
    return dict(payload)


#: What makes the next version's form of each version's.
UPGRADES: dict[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: _numbered}
VERSIONED, VERSION = "version", 1 + len(UPGRADES)


def _sound(text: str) -> str:
    """Return a text that is UTF-8: half a character of a pair is none, and no store takes it."""
    return text.encode("utf-8", "replace").decode("utf-8")
