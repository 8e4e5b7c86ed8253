"""The registry of adapters: publishes versions, hands them out checked, and says which one is served.

A version is named by its content, so publishing it again changes nothing, and who was killed over it does it again.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Self

from tasks.contracts.canary import Served
from tasks.contracts.errors import AdapterDamaged, UnknownThing
from tasks.contracts.learning import adapter_name
from tasks.contracts.settings import Settings
from tasks.training.registry import collecting, events, fetching, inspecting, layout, manifest, pointer
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.local import LocalShelf
from tasks.training.registry.manifest import MANIFEST, VERSION_DIGITS, WEIGHTS, FileFacts, Manifest, Origin
from tasks.training.registry.remote import RemoteShelf
from tasks.training.registry.shelf import Shelf

CACHE = "fetched"


class AdapterRegistry:
    """Every adapter of every persona, on one shelf."""

    def __init__(self, shelf: Shelf, cache: Path) -> None:
        """`cache` is where copies are kept of what lies on no disk of this machine."""
        self._shelf, self._cache, self._alone = shelf, cache, threading.Lock()

    @classmethod
    def at(cls, url: str, cache: Path) -> Self:
        """Return the registry at a path or URL; nothing is read yet. Raises ConfigurationError."""
        path = url.removeprefix("file://")
        return cls(RemoteShelf.at(path) if "://" in path else LocalShelf(Path(path)), cache)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the registry that the settings name."""
        return cls.at(settings.adapters_url, settings.data_dir / CACHE)

    @property
    def shelf(self) -> Shelf:
        """What it is kept on."""
        return self._shelf

    def personas(self) -> tuple[str, ...]:
        """Return who has adapters, by name."""
        there = (folder for folder in self._shelf.names("") if self._shelf.names(folder))
        named = ((layout.persona_of(folder), folder) for folder in there)
        return tuple(sorted(filter(None, (name or self._signed(folder) for name, folder in named))))

    def versions(self, persona: str) -> tuple[str, ...]:
        """Return every version of a persona, by name. One without a manifest was never published."""
        found = filter(layout.is_version, self._shelf.names(layout.versions(persona)))
        return tuple(name for name in found if MANIFEST in self._shelf.names(layout.version(persona, name)))

    def manifest(self, persona: str, version: str) -> Manifest:
        """Return what is written down of a version.

        Raises:
            UnknownThing: there is no such version.
            AdapterDamaged: its manifest is not that of this version.
        """
        what = adapter_name(persona, version)
        try:
            told = self._shelf.read(f"{layout.version(persona, version)}/{MANIFEST}")
        except FileNotFoundError as exc:
            raise UnknownThing(f"there is no adapter {what}", next_step="`rookery train list` names all") from exc
        found = manifest.read(told, what)
        if (found.version, found.origin.persona) != (version, persona):
            raise manifest.damaged(what, MANIFEST, f"it is that of {found.origin.persona}@{found.version}")
        return found

    def persona_of(self, version: str) -> str:
        """Return whose version it is. Raises UnknownThing: nobody's, or that of several."""
        owners = [persona for persona in self.personas() if version in self.versions(persona)]
        if len(owners) == 1:
            return owners[0]
        why = f"{' and '.join(owners)} have one each" if owners else "`rookery train list` names all"
        raise UnknownThing(f"it is not known which adapter {version!r} is", next_step=f"{why}; --persona says whose")

    def publish(self, folder: Path, origin: Origin) -> str:
        """Take in the adapter in `folder`, as PEFT wrote it, and return its version; again: the same, and no more.

        Raises:
            BadInput: what is there is not let in.
            AdapterDamaged: it did not arrive as it was.
        """
        files = inspecting.files_of(folder)
        facts = {name: fetching.facts(path) for name, path in files.items()}
        version = manifest.version_of(facts[WEIGHTS].sha256, origin.created_ms)
        known = [name for name in self.versions(origin.persona) if name[-VERSION_DIGITS:] == version[-VERSION_DIGITS:]]
        if known:
            origin, version = self.manifest(origin.persona, known[0]).origin, known[0]
        else:
            self._add(files, Manifest(version=version, origin=origin, files=facts))
        published = Event(kind=Kind.PUBLISHED, version=version, at_ms=origin.created_ms, by=origin.by, words=origin.run)
        events.note(self._shelf, origin.persona, published)
        return version

    def check(self, persona: str, version: str) -> Manifest:
        """Return the manifest of a version of which every file is as it says. Raises as `manifest`, AdapterDamaged."""
        about, folder = self.manifest(persona, version), layout.version(persona, version)
        what = adapter_name(persona, version)
        if more := sorted(set(self._shelf.names(folder)) - {*about.files, MANIFEST}):
            raise manifest.damaged(what, more[0], "its manifest does not name it")
        for name, expected in about.files.items():
            try:
                found = self._shelf.facts(f"{folder}/{name}")
            except FileNotFoundError as exc:
                raise manifest.damaged(what, name, "it is missing") from exc
            fetching.compare(what, name, expected, FileFacts.of(found))
        return about

    def folder(self, persona: str, version: str) -> Path:
        """Return a folder of this machine with the files of a version, each checked just now.

        Raises:
            UnknownThing: there is no such version.
            AdapterDamaged: a file is not what the manifest says, or missing.
        """
        if self._shelf.local:
            self.check(persona, version)
            return self._shelf.local / layout.version(persona, version)
        with self._alone:
            return fetching.fetched(self._shelf, self._cache, self.manifest(persona, version))

    def served(self, persona: str) -> Served:
        """Return what is served of a persona. Raises AdapterDamaged: that cannot be read."""
        return pointer.read(self._shelf, persona)

    def current(self, persona: str) -> str:
        """Return the version that a persona is served with; empty: the base alone."""
        return self.served(persona).current

    def change(self, persona: str, event: Event) -> bool:
        """Have something else be served, as the event says; False: somebody else has changed it meanwhile."""
        return pointer.change(self._shelf, persona, event)

    def last_change(self, persona: str) -> Event | None:
        """Return how what is served came to be so; None: nothing was ever changed."""
        return pointer.change_of(self._shelf, persona, self.served(persona).serial)

    def history(self, persona: str) -> tuple[Event, ...]:
        """Return all that happened to the adapters of a persona, the earliest first."""
        return events.history(self._shelf, persona)

    def collect(self, persona: str, keep: int, at_ms: int) -> tuple[str, ...]:
        """Take away what nobody will need again, and return what that was: see `collecting.superfluous`."""
        known = {}
        for version in self.versions(persona):
            try:
                known[version] = self.manifest(persona, version)
            except AdapterDamaged:
                continue  # nobody knows what it was, so it is not taken away unasked
        gone = collecting.superfluous(known, self.served(persona), self.history(persona), keep)
        for version in gone:
            event = Event(kind=Kind.COLLECTED, version=version, at_ms=at_ms, words=f"the last {keep} are kept")
            events.note(self._shelf, persona, event)
            self._shelf.remove(layout.version(persona, version), MANIFEST)
        return gone

    def _add(self, files: dict[str, Path], about: Manifest) -> None:
        persona, version = about.origin.persona, about.version
        with tempfile.TemporaryDirectory() as scratch:
            written = Path(scratch) / MANIFEST
            written.write_text(about.model_dump_json(indent=2), encoding="utf-8")
            expected = {**about.files, MANIFEST: fetching.facts(written)}

            def check(path: str, name: str) -> None:
                found = FileFacts.of(self._shelf.facts(path))
                fetching.compare(adapter_name(persona, version), name, expected[name], found)

            self._shelf.add(layout.version(persona, version), {**files, MANIFEST: written}, MANIFEST, check)

    def _signed(self, folder: str) -> str:
        """Return whose folder it is, by the first manifest in it."""
        for version in filter(layout.is_version, self._shelf.names(f"{folder}/versions")):
            try:
                told = self._shelf.read(f"{folder}/versions/{version}/{MANIFEST}")
                return manifest.read(told, version).origin.persona
            except (FileNotFoundError, AdapterDamaged):
                continue
        return ""
