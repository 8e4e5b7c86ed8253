"""Adapters for an engine that is a server: one that takes them while it answers is given them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from tasks.contracts.canary import VERSION
from tasks.contracts.errors import EngineRejected, RookeryError
from tasks.contracts.fleet import Model
from tasks.services import Engine, HoldsAdapters
from workers.adapters.current import lock_of
from workers.adapters.fetching import Fetcher
from workers.adapters.inuse import kept_from_use
from workers.adapters.rolling import Turn
from workers.adapters.wanted import Adapter

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
    """An engine that cannot answer with any: that is told, and is no mistake."""

    def __init__(self, called: str) -> None:
        self._called = called

    def unable(self, personas: Sequence[str]) -> str:
        """Return that it takes none."""
        who = ", ".join(personas)
        return f"{self._called} takes no adapters: what {who} learned is not heard there, and answers are flagged so"

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

    def __init__(self, engine: TakesAdapters, folder: Path, fetcher: Fetcher, turn: Turn) -> None:
        """`folder` is where workers say which adapters they use."""
        self._engine, self._folder = engine, folder
        self._fetcher, self._turn = fetcher, turn
        self._has: dict[str, frozenset[str]] = {}

    def unable(self, personas: Sequence[str]) -> str:
        """Return nothing: it takes adapters, or says itself that it does not."""
        return ""

    def fetch(self, adapter: Adapter, model: Model) -> Path:
        """Return the adapter as a folder of PEFT's."""
        return self._fetcher.copy(adapter, model.name)

    def tend(self, ready: Mapping[str, Mapping[str, Path]]) -> dict[str, str]:
        """Load what is new, one host at a time, and let go of what nobody wants or uses any more."""
        troubles: dict[str, str] = {}
        resident = set(self._engine.list_resident())
        for model in resident & set(ready):
            self._load(model, ready[model], troubles)
            self._let_go(model, ready[model])
        self._turn.leave()
        return troubles

    def used(self) -> set[str]:
        """Return the adapters that the server has now."""
        return set().union(*self._has.values())

    def _load(self, model: str, files: Mapping[str, Path], troubles: dict[str, str]) -> None:
        has = self._listed(model)
        for name in [name for name in files if name not in has]:
            if not self._turn.take(model):
                return
            try:
                self._engine.load_adapter(model, name, str(files[name]))
            except RookeryError as exc:
                troubles[name] = str(exc)
        self._listed(model)

    def _let_go(self, model: str, wanted: Collection[str]) -> None:
        if not isinstance(self._engine, DropsAdapters):
            return
        for name in filter(_OURS.search, self._has.get(model, frozenset()) - set(wanted)):
            lock = lock_of(self._folder, name)
            with kept_from_use(lock) as mine:
                if mine:
                    self._engine.unload_adapter(model, name)
                    lock.unlink(missing_ok=True)
        self._listed(model)

    def _listed(self, model: str) -> frozenset[str]:
        has = self._has[model] = frozenset(self._engine.adapters(model))
        return has
