"""Which adapters the engines of a host should have, by what is served and by what the fleet file says. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from tasks.contracts.canary import Served
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.learning import adapter_name
from tasks.contracts.personas import AUTO, Persona


@dataclass(frozen=True, slots=True)
class Adapter:
    """One version of what a persona has learned."""

    persona: str
    version: str
    spare: bool = field(default=False, compare=False)
    """Nobody is answered with it now; a rollback goes back to it."""

    @property
    def name(self) -> str:
        """What it is called wherever it answers."""
        return adapter_name(self.persona, self.version)


def learners(fleet: Fleet) -> frozenset[str]:
    """Return the personas that answer with what they learned; one that is told to learn nothing answers as its base."""
    return frozenset(persona.name for persona in _learning(fleet))


def wanted(
    served: Mapping[str, Served], fleet: Fleet, models: Collection[str], host: Host | None = None
) -> dict[str, tuple[Adapter, ...]]:
    """Return the adapters of each of these models, by its name; those first that matter most. A model may have none.

    What a rollback goes back to is among them, so that it needs no engine to be told of it. Of a persona that is never
    answered by `host` there is none: an adapter may repeat what it learned from.
    """
    own = [persona for persona in _learning(fleet) if host is None or _may_answer(persona, host)]
    found: dict[str, tuple[Adapter, ...]] = {}
    for model in models:
        riders = [persona for persona in own if persona.model == model and persona.name in served]
        found[model] = tuple(dict.fromkeys(_by_rank(riders, served)))
    return found


def _by_rank(riders: Collection[Persona], served: Mapping[str, Served]) -> Iterator[Adapter]:
    for rank in ("current", "canary", "previous"):
        for persona in riders:
            if version := getattr(served[persona.name], rank):
                yield Adapter(persona.name, version, spare=rank == "previous")


def _may_answer(persona: Persona, host: Host) -> bool:
    fits = set(persona.labels) <= set(host.labels)
    return fits and (not host.cloud or (persona.allow_cloud and not persona.private))


def _learning(fleet: Fleet) -> Iterator[Persona]:
    return (each for each in fleet.personas if each.enabled and each.learns != "nothing" and each.model != AUTO)
