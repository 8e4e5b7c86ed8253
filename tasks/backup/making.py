"""Makes a backup of a flock that goes on meanwhile.

The ledger is read first, then the memories, then the transcript: so nothing that the ledger calls written down is
missing there. What cannot be had of one moment is newer in the later part, and put right when it is restored.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tasks.backup import ledger, places
from tasks.backup.archive import Packing, parts_of
from tasks.backup.manifest import (
    CONFIG,
    FORMAT,
    LEDGER,
    MEMORIES,
    TRANSCRIPT,
    Manifest,
    rookery_version,
    settings_hash,
)
from tasks.backup.workshop import workshop
from tasks.contracts.atomic import sync_folder
from tasks.contracts.errors import BadInput, ConfigurationError
from tasks.contracts.settings import Settings
from tasks.jobs.crashpoints import reach
from tasks.jobs.store import Store
from tasks.transcript import copying

PACKED, MOVED = "backup.packed", "backup.moved"
SUFFIX = ".zip"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Wishes:
    """What a backup is to hold."""

    secrets: bool = False
    transcript: bool = True
    memories: Callable[[Path], int] | None = None
    """Writes the memories into a folder; None: there are none, or they are not wanted."""


@dataclass
class Making:
    """A backup that is being made."""

    settings: Settings
    store: Store | None
    """The ledger; None: there is none yet."""
    wishes: Wishes
    tell: Tell = lambda _step: None
    now_ms: int = 0
    left_out: list[str] = field(default_factory=list)

    def write(self, target: Path) -> Manifest:
        """Make the backup, and return what it says of itself.

        Raises:
            BadInput: there is something of that name already.
            ConfigurationError: it cannot be written there, or a part has to be left out on purpose.
            RetryableError: Redis, the transcript or the memories cannot be read now; there is no backup then.
        """
        if target.exists():
            raise BadInput(f"{target} is there already", next_step="name another file, or a folder")
        with workshop(target.parent) as room:
            try:
                said = self._pack(room, room / target.name)
                reach(PACKED)
                _move(room / target.name, target)
            except OSError as exc:
                raise ConfigurationError(
                    f"the backup cannot be written to {target.parent}: {exc.strerror or exc}",
                    next_step="make room there, or name another folder",
                ) from exc
            reach(MOVED)
        return said

    def _pack(self, room: Path, file: Path) -> Manifest:
        packing = Packing(file)
        try:
            self._pack_ledger(packing)
            self._pack_memories(packing, room / MEMORIES)
            self._pack_transcript(packing, room / TRANSCRIPT)
            self._pack_files(packing)
            said = self._manifest(packing)
            packing.finish(said)
        finally:
            packing.abandon()
        return said

    def _pack_ledger(self, packing: Packing) -> None:
        self.tell("the ledger")
        store = self.store
        packing.add(LEDGER, (entry.line() for entry in ledger.dump(store)) if store else ())

    def _pack_memories(self, packing: Packing, room: Path) -> None:
        if self.wishes.memories is None:
            return
        self.tell("the memories")
        self.wishes.memories(room)
        for path in sorted(room.rglob("*")):
            if path.is_file():
                packing.add_file(f"{MEMORIES}/{path.relative_to(room).as_posix()}", path)
                path.unlink()

    def _pack_transcript(self, packing: Packing, copy: Path) -> None:
        if not self.wishes.transcript:
            self.left_out.append("the transcript, as it was asked for")
            return
        self.tell("the transcript")
        if copying.copy(self.settings.transcript_url, copy):
            packing.add_file(TRANSCRIPT, copy)
            copy.unlink()

    def _pack_files(self, packing: Packing) -> None:
        self.tell("settings and files")
        if config := places.config_of(self.settings):
            packing.add(f"{CONFIG}/{config.name}", self._config(config), config.stat().st_mode & 0o777)
        for file in places.files_of(self.settings, secrets=self.wishes.secrets):
            if file.name in packing.members:
                continue  # two personas with one workspace
            try:
                packing.add_file(file.name, file.path)
            except OSError as exc:
                if isinstance(exc, FileNotFoundError):
                    continue  # it went since it was seen
                self.left_out.append(f"{file.path}: {exc.strerror}")

    def _config(self, config: Path) -> Iterator[bytes]:
        if self.wishes.secrets:
            with config.open("rb") as file:
                yield from parts_of(file)
            return
        text, had_some = places.without_passwords(config.read_text(encoding="utf-8"))
        if had_some:
            self.left_out.append(f"passwords in addresses in {config.name}: put them in again after a restore")
        yield text.encode()

    def _manifest(self, packing: Packing) -> Manifest:
        config = places.config_of(self.settings)
        if not self.wishes.secrets:
            self.left_out.append("passwords and keys of this machine; --with-secrets takes them along")
        return Manifest(
            format=FORMAT,
            rookery=rookery_version(),
            made_ms=self.now_ms,
            namespace=self.settings.namespace,
            settings=settings_hash(self.settings),
            config=config.name if config else "",
            secrets=self.wishes.secrets,
            members=packing.members,
            left_out=tuple(self.left_out),
        )


def file_for(to: Path | None, settings: Settings, now_s: float) -> Path:
    """Return the file that a backup is to be: a name by the time, where no file is named."""
    folder = to or settings.data_dir / places.BACKUPS
    if to is not None and to.suffix == SUFFIX and not to.is_dir():
        return to.absolute()
    moment = datetime.fromtimestamp(now_s, UTC)
    return folder.absolute() / f"rookery-{moment:%Y-%m-%dT%H%M%SZ}{SUFFIX}"


def _move(file: Path, target: Path) -> None:
    """Put the whole file where it is to be, never over another one, and have that on the disk."""
    if target.exists():
        raise FileExistsError(errno.EEXIST, "there is a file of that name by now")
    file.rename(target)
    sync_folder(target.parent)
