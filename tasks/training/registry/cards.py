"""The adapters of a persona in short: what lists, pages and comparisons are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tasks.contracts.canary import Served
from tasks.contracts.errors import AdapterDamaged, UnknownThing
from tasks.contracts.learned import MOST_WORDS_CHARS, AdapterCard
from tasks.contracts.learning import adapter_name
from tasks.contracts.shortening import shortened
from tasks.training.abilities import Registry
from tasks.training.registry import lineage
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.lineage import Flag
from tasks.training.registry.manifest import Manifest

PERPLEXITY = "perplexity"
_MOVES = frozenset({Kind.CANARY, Kind.PROMOTED, Kind.DEMOTED, Kind.ROLLED_BACK})
_OUT = frozenset({Kind.DEMOTED, Kind.ROLLED_BACK})


class Liking(NamedTuple):
    """How people took to an adapter."""

    replies: int = 0
    score: float | None = None
    """From 1 to 5; None: too few of them said so."""


@dataclass(frozen=True)
class Card:
    """One version, as far as its manifest can be read."""

    persona: str
    version: str
    manifest: Manifest | None
    """None: it is damaged, and `problem` says how."""
    problem: str
    served: Served
    history: tuple[Event, ...]
    """What happened to this version."""
    flag: Flag | None
    """What it has learned of and may not know; None: nothing."""

    @property
    def now(self) -> str:
        """What it does at this moment; empty: nothing."""
        if self.version == self.served.current:
            return "answers"
        if self.version == self.served.canary:
            rated = ", unrated" if self.served.unrated else ""
            return f"canary for {self.served.share:.0%}{rated}"
        return "before" if self.version == self.served.previous else ""

    @property
    def promoted_ms(self) -> int:
        """When it first answered everybody; 0: never."""
        return min((event.at_ms for event in self.history if event.kind is Kind.PROMOTED), default=0)

    @property
    def out(self) -> Event | None:
        """What took it out of service; None: it never was in service, or is so again, or others took its place."""
        if self.version in (self.served.current, self.served.canary):
            return None
        last = next((event for event in reversed(self.history) if event.kind in _MOVES), None)
        return last if last and last.kind in _OUT else None

    def public(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "persona": self.persona,
            "version": self.version,
            "now": self.now,
            "promoted_ms": self.promoted_ms,
            "flagged": len(self.flag.samples) if self.flag else 0,
            "withdrawn": len(self.flag.withdrawn) if self.flag else 0,
            "problem": self.problem,
            "manifest": self.manifest.model_dump(mode="json") if self.manifest else None,
            "history": [event.model_dump(mode="json") for event in self.history],
        }


def cards(registry: Registry, persona: str) -> tuple[Card, ...]:
    """Return every version of a persona, the newest first; those that cannot be read come last."""
    served, history, flags = registry.served(persona), registry.history(persona), lineage.flags(registry, persona)
    found = [_card(registry, persona, name, served, history, flags) for name in registry.versions(persona)]
    return tuple(sorted(found, key=_age, reverse=True))


def card(registry: Registry, persona: str, version: str) -> Card:
    """Return one version.

    Raises:
        UnknownThing: there is none.
    """
    found = {one.version: one for one in cards(registry, persona)}
    if version not in found:
        raise UnknownThing(f"there is no adapter {persona}@{version}", next_step="`rookery train list` names all")
    return found[version]


def shown(found: Iterable[Card], likings: Mapping[str, Liking]) -> tuple[AdapterCard, ...]:
    """Return cards as the page shows them; `likings` are by the names under which adapters answer."""
    return tuple(_shown(one, likings.get(adapter_name(one.persona, one.version), Liking())) for one in found)


def told_before(persona: str, told: Iterable[AdapterCard]) -> dict[str, Liking]:
    """Return what was told last of how people took to the adapters of a persona."""
    return {adapter_name(persona, one.version): Liking(one.replies, one.score) for one in told}


def _card(
    registry: Registry,
    persona: str,
    version: str,
    served: Served,
    history: Sequence[Event],
    flags: dict[str, Flag],
) -> Card:
    about, problem = None, ""
    try:
        about = registry.manifest(persona, version)
    except (AdapterDamaged, UnknownThing) as exc:
        problem = exc.message
    of = tuple(event for event in history if event.version == version)
    return Card(persona, version, about, problem, served, of, flags.get(version))


def _age(one: Card) -> tuple[int, str]:
    return (one.manifest.origin.created_ms if one.manifest else 0, one.version)


def _shown(one: Card, liking: Liking) -> AdapterCard:
    origin = one.manifest.origin if one.manifest else None
    metrics = {metric.name: metric.candidate for metric in origin.metrics} if origin else {}
    return AdapterCard(
        version=one.version,
        created_ms=origin.created_ms if origin else 0,
        parents=origin.parents if origin else (),
        run=origin.run if origin else "",
        by=origin.by if origin else "",
        promoted_ms=one.promoted_ms,
        flagged=one.problem or (one.flag.words if one.flag else ""),
        perplexity=metrics.get(PERPLEXITY),
        score=liking.score,
        replies=liking.replies,
        out=one.out.kind.value if one.out else "",
        out_ms=one.out.at_ms if one.out else 0,
        out_words=shortened(one.out.words, MOST_WORDS_CHARS) if one.out else "",
    )
