"""Copies of adapters on this machine, for engines that read folders: each file is checked before anything is used."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from tasks.contracts.errors import AdapterDamaged
from tasks.contracts.learning import adapter_name
from tasks.training.registry import layout, manifest
from tasks.training.registry.manifest import MANIFEST, FileFacts, Manifest
from tasks.training.registry.shelf import HIDDEN, Shelf, facts_of


def fetched(shelf: Shelf, cache: Path, about: Manifest) -> Path:
    """Return a folder with a copy of a version; one that is damaged here is fetched anew.

    Raises:
        AdapterDamaged: what comes from the shelf is not what the manifest says.
    """
    persona, what = about.origin.persona, adapter_name(about.origin.persona, about.version)
    place = cache / layout.version(persona, about.version)
    if place.is_dir() and _is_whole(place, about):
        return place
    shutil.rmtree(place, ignore_errors=True)
    fresh = place.with_name(f"{HIDDEN}{place.name}.{secrets.token_hex(4)}")
    fresh.mkdir(parents=True)
    try:
        for name in about.files:
            try:
                shelf.fetch(f"{layout.version(persona, about.version)}/{name}", fresh / name)
            except FileNotFoundError as exc:
                raise manifest.damaged(what, name, "it is missing") from exc
        (fresh / MANIFEST).write_text(about.model_dump_json(indent=2), encoding="utf-8")
        _check(fresh, about, what)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def compare(what: str, name: str, expected: FileFacts, found: FileFacts) -> None:
    """Return when a file of `what` is as its manifest says. Raises AdapterDamaged."""
    if found.size != expected.size:
        raise manifest.damaged(what, name, f"it has {found.size} bytes where its manifest says {expected.size}")
    if found != expected:
        raise manifest.damaged(what, name, "its SHA-256 is not the one in its manifest")


def facts(path: Path) -> FileFacts:
    """Return what a file of this machine is known by."""
    with path.open("rb") as file:
        return FileFacts.of(facts_of(file))


def _is_whole(folder: Path, about: Manifest) -> bool:
    try:
        _check(folder, about, "a copy")
    except AdapterDamaged:
        return False
    return True


def _check(folder: Path, about: Manifest, what: str) -> None:
    for name, expected in about.files.items():
        if not (folder / name).is_file():
            raise manifest.damaged(what, name, "it is missing")
        compare(what, name, expected, facts(folder / name))
