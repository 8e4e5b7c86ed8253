"""Restores a backup where nothing is yet. Whoever is killed over it does it again, from the beginning."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tasks.backup import ground, ledger, mark, places
from tasks.backup.archive import Archive
from tasks.backup.manifest import CONFIG, DATA, LEDGER, MEMORIES, TRANSCRIPT, settings_hash
from tasks.contracts import roles
from tasks.contracts.errors import BadInput, ConfigurationError
from tasks.contracts.settings import DEFAULT_FILE, Settings, load
from tasks.jobs.crashpoints import reach
from tasks.jobs.store import Store
from tasks.transcript import copying

BEGUN, UNPACKED, LOADED, REMEMBERED, IN_PLACE = (
    f"restore.{what}" for what in ("begun", "unpacked", "loaded", "remembered", "in.place")
)
STAGED, SCRATCH = ".restoring-", ".rookery-memories"
USERS = f"{DATA}/{roles.FOLDER}/"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Ways:
    """What restoring needs of others."""

    ledger: Callable[[Settings], AbstractContextManager[Store]]
    """Has the Redis of the settings up while the block runs."""
    memories_in_use: Callable[[Settings], bool]
    """Whether a server that the settings name has memories already."""
    memories: Callable[[Settings, Path], int]
    """Puts a snapshot where the settings want memories to be; returns how many."""
    holding: Callable[[Path], AbstractContextManager[None]]
    """Keeps everybody else out of a data folder while the block runs."""
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    settings: Settings
    entries: int
    """Of the ledger."""
    memories: int
    same_settings: bool
    """Whether the settings that hold here are those that held there."""
    homeless: tuple[str, ...]
    """Files for which these settings have no place."""


class Restoring:
    """A backup on its way into a root."""

    def __init__(self, archive: Archive, root: Path, ways: Ways, tell: Tell = lambda _step: None) -> None:
        self._archive, self._said, self._ways, self._tell = archive, archive.said, ways, tell
        self._root = root.absolute()
        self._config = self._root / (self._said.config or DEFAULT_FILE)
        self._staged = self._root / f"{STAGED}{self._config.name}"

    def restore(self) -> Restored:
        """Restore all of it.

        Raises:
            BackupDamaged: it is not what was written; nothing was restored.
            BadInput: something is in the way; nothing was restored.
            ConfigurationError: it cannot be written there, or the settings cannot be.
            RetryableError: Redis or the server of memories does not answer; do it again.
        """
        self._tell("comparing checksums")
        self._archive.verify()
        try:
            settings = self._settings()
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._ways.holding(settings.data_dir):
                return self._restore(settings)
        except OSError as exc:
            raise ConfigurationError(
                f"the backup cannot be restored: {exc.filename or self._root}: {exc.strerror or exc}",
                next_step="mend that and run the same command again; it begins anew",
            ) from exc
        finally:
            self._staged.unlink(missing_ok=True)

    def _restore(self, settings: Settings) -> Restored:
        ground.refuse_what_is_in_the_way(self._archive, settings, self._config)
        again = mark.unfinished(settings.data_dir) == ground.digest_of(self._said)
        if not again:
            self._refuse_servers_in_use(settings)
        ground.begin(self._said, settings)
        reach(BEGUN)
        self._unpack(settings)
        reach(UNPACKED)
        entries = self._load(settings)
        self._unpack_users(settings)
        reach(LOADED)
        memories = self._remember(settings)
        reach(REMEMBERED)
        settings = self._settings()  # personas have their files by now
        homeless = tuple(self._furnish(settings))
        settings = self._settings()
        if self._said.config and not self._config.exists():
            self._archive.unpack(f"{CONFIG}/{self._said.config}", self._config)
        reach(IN_PLACE)
        ground.end(settings)
        same = settings_hash(settings) == self._said.settings
        return Restored(settings, entries, memories, same, homeless)

    def _settings(self) -> Settings:
        """Return the settings that hold once it is restored: those of the backup, in this environment."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._staged.unlink(missing_ok=True)
        if self._said.config:
            self._archive.unpack(f"{CONFIG}/{self._said.config}", self._staged)
        else:
            self._staged.touch()
        return load(self._staged, self._ways.environ)

    def _refuse_servers_in_use(self, settings: Settings) -> None:
        if any(name.startswith(f"{MEMORIES}/") for name in self._said.members) and self._ways.memories_in_use(settings):
            raise BadInput(
                f"the Qdrant server that the settings name has memories of this flock ({settings.namespace}) already",
                next_step="name another one in [memory] of the environment: ROOKERY_MEMORY_URL",
            )
        if settings.own_redis:
            return
        with self._ways.ledger(settings) as store:
            if not ledger.is_empty(store):
                raise BadInput(
                    f"the Redis that the settings name holds a flock already ({settings.namespace})",
                    next_step="name an empty one in REDIS_URL, or another ROOKERY_ENV",
                )

    def _unpack(self, settings: Settings) -> None:
        self._tell("files and the transcript")
        for name in self._said.members:
            if name.startswith(f"{DATA}/") and not name.startswith(USERS):
                self._archive.unpack(name, settings.data_dir / name.removeprefix(f"{DATA}/"))
        if TRANSCRIPT in self._said.members and (file := copying.file_of(settings.transcript_url)):
            self._archive.unpack(TRANSCRIPT, file)

    def _unpack_users(self, settings: Settings) -> None:
        """Bring back who may use our own Redis: while it was loaded it was alone, and had no users."""
        for name in self._said.members:
            if name.startswith(USERS):
                self._archive.unpack(name, settings.data_dir / name.removeprefix(f"{DATA}/"))

    def _load(self, settings: Settings) -> int:
        self._tell("the ledger")
        ahead: frozenset[str] = frozenset()
        if TRANSCRIPT in self._said.members:
            ahead = ledger.ahead_of(ledger.answered(self._entries()), copying.answered(settings.transcript_url))
        with self._ways.ledger(settings) as store:
            if not ledger.is_empty(store):  # of the same backup, by one that was killed
                ledger.wipe(store)
            return ledger.load(store, self._entries(), ahead)

    def _entries(self) -> Iterator[ledger.Entry]:
        left = b""
        for part in self._archive.read(LEDGER):
            *lines, left = (left + part).split(b"\n")
            yield from map(ledger.Entry.of, lines)

    def _remember(self, settings: Settings) -> int:
        names = [name for name in self._said.members if name.startswith(f"{MEMORIES}/")]
        if not names:
            return 0
        self._tell("the memories")
        scratch = settings.data_dir / SCRATCH
        for name in names:
            self._archive.unpack(name, scratch / name.partition("/")[2])
        count = self._ways.memories(settings, scratch)
        shutil.rmtree(scratch)
        return count

    def _furnish(self, settings: Settings) -> Iterator[str]:
        """Put what lies outside the data folder where it belongs; yield what belongs nowhere."""
        own = (DATA, MEMORIES, LEDGER, TRANSCRIPT)
        for name in self._said.members:
            if name.partition("/")[0] in own or name == f"{CONFIG}/{self._said.config}":
                continue
            path = places.target_of(name, settings)
            if path is None:
                yield name
            elif not path.exists():
                self._archive.unpack(name, path)
            elif ground.differs(self._archive, name, path):
                raise BadInput(f"{path} is in the way", next_step="move it away and run the same command again")
