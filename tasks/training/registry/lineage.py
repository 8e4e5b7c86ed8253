"""What adapters have learned of, so that whoever forgets something finds those that know it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field, ValidationError

from tasks.contracts.canary import Version
from tasks.contracts.errors import AdapterDamaged
from tasks.contracts.messages import Value
from tasks.training.abilities import Registry
from tasks.training.registry import events, layout
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.manifest import Manifest


@dataclass(frozen=True)
class Trace:
    """A version that has learned of something."""

    persona: str
    version: str
    samples: tuple[str, ...]
    """The ids of the samples that it learned it from."""


class Flag(Value):
    """Says of a version that it has learned of what was forgotten."""

    version: Version
    at_ms: int = Field(ge=0)
    samples: tuple[str, ...]
    """By their ids: no later run may learn from them."""


def made_of(registry: Registry, jobs: Collection[str]) -> tuple[Trace, ...]:
    """Return every version that was trained on one of these jobs or samples, as far as its manifest can be read."""
    wanted = frozenset(jobs)
    found = []
    for persona in registry.personas():
        for about in _manifests(registry, persona):
            samples = samples_of(about.origin.samples, wanted)
            if samples:
                found.append(Trace(persona, about.version, samples))
    return tuple(found)


def samples_of(samples: Mapping[str, Sequence[str]], jobs: frozenset[str]) -> tuple[str, ...]:
    """Return the ids of the samples that were made of one of these jobs, or are named among them.

    >>> samples_of({"a": ("job-1", "job-2"), "b": ("job-3",)}, frozenset({"job-2"}))
    ('a',)
    """
    return tuple(sorted(sample for sample, made in samples.items() if not jobs.isdisjoint((sample, *made))))


def flag(registry: Registry, trace: Trace, at_ms: int) -> bool:
    """Flag a version; False: it was flagged for all of this before. What it was flagged for earlier stays."""
    path = f"{layout.flags(trace.persona)}/{trace.version}.json"
    before = set(flags(registry, trace.persona).get(trace.version, ()))
    if before.issuperset(trace.samples):
        return False
    samples = tuple(sorted(before.union(trace.samples)))
    told = Flag(version=trace.version, at_ms=at_ms, samples=samples)
    registry.shelf.write(path, told.model_dump_json(indent=2).encode())
    words = f"{len(samples)} of what it learned from was forgotten"
    event = Event(kind=Kind.FLAGGED, version=trace.version, at_ms=at_ms, words=words)
    events.note(registry.shelf, trace.persona, event)
    return True


def flags(registry: Registry, persona: str) -> dict[str, tuple[str, ...]]:
    """Return the versions of a persona that are flagged, and the samples for which."""
    found = {}
    for name in registry.shelf.names(layout.flags(persona)):
        try:
            told = Flag.model_validate_json(registry.shelf.read(f"{layout.flags(persona)}/{name}"))
        except ValidationError:
            continue
        found[told.version] = told.samples
    return found


def without(registry: Registry, persona: str) -> tuple[str, ...]:
    """Return the ids of all samples that no later run of a persona may learn from."""
    return tuple(sorted({sample for samples in flags(registry, persona).values() for sample in samples}))


def begins_afresh(registry: Registry, persona: str) -> bool:
    """Return whether the next run learns anew what is known already: what is served knows what was forgotten, too."""
    return registry.current(persona) in flags(registry, persona)


def is_retrain_due(registry: Registry, persona: str) -> bool:
    """Return whether what is served or tried of a persona knows what was forgotten."""
    served = registry.served(persona)
    return not {served.current, served.canary}.isdisjoint(flags(registry, persona))


def _manifests(registry: Registry, persona: str) -> list[Manifest]:
    found = []
    for version in registry.versions(persona):
        try:
            found.append(registry.manifest(persona, version))
        except AdapterDamaged:
            continue
    return found
