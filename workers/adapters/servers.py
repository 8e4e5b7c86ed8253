"""Adapters for an engine that is a server: one that takes them while it answers is given them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from tasks.contracts.canary import VERSION
from tasks.contracts.clock import Clock
from tasks.contracts.errors import EngineRejected, RookeryError
from tasks.contracts.fleet import Model
from tasks.services import Engine, HoldsAdapters
from workers.adapters.current import lock_of
from workers.adapters.fetching import Fetcher
from workers.adapters.inuse import kept_from_use
from workers.adapters.rolling import Turn
from workers.adapters.wanted import Adapter

LIST_EVERY_S = 5.0
"""Between two questions what a server has, where nothing was changed by us and nothing failed: each is a request
beside those of people. It is for what its owner loads and takes away by hand; a server that starts anew is away for a
while, which is seen at the next look."""

#: What is called like this was brought by a host of ours; all else at a server is its owner's.
_OURS = re.compile(f"@{VERSION.strip('^$')}$")


@runtime_checkable
class DropsAdapters(Protocol):
    """An engine that can be told to let go of an adapter."""

    def unload_adapter(self, model: str, adapter: str) -> None:
        """Let it go; one that is not there is left alone."""
        ...


class TakesAdapters(Engine, HoldsAdapters, Protocol):
    """An engine that answers with adapters."""


class NoAdapters:
    """An engine that cannot answer with any, or may not: that is told, and is no mistake."""

    def __init__(self, called: str, why: str = "takes no adapters") -> None:
        self._called, self._why = called, why

    def unable(self, personas: Sequence[str]) -> str:
        """Return that it takes none."""
        who = ", ".join(personas)
        return f"{self._called} {self._why}: what {who} learned is not heard there, and answers are flagged so"

    def fetch(self, adapter: Adapter, model: Model) -> Path:
        """Refuse: it would be of no use here."""
        raise EngineRejected(self.unable([adapter.persona]))

    def tend(self, ready: Mapping[str, Mapping[str, Path]]) -> dict[str, str]:
        """Do nothing."""
        return {}

    def used(self) -> set[str]:
        """Return nothing."""
        return set()


class ServerEngine:
    """The engine of one host, at an address."""

    def __init__(self, engine: TakesAdapters, folder: Path, fetcher: Fetcher, turn: Turn, clock: Clock) -> None:
        """`folder` is where workers say which adapters they use."""
        self._engine, self._folder = engine, folder
        self._fetcher, self._turn, self._clock = fetcher, turn, clock
        self._has: dict[str, frozenset[str]] = {}
        self._listed_at_s: dict[str, float] = {}

    def unable(self, personas: Sequence[str]) -> str:
        """Return nothing: it takes adapters, or says itself that it does not."""
        return ""

    def fetch(self, adapter: Adapter, model: Model) -> Path:
        """Return the adapter as a folder of PEFT's."""
        return self._fetcher.copy(adapter, model.name)

    def tend(self, ready: Mapping[str, Mapping[str, Path]]) -> dict[str, str]:
        """Load what is new, one host at a time, and let go of what nobody wants or uses any more."""
        troubles: dict[str, str] = {}
        for model in self._resident() & set(ready):
            self._load(model, ready[model], troubles)
            self._let_go(model, ready[model])
            self._listed(model)
        self._turn.leave()
        return troubles

    def used(self) -> set[str]:
        """Return the adapters that the server has now."""
        return set().union(*self._has.values())

    def _resident(self) -> set[str]:
        """Return the models that are there. What was known of one that is not may be otherwise when it comes back."""
        try:
            resident = set(self._engine.list_resident())
        except RookeryError:
            self._listed_at_s.clear()
            raise
        self._listed_at_s = {model: at_s for model, at_s in self._listed_at_s.items() if model in resident}
        return resident

    def _load(self, model: str, files: Mapping[str, Path], troubles: dict[str, str]) -> None:
        has = self._listed(model)
        for name in [name for name in files if name not in has]:
            if not self._turn.take(model):
                return
            self._listed_at_s.pop(model, None)
            try:
                self._engine.load_adapter(model, name, str(files[name]))
            except RookeryError as exc:
                troubles[name] = str(exc)

    def _let_go(self, model: str, wanted: Collection[str]) -> None:
        if not isinstance(self._engine, DropsAdapters):
            return
        for name in filter(_OURS.search, self._listed(model) - set(wanted)):
            lock = lock_of(self._folder, name)
            with kept_from_use(lock) as mine:
                if mine:
                    self._listed_at_s.pop(model, None)
                    self._engine.unload_adapter(model, name)
                    lock.unlink(missing_ok=True)

    def _listed(self, model: str) -> frozenset[str]:
        """Return what the server has: as it said last, unless that is out of date."""
        now_s = self._clock.monotonic_s()
        if now_s - self._listed_at_s.get(model, -math.inf) >= LIST_EVERY_S:
            self._has[model] = frozenset(self._engine.adapters(model))
            self._listed_at_s[model] = now_s
        return self._has[model]
