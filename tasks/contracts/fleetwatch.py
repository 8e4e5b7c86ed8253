"""The fleet file while a process runs: read again when it changed, and kept as it was while it cannot be."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tasks.contracts import membership, roles
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.environment import CONFIG, DATA_DIR, Environment
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.personafiles import PersonaFiles
from tasks.contracts.reread import MISSING, Fingerprint, fingerprint
from tasks.contracts.settings import DEFAULT_FILE, DEFAULTS, Settings, load, settle

LOOK_EVERY_S = 1.0
#: An editor may empty a file before it writes it: what is younger than this is looked at once more.
SETTLED_S = 0.3
#: One that never rests is read as it is after so long.
RESTLESS_S = 2.0
DIGEST_CHARS = 12
NS = 1_000_000_000
logger = logging.getLogger(__name__)


class FleetWatch:
    """What a running process was told, kept up to date.

    What a process opened or took at its start stays as it was until the next one: folders, ports, the address of Redis.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        role: str = roles.ADMIN,
        clock: Clock | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        """`wall_s` is the clock that files are dated by."""
        self._first = self._settings = settings
        self._environ, self._role, self._clock, self._wall_s = environ, role, clock or SystemClock(), wall_s
        self._files = _files(settings, environ)
        self._persona_files = settings.persona_files or PersonaFiles()
        self._looked: Mapping[str, Fingerprint] = self._fingerprints()
        self._seen: Mapping[str, Fingerprint] | None = (
            None  # the first look reads: something may have changed since `settings` were read
        )
        self._look_at_s = self._clock.monotonic_s() + LOOK_EVERY_S
        self._restless_s = 0.0  # since when it has changed from look to look; 0: it has not
        self.version = digest(settings)
        """A short hash of what `current` says: it changes when that does."""
        self.problem = ""
        """Why the file as it stands now is not used, one line per problem; empty: it is used."""
        self._warn(settings.troubles)

    def current(self) -> Settings:
        """Return the last settings that could be. Looks at the file, at most once a second; never raises."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_EVERY_S
            self._look(now_s)
        return self._settings

    def _look(self, now_s: float) -> None:
        found = self._fingerprints()
        if found == self._seen:
            return
        rests = found == self._looked or self._is_old(found)
        if not rests and now_s - (self._restless_s or now_s) < RESTLESS_S:
            self._look_soon(found, now_s)
            return
        try:
            self._take()
        except ConfigurationError as exc:
            if not rests:  # it may be half of a file
                self._look_soon(found, now_s)
                return
            self.problem = exc.message
        self._seen, self._looked, self._restless_s = found, found, 0.0

    def _is_old(self, found: Mapping[str, Fingerprint]) -> bool:
        """Return whether what has changed did so a while ago: nobody looked, as nothing was asked of this process."""
        before = self._seen or {}
        changed = [now for file, now in found.items() if now != before.get(file)]
        vanished = MISSING in changed or not before.keys() <= found.keys()  # some editors put another one in its place
        settled_ns = (self._wall_s() - SETTLED_S) * NS
        return not vanished and all(modified_ns < settled_ns for _, modified_ns, _ in changed)

    def _look_soon(self, found: Mapping[str, Fingerprint], now_s: float) -> None:
        self._looked, self._look_at_s = found, now_s + SETTLED_S
        self._restless_s = self._restless_s or now_s

    def _take(self) -> None:
        fresh = self._read()
        version = digest(fresh)
        if version != self.version:
            self._warn(line for line in fresh.troubles if line not in self._settings.troubles)
            self.version = version
            self._settings = dataclasses.replace(
                self._first, fleet=fresh.fleet, origins=fresh.origins, source=fresh.source, troubles=fresh.troubles
            )
        self.problem = ""

    def _warn(self, troubles: Iterable[str]) -> None:
        """Log what is wrong with personas where they speak; the owner tells its terminal, and hosts need none."""
        for line in troubles if self._role == roles.BOT else ():
            logger.warning(line)

    def _fingerprints(self) -> dict[str, Fingerprint]:
        own = {str(file): fingerprint(file) for file in self._files}
        return {**own, **self._persona_files.fingerprints()}

    def _read(self) -> Settings:
        file = self._files[0]
        if self._settings.source == DEFAULTS:
            return load(file if file.exists() else None, self._environ, self._role, self._persona_files)
        try:
            emptied = not file.read_bytes().strip()
        except OSError as exc:
            raise ConfigurationError(f"{file}: cannot be read any more: {exc.strerror}") from exc
        if emptied:  # nobody means the defaults by that, and they would put all models away
            raise ConfigurationError(f"{file}: is empty now")
        return load(file, self._environ, self._role, self._persona_files)


def load_last_good(environ: Mapping[str, str], role: str) -> Settings:
    """Return the settings for a process of a flock that runs: where the file cannot be, those that last could.

    Raises:
        ConfigurationError: the file cannot be, and nothing else is known of this machine.
    """
    try:
        return load(None, environ, role)
    except ConfigurationError:
        data_dir = environ.get(DATA_DIR)  # `rookery up` tells its children
        good = membership.told(Path(data_dir)) if data_dir else None
        if good is None:
            raise
        file = environ.get(CONFIG) or DEFAULT_FILE
        return settle(good.tables, [], Path(file).absolute(), Environment.read(environ), role, None)


def digest(settings: Settings) -> str:
    """Return a short hash of what a fleet file and the files beside it say."""
    said = "\n".join([settings.fleet.model_dump_json(), settings.source, *settings.troubles])
    return hashlib.sha256(said.encode()).hexdigest()[:DIGEST_CHARS]


def _files(settings: Settings, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return what the settings are read from: the file, and on a machine that joined a flock what that told last."""
    named = settings.source if settings.source != DEFAULTS else environ.get(CONFIG) or DEFAULT_FILE
    own = Path(named).absolute()
    return (own, settings.data_dir / membership.TOLD_FILE) if settings.machine else (own,)
