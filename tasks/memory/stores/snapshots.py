"""Memories as files that any store takes back: a line for each, its vectors beside it, and a manifest when it is whole.

Neither an engine's own files nor a server's: what was kept on a server goes into a folder and the other way round, and
no later version of either has to read what an older one wrote. Nobody is kept from writing meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tasks.contracts import vectors
from tasks.contracts.errors import BackupDamaged, ConfigurationError
from tasks.jobs.crashpoints import reach
from tasks.memory.stores.payload import memory_of, payload_of
from tasks.memory.stores.store import Vectors, VectorStore, Weighed
from tasks.memory.values import Memory, Whole

RECORDS, MANIFEST = "memories.jsonl", "manifest.json"
FORMAT = 1
PAGE = 200
MOST_PASSES = 5
MODE = 0o600
WRITTEN, TAKEN_BACK = "snapshot.written", "snapshot.taken.back"  # where tests have this process die


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds."""

    format: int
    dimension: int
    count: int
    sha256: str
    """Of the file with the memories."""


def take(store: VectorStore, folder: Path) -> Manifest:
    """Write all memories of a store into a folder; there is no manifest before there is everything.

    It is read until nothing new is there: what takes the place of others is written before they go, so whatever a
    pass missed is found by the next one, as itself or as what it became. What is forgotten meanwhile may be in it.

    Raises:
        MemoryUnavailable: the store did not answer.
        OSError: there is no room.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / MANIFEST).unlink(missing_ok=True)
    with os.fdopen(os.open(folder / RECORDS, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, MODE), "wb") as file:
        count, sha256 = _write(store, file)
        file.flush()
        os.fsync(file.fileno())
    reach(WRITTEN)
    manifest = Manifest(FORMAT, store.dimension, count, sha256)
    _put_manifest(folder, manifest)
    return manifest


def manifest_of(folder: Path) -> Manifest:
    """Return what a snapshot says of itself. Raises BackupDamaged: it is not whole."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**told)
    except (OSError, ValueError, TypeError) as exc:
        raise BackupDamaged(
            f"the memories in {folder} are not whole: {MANIFEST} cannot be read",
            next_step="take another backup: this one was not finished, or was changed",
        ) from exc
    if manifest.format != FORMAT:
        raise ConfigurationError(
            f"the memories in {folder} have format {manifest.format}, and this version reads {FORMAT}",
            next_step="restore them with the version that wrote them, or a later one",
        )
    return manifest


def check(folder: Path) -> Manifest:
    """Return what a snapshot says of itself, having compared it with what is there. Raises BackupDamaged."""
    manifest = manifest_of(folder)
    sum_ = hashlib.sha256()
    try:
        with (folder / RECORDS).open("rb") as file:
            while part := file.read(1 << 20):
                sum_.update(part)
    except OSError as exc:
        raise _damaged(folder) from exc
    if sum_.hexdigest() != manifest.sha256:
        raise _damaged(folder)
    return manifest


def give_back(folder: Path, store: VectorStore) -> int:
    """Put all memories of a snapshot into a store; returns how many. Whoever is killed over it does it again.

    Raises:
        BackupDamaged: it is not what was written; nothing was put anywhere.
        ConfigurationError: the vectors of the store have another size.
        MemoryUnavailable: the store did not answer; a part may be there.
    """
    manifest = check(folder)
    if manifest.count and manifest.dimension != store.dimension:
        raise ConfigurationError(
            f"the memories in {folder} have vectors of {manifest.dimension} numbers, and here they have "
            f"{store.dimension}",
            next_step="restore them where the model is the one that made them; they are made anew from there",
        )
    with (folder / RECORDS).open("rb") as file:
        batch: list[tuple[Memory, Vectors]] = []
        for line in file:
            batch.append(_record(json.loads(line)))
            if len(batch) == PAGE:
                store.put(batch)
                batch = []
                reach(TAKEN_BACK)
        store.put(batch)
    return manifest.count


def _write(store: VectorStore, file: BinaryIO) -> tuple[int, str]:
    seen: set[str] = set()
    sum_ = hashlib.sha256()
    for _pass in range(MOST_PASSES):
        before = len(seen)
        for memory, found_by in _everything(store):
            if memory.id not in seen:
                seen.add(memory.id)
                line = _line(memory, found_by)
                sum_.update(line)
                file.write(line)
        if len(seen) == before:
            break
    return len(seen), sum_.hexdigest()


def _everything(store: VectorStore) -> Iterator[tuple[Memory, Vectors]]:
    after = ""
    while True:
        page = store.read(Whole(), PAGE, after)
        yield from page.records
        after = page.after
        if not after:
            return


def _line(memory: Memory, found_by: Vectors) -> bytes:
    told = {
        "memory": payload_of(memory),
        "meanings": vectors.packed((found_by.meaning, found_by.meaning_around)),
        "words": _packed(found_by.words),
        "words_around": _packed(found_by.words_around),
    }
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _record(told: dict[str, Any]) -> tuple[Memory, Vectors]:
    meaning, around = vectors.unpacked(told["meanings"])
    return memory_of(told["memory"]), Vectors(
        meaning, around, _unpacked(told["words"]), _unpacked(told["words_around"])
    )


def _packed(words: Weighed) -> tuple[list[int], str]:
    return list(words), vectors.packed([list(words.values())])


def _unpacked(told: tuple[list[int], str]) -> Weighed:
    numbers, weights = told
    return dict(zip(numbers, vectors.unpacked(weights)[0], strict=True))


def _put_manifest(folder: Path, manifest: Manifest) -> None:
    fresh = folder / f".{MANIFEST}"
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, MODE), "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(manifest), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / MANIFEST)


def _damaged(folder: Path) -> BackupDamaged:
    return BackupDamaged(
        f"the memories in {folder} are not what was written: {RECORDS} has another checksum",
        next_step="take another copy of the backup; nothing was restored",
    )
