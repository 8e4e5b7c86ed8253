"""Which memories may be seen and are wanted, as conditions that every store understands. Pure.

Every condition goes into the query itself: what somebody may not see is never even compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasks.memory.stores import payload
from tasks.memory.values import Kind, Scope, Wanted, Whole

SAID = tuple(kind.value for kind in Kind if kind is not Kind.FACT)
"""What everybody of a channel may be told of; what somebody wanted remembered is told to them alone."""


@dataclass(frozen=True)
class Is:
    """A field has one of these values; a field of several has one of them among its own."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Within:
    """A number is at least `least` and below `below`; None is no bound."""

    field: str
    least: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Named:
    """It is one of these memories."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class All:
    """Every one of these holds."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Some:
    """At least one of these holds."""

    of: tuple[Condition, ...]


Condition = Is | Within | Named | All | Some


def conditions(whose: Scope | Whole, wanted: Wanted, ids: tuple[str, ...] | None = None) -> All:
    """Return what a memory must be to be found: seen by `whose`, wanted, and one of `ids` where there are any."""
    named = () if ids is None else (Named(ids),)
    return All((*_visible(whose), *_wanted(wanted), *named))


def of_version(least: int, below: int | None = None) -> All:
    """Return what a memory must be to have a form of these versions; the first one had no number."""
    return All((Within(payload.VERSIONED, least, below),))


def _visible(whose: Scope | Whole) -> Iterator[Condition]:
    if whose.tenant:
        yield Is("tenant", (whose.tenant,))
    if isinstance(whose, Whole):
        return
    if whose.persona:
        yield Is("persona", (whose.persona, ""))
    if whose.direct:
        yield Is("user", (whose.user,))
        return
    yield Is("direct", (payload.NO,))
    own = All((Is("user", (whose.user,)), Is("kind", (Kind.FACT.value,)))) if whose.user else None
    here = All((Is("channel", (whose.channel,)), Is("kind", SAID))) if whose.channel else None
    yield Some(tuple(one for one in (here, own) if one is not None))


def _wanted(wanted: Wanted) -> Iterator[Condition]:
    named = {
        "tier": [tier.value for tier in wanted.tiers],
        "kind": [kind.value for kind in wanted.kinds],
        "author": wanted.authors,
        "user": wanted.users,
        "channel": wanted.channels,
        "category": wanted.categories,
        "status": wanted.statuses,
    }
    for name, values in named.items():
        if values:
            yield Is(name, tuple(sorted(values)))
    yield from (Is("tags", (tag,)) for tag in sorted(wanted.tags))
    if wanted.when.from_ms is not None or wanted.when.to_ms is not None:
        yield Within("at_ms", wanted.when.from_ms, wanted.when.to_ms)
    if wanted.least_importance > 0:
        yield Within("importance", wanted.least_importance)
    if not wanted.superseded:
        yield Is("superseded_by", ("",))
