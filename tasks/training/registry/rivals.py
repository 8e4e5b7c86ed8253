"""What a new adapter is compared with: what is served, as far as that rides on the same base."""

from __future__ import annotations

from tasks.contracts.canary import BASE
from tasks.training.abilities import Registry
from tasks.training.registry import lineage


def rival(registry: Registry, persona: str, model: str, base: str) -> str:
    """Return the version that an adapter for this model and base has to be better than; empty: the base alone.

    What was trained on another model answers nobody since the persona has this one, and could not even be loaded. What
    knows what it may not is no measure either: who learned less is not to be refused for that.

    Raises:
        AdapterDamaged, UnknownThing: what is served is not what was published.
    """
    served = registry.current(persona)
    if served == BASE or lineage.begins_afresh(registry, persona):
        return BASE
    of = registry.manifest(persona, served).origin
    return served if of.model == model and of.base in ("", base) else BASE
