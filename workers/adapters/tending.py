"""Sees to it that the engines of a host have the adapters that are served: a look a second, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tasks.contracts.canary import Served
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Fleet, Host, Model
from tasks.contracts.queues import slug
from tasks.jobs import adapters
from tasks.jobs.store import Store
from workers.adapters.fetching import Fetcher, proof_of
from workers.adapters.wanted import Adapter, learners, wanted

LOOK_EVERY_S = 1.0
FIRST_LOOK_S = 2.0
logger = logging.getLogger(__name__)


class Engines(Protocol):
    """What adapters are brought to. Called in the thread that brings them."""

    def unable(self, personas: Sequence[str]) -> str:
        """Return why none of these can be answered with what they learned here; empty where they can."""
        ...

    def fetch(self, adapter: Adapter, model: Model) -> Path:
        """Return where an adapter lies, in the form that the engine of `model` takes. Raises RookeryError, OSError."""
        ...

    def tend(self, ready: Mapping[str, Mapping[str, Path]]) -> dict[str, str]:
        """Have the engines take what is ready, by the names of models and adapters; returns what came to nothing."""
        ...

    def used(self) -> set[str]:
        """Return the adapters that an engine has now."""
        ...


class Tending:
    """Looks what is served, brings it here, and hands it to the engines. Where nobody learns it clears up, once."""

    def __init__(
        self,
        models: Mapping[str, Model],
        store: Store,
        fleet: Callable[[], Fleet],
        fetcher: Fetcher,
        engines: Engines,
        tell: Callable[[str], None],
        host: Host | None = None,
    ) -> None:
        """`models` are those that this host may hold, by name, `host` its entry. `tell` hears of each trouble once."""
        self._host = host
        self._models, self._store, self._fleet = models, store, fleet
        self._fetcher, self._engines, self._tell = fetcher, engines, tell
        self.ready: Mapping[str, Mapping[str, Path]] = {}
        """The files of the adapters of each model, by slug and name, those first that matter most."""
        self.troubles: Mapping[str, str] = {}
        """Adapters that are served and cannot be had here, and why, in a sentence each."""
        self._wanted: dict[str, tuple[Adapter, ...]] = {}
        self._cleared = False
        self._stop, self._looked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="adapters", daemon=True)

    def start(self) -> None:
        """Look around from now on. The first look is waited for, though not for long: engines are about to start."""
        self._thread.start()
        self._looked.wait(FIRST_LOOK_S)

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def look(self) -> None:
        """Look once: what is served, what of it is here, what the engines have."""
        fleet = self._fleet()
        if not learners(fleet):
            self._clear()
            return
        self._cleared = False
        self._wanted = wanted(self._served(), fleet, self._models, self._host)
        personas = sorted({adapter.persona for each in self._wanted.values() for adapter in each})
        if personas and (why := self._engines.unable(personas)):
            self._note({"": why})
            return
        troubles: dict[str, str] = {}
        ready = {name: self._fetched(each, self._models[name], troubles) for name, each in self._wanted.items()}
        self.ready = {slug(name): files for name, files in ready.items()}
        troubles |= self._engines.tend(ready)
        self._note(troubles)
        self._tidy()

    def proven(self, model_slug: str) -> Mapping[str, Path]:
        """Return the adapters that an engine of a model may be started with without fear for its start."""
        files = self.ready.get(model_slug, {})
        return {name: path for name, path in files.items() if proof_of(path).exists()}

    def _clear(self) -> None:
        """Have the engines let go of what they still have, once: nobody learns any more. No start waits for that."""
        if self._cleared or (self._thread.is_alive() and not self._looked.is_set()):
            return
        self._wanted, self.ready, self.troubles = {}, {}, {}
        with suppress(RookeryError):  # one that is not there now is asked again
            self._engines.tend({name: {} for name in self._models})
            self._cleared = True

    def _served(self) -> Mapping[str, Served]:
        return self._store.run(adapters.every())

    def _fetched(self, each: tuple[Adapter, ...], model: Model, troubles: dict[str, str]) -> dict[str, Path]:
        found = {}
        for adapter in each:
            try:
                found[adapter.name] = self._engines.fetch(adapter, model)
            except RookeryError as exc:
                troubles[adapter.name] = str(exc)
            except OSError as exc:
                troubles[adapter.name] = f"{adapter.name} could not be brought here: {exc}"
        return found

    def _note(self, troubles: Mapping[str, str]) -> None:
        """Tell what is wrong, each thing once, and keep it for whoever asks."""
        said = {name: f"no adapter {name}: {why}" if name else why for name, why in troubles.items()}
        for name, line in said.items():
            if self.troubles.get(name) != line:
                self._tell(line)
        self.troubles = said

    def _tidy(self) -> None:
        used = self._engines.used()
        files = {path for each in self.ready.values() for path in each.values()}
        kept = [adapter for each in self._wanted.values() for adapter in each]
        if not used - {adapter.name for adapter in kept}:
            self._fetcher.keep_only(kept, files)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except RookeryError as exc:
                logger.warning("no look at adapters", extra={"error": str(exc)})
            except Exception:  # one look that goes wrong is not to be the last one
                logger.exception("looking at adapters failed")
            self._looked.set()
            self._stop.wait(LOOK_EVERY_S)
