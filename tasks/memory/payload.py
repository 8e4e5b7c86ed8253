"""A memory as a store keeps it beside its vectors: flat, in JSON's own values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tasks.memory.values import Kind, Memory, Role, Tier, Trust

_NAMES = tuple(field.name for field in fields(Memory))
_KINDS = {"tier": Tier, "kind": Kind, "role": Role, "trust": Trust}
_MANY = frozenset({"sources", "tags", "dependencies"})
_TEXTS = ("text", "around", "name")
#: What memories are looked for by, and of which sort each is.
KEYWORDS = (
    *("persona", "user", "author", "channel", "session", "tier", "kind", "category", "tags", "status"),
    *("superseded_by", "digest", "source"),
)
FLAGS, NUMBERS, FRACTIONS = ("direct", "pinned"), ("at_ms",), ("importance",)
YES, NO = "yes", "no"  # words, as not every store compares truth values
TENANT = "tenant"


def payload_of(memory: Memory) -> dict[str, Any]:
    """Return what is kept of a memory."""
    told: dict[str, Any] = {name: getattr(memory, name) for name in _NAMES}
    told |= {name: _sound(told[name]) for name in _TEXTS}
    told |= {name: told[name].value for name in _KINDS} | {name: list(told[name]) for name in _MANY}
    told |= {name: YES if told[name] else NO for name in FLAGS}
    return told | {"digest": memory.digest}


def memory_of(payload: Mapping[str, Any]) -> Memory:
    """Return the memory that was kept; what an older version did not know is as it usually is."""
    told = {name: payload[name] for name in _NAMES if name in payload}
    told |= {name: kind(told[name]) for name, kind in _KINDS.items() if name in told}
    told |= {name: tuple(told[name]) for name in _MANY if name in told}
    told |= {name: told[name] == YES for name in FLAGS if name in told}
    return Memory(**told)


def _sound(text: str) -> str:
    """Return a text that is UTF-8: half a character of a pair is none, and no store takes it."""
    return text.encode("utf-8", "replace").decode("utf-8")
