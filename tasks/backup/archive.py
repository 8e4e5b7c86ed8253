"""The file of a backup: a ZIP with a manifest, so that any system opens it. Whole, or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from tasks.backup import manifest
from tasks.backup.manifest import MANIFEST, MODE, Manifest, Member
from tasks.contracts.errors import BackupDamaged, BadInput

PART_BYTES = 1 << 20
FOR_ITS_OWNER = 0o600
MOST_MANIFEST_BYTES = 64 << 20
LEVEL = 6
#: What reading a ZIP that was cut off or changed comes to.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, KeyError)
ANOTHER = "take another copy of it: nothing was restored from this one"


class Packing:
    """A backup that is being written."""

    def __init__(self, path: Path) -> None:
        """Begin a file that is not there yet, for its owner alone."""
        opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FOR_ITS_OWNER)
        self._file = os.fdopen(opened, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self.members: dict[str, Member] = {}

    def add(self, name: str, parts: Iterable[bytes], mode: int = FOR_ITS_OWNER) -> None:
        """Put a file into it, a part at a time."""
        digest, size_bytes = hashlib.sha256(), 0
        with self._zip.open(_entry(name, mode), "w", force_zip64=True) as member:
            for part in parts:
                digest.update(part)
                size_bytes += len(part)
                member.write(part)
        self.members[name] = Member(size_bytes=size_bytes, sha256=digest.hexdigest(), mode=mode)

    def add_file(self, name: str, path: Path) -> None:
        """Put a file that is there into it, as long as it is when it is read. Raises OSError."""
        with path.open("rb") as file:
            self.add(name, parts_of(file), os.fstat(file.fileno()).st_mode & MODE)

    def finish(self, said: Manifest) -> None:
        """Put the manifest into it, and have all of it on the disk."""
        self._zip.writestr(_entry(MANIFEST, FOR_ITS_OWNER), said.model_dump_json(indent=1))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file, however it stands. Idempotent."""
        for each in (self._zip, self._file):
            with contextlib.suppress(OSError, ValueError):
                each.close()


class Archive:
    """A backup that is read."""

    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self._path, self._zip = path, opened
        with self._damaged_otherwise():
            if opened.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
                raise zipfile.BadZipFile("what it says of itself is too long")
            said = opened.read(MANIFEST)
        self.said = manifest.read(said)

    def verify(self) -> None:
        """Read all of it. Raises BackupDamaged: it is not what was written."""
        there = [entry.filename for entry in self._zip.infolist()]
        if sorted(there) != sorted([*self.said.members, MANIFEST]):
            raise self._not_whole("it holds other files than it says")
        for name in self.said.members:
            for _part in self.read(name):
                pass

    def read(self, name: str) -> Iterator[bytes]:
        """Yield a file of it, a part at a time. Raises BackupDamaged, at the end at the latest."""
        member, digest, size_bytes = self.said.members[name], hashlib.sha256(), 0
        with self._damaged_otherwise(), self._zip.open(name) as file:
            for part in parts_of(file):
                size_bytes += len(part)
                if size_bytes > member.size_bytes:
                    break
                digest.update(part)
                yield part
        if size_bytes != member.size_bytes or digest.hexdigest() != member.sha256:
            raise self._not_whole(f"{name} is not what was written")

    def unpack(self, name: str, to: Path) -> None:
        """Write a file of it, whole or not at all, with the mode that it had. Raises BackupDamaged, OSError."""
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode, fresh = self.said.members[name].mode, to.with_name(f".rookery-{to.name}")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FOR_ITS_OWNER), "wb") as file:
            for part in self.read(name):
                file.write(part)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(to)

    @contextlib.contextmanager
    def _damaged_otherwise(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as exc:
            raise self._not_whole(str(exc) or type(exc).__name__) from exc

    def _not_whole(self, why: str) -> BackupDamaged:
        return BackupDamaged(f"{self._path} is damaged: {why}", next_step=ANOTHER)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a backup while the block runs.

    Raises:
        BadInput: there is none, or it is of a newer Rookery.
        BackupDamaged: it is not whole.
    """
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError as exc:
        raise BadInput(f"there is no backup {path}", next_step="name the file that `rookery backup` made") from exc
    except DAMAGE as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise BackupDamaged(f"{path} is no backup, or a damaged one: {why}", next_step=ANOTHER) from exc
    with file:
        yield Archive(path, file)


def parts_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file a part at a time."""
    while part := file.read(PART_BYTES):
        yield part


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, time.gmtime()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100000 | mode) << 16
    return entry
