"""What adapters have learned of, so that whoever forgets something, or takes a consent back, finds it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field, ValidationError

from tasks.contracts.canary import BASE, Version
from tasks.contracts.errors import AdapterDamaged, UnknownThing
from tasks.contracts.messages import Value
from tasks.jobs.consents import Consents
from tasks.training.abilities import Registry
from tasks.training.registry import events, layout
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.manifest import Manifest


@dataclass(frozen=True)
class Trace:
    """A version that has learned of something that it may not know."""

    persona: str
    version: str
    samples: tuple[str, ...] = ()
    """The ids of the samples that it learned it from, where these were forgotten."""
    withdrawn: tuple[str, ...] = ()
    """Consents that it learned by and that were taken back, and channels that were closed since."""


class Flag(Value):
    """Says of a version that it has learned of what it may not know."""

    version: Version
    at_ms: int = Field(ge=0)
    """When more of it became known last."""
    samples: tuple[str, ...] = ()
    """By their ids: they were forgotten, and no later run may learn from them."""
    withdrawn: tuple[str, ...] = ()
    """Consents that were taken back, and channels that were closed: whoever agrees again is learned from again."""

    @property
    def words(self) -> str:
        """Why, for whoever looks after the flock.

        >>> Flag(version="20261122-ab12cd34", at_ms=1, samples=("a", "b"), withdrawn=("c1",)).words
        '2 of what it learned from was forgotten, and 1 consent that it learned by was taken back'
        """
        count = len(self.withdrawn)
        consents = "1 consent that it learned by was" if count == 1 else f"{count} consents that it learned by were"
        told = [f"{len(self.samples)} of what it learned from was forgotten"] if self.samples else []
        return ", and ".join([*told, *([f"{consents} taken back"] if count else [])])


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


def taken_back(
    registry: Registry, agreed: Consents, channels_of: Callable[[str], Collection[str]]
) -> tuple[Trace, ...]:
    """Return the versions that answer or are tried and that learned by consents, or in channels, that are no more.

    `channels_of` returns where what a run learned was said, as far as that is known here: no manifest tells it.
    """
    ids = {consent.id for consent in agreed.people.values()}
    found = []
    for persona in registry.personas():
        try:
            served = registry.served(persona)
            versions = {served.current, served.canary} - {BASE}
            origins = {version: registry.manifest(persona, version).origin for version in sorted(versions)}
        except (AdapterDamaged, UnknownThing):
            continue  # whoever serves it says so
        for version, origin in origins.items():
            closed = agreed.closed.intersection(channels_of(origin.run)) if agreed.closed else ()
            gone = sorted({*(set(origin.consents) - ids), *closed})
            if gone:
                found.append(Trace(persona, version, withdrawn=tuple(gone)))
    return tuple(found)


def flag(registry: Registry, trace: Trace, at_ms: int) -> Flag | None:
    """Flag a version; None: it was flagged for all of this before. What it was flagged for earlier stays."""
    path = f"{layout.flags(trace.persona)}/{trace.version}.json"
    before = flags(registry, trace.persona).get(trace.version) or Flag(version=trace.version, at_ms=at_ms)
    told = Flag(
        version=trace.version,
        at_ms=at_ms,
        samples=tuple(sorted({*before.samples, *trace.samples})),
        withdrawn=tuple(sorted({*before.withdrawn, *trace.withdrawn})),
    )
    if (told.samples, told.withdrawn) == (before.samples, before.withdrawn):
        return None
    registry.shelf.write(path, told.model_dump_json(indent=2).encode())
    event = Event(kind=Kind.FLAGGED, version=trace.version, at_ms=at_ms, words=told.words)
    events.note(registry.shelf, trace.persona, event)
    return told


def flags(registry: Registry, persona: str) -> dict[str, Flag]:
    """Return the versions of a persona that are flagged, and what for."""
    found = {}
    for name in registry.shelf.names(layout.flags(persona)):
        try:
            told = Flag.model_validate_json(registry.shelf.read(f"{layout.flags(persona)}/{name}"))
        except ValidationError:
            continue
        found[told.version] = told
    return found


def without(registry: Registry, persona: str) -> tuple[str, ...]:
    """Return the ids of all samples that no later run of a persona may learn from."""
    return tuple(sorted({sample for flag in flags(registry, persona).values() for sample in flag.samples}))


def flag_of_served(registry: Registry, persona: str) -> Flag | None:
    """Return the flag of what answers everybody for a persona; None: nothing is wrong with it."""
    return flags(registry, persona).get(registry.current(persona))


def begins_afresh(registry: Registry, persona: str) -> bool:
    """Return whether the next run learns anew what is known already: what is served knows what it may not."""
    return flag_of_served(registry, persona) is not None


def _manifests(registry: Registry, persona: str) -> list[Manifest]:
    found = []
    for version in registry.versions(persona):
        try:
            found.append(registry.manifest(persona, version))
        except AdapterDamaged:
            continue
    return found
