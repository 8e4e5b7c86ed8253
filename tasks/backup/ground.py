"""Where a backup is to be restored: what is in the way there, and the mark of a restore that is not over.

The mark lies in the data folder from the first byte to the last, and names the backup. Under it everything there is
ours, so whoever does it again clears the place and begins anew; without it nothing that is there is ever touched.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tasks.backup import places
from tasks.backup.archive import Archive, parts_of
from tasks.backup.manifest import CONFIG, DATA, MEMORIES, TRANSCRIPT, Manifest
from tasks.backup.mark import LOCK, MARK, unfinished
from tasks.contracts.errors import BadInput, ConfigurationError
from tasks.contracts.membership import write_private
from tasks.contracts.settings import Settings
from tasks.transcript import copying

SPARE_SHARE = 1.2  # of what the files take: the log of Redis needs room, too
COMPANIONS = ("", "-wal", "-shm")
GIB = 2**30
#: What may lie in a data folder before anything of a backup does: other backups, and the lock of who looks.
SPARED = (MARK, places.BACKUPS, LOCK)


def digest_of(said: Manifest) -> str:
    """Return what tells a backup from every other one."""
    return hashlib.sha256(said.model_dump_json().encode()).hexdigest()


def begin(said: Manifest, settings: Settings) -> None:
    """Set the mark, and clear what an earlier try of the same backup left."""
    data, again = settings.data_dir, unfinished(settings.data_dir) == digest_of(said)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(data / MARK, json.dumps({"backup": digest_of(said)}) + "\n")
    if not again:
        return
    outside = [settings.memory_dir] if not settings.memory_dir.is_relative_to(data) else []
    for path in (*data.iterdir(), *outside):
        if path.name not in SPARED:
            _remove(path)
    if transcript := copying.file_of(settings.transcript_url):
        for companion in COMPANIONS:
            _remove(transcript.with_name(f"{transcript.name}{companion}"))


def end(settings: Settings) -> None:
    """Take the mark away: all of it is there."""
    (settings.data_dir / MARK).unlink()


def refuse_what_is_in_the_way(archive: Archive, settings: Settings, config: Path) -> None:
    """Return when all of a backup has a place where nothing else is.

    Raises:
        BadInput: something is in the way, and nothing was touched.
        ConfigurationError: there is no room, or the settings want the transcript on a server.
    """
    found = list(in_the_way(archive, settings, config))
    if found:
        shown = "\n".join(f"  {path}" for path in found)
        raise BadInput(
            f"something is where the backup belongs:\n{shown}",
            next_step="move it away, or restore into another folder with --into",
        )
    if TRANSCRIPT in archive.said.members and copying.file_of(settings.transcript_url) is None:
        raise ConfigurationError(
            "the backup has the transcript as a file, and the settings want it in PostgreSQL",
            next_step="leave TRANSCRIPT_URL and the url of [transcript] empty until it is restored",
        )
    _refuse_a_full_disk(archive.said, settings.data_dir)


def in_the_way(archive: Archive, settings: Settings, config: Path) -> Iterator[Path]:
    """Yield what is where a backup belongs, unless an earlier try of the same put it there."""
    said, data = archive.said, settings.data_dir
    if unfinished(data) != digest_of(said):
        if unfinished(data):
            yield data / MARK
        if data.exists() and (not data.is_dir() or any(path.name not in SPARED for path in data.iterdir())):
            yield data
        yield from _beside_data(said, settings)
    if said.config and differs(archive, f"{CONFIG}/{said.config}", config):
        yield config
    for name in said.members:
        path = places.target_of(name, settings)
        if path and not name.startswith(f"{DATA}/") and not path.is_relative_to(data) and differs(archive, name, path):
            yield path


def differs(archive: Archive, name: str, path: Path) -> bool:
    """Return whether something else than this file of a backup is in its place."""
    if not path.is_file():
        return path.exists()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for part in parts_of(file):
            digest.update(part)
    return digest.hexdigest() != archive.said.members[name].sha256


def _beside_data(said: Manifest, settings: Settings) -> Iterator[Path]:
    """Yield what is in the place of transcript and memories, where those are not in the data folder."""
    data, transcript = settings.data_dir, copying.file_of(settings.transcript_url)
    if TRANSCRIPT in said.members and transcript and not transcript.is_relative_to(data) and transcript.exists():
        yield transcript
    memories = settings.memory_dir
    has_some = any(name.startswith(f"{MEMORIES}/") for name in said.members)
    if has_some and not memories.is_relative_to(data) and memories.is_dir() and any(memories.iterdir()):
        yield memories


def _refuse_a_full_disk(said: Manifest, data: Path) -> None:
    there = next(path for path in (data, *data.parents) if path.exists())
    free, needed = shutil.disk_usage(there).free, said.size_bytes * SPARE_SHARE
    if free < needed:
        raise ConfigurationError(
            f"the backup takes {needed / GIB:.2f} GiB, and {there} has {free / GIB:.2f} GiB left",
            next_step="make room, or restore into another folder with --into",
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
