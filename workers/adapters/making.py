"""Adapters for a server to which each is a model of its own, as to Ollama: it is made there, loaded, and deleted.

Such a model takes as much memory as its base. One is in memory only while some of its persona's answers are given with
it, and where there is room beside all else; the others are answered by the base, and flagged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from tasks.contracts.clock import Clock
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Model
from workers.adapters.current import lock_of
from workers.adapters.fetching import Fetcher
from workers.adapters.inuse import kept_from_use
from workers.adapters.rolling import Turn
from workers.adapters.wanted import Adapter

#: What did not work is tried again after this long, then twice as long: a try may cost others their model for a while.
TRY_AGAIN_S, LONGEST_S = 600.0, 86_400.0


@runtime_checkable
class MakesModels(Protocol):
    """An engine that makes a model of its own of each adapter."""

    def list_resident(self) -> list[str]:
        """Return the models in memory; what was made of adapters is not among them."""
        ...

    def head_of(self, model: str) -> Mapping[str, str | int]:
        """Return what the GGUF file of a model begins with."""
        ...

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Make a model of an adapter unless that was done, and load it unless that was done."""
        ...

    def unload_adapter(self, model: str, adapter: str) -> None:
        """Take it out of memory; one that is not there is left alone."""
        ...

    def delete_adapter(self, model: str, adapter: str) -> None:
        """Delete what was made of it; one that is not there is left alone."""
        ...

    def made_adapters(self, model: str) -> Collection[str]:
        """Return the adapters of which it has made models."""
        ...

    def adapters_gib(self, model: str) -> Mapping[str, float]:
        """Return those in memory, and what each takes there."""
        ...


class Memory(Protocol):
    """What there is room for; `workers.adapters.room` says more."""

    def fits(self, model: str) -> bool:
        """Return whether another adapter on a model has room."""
        ...

    def charge(self, model: str, gib: float) -> None:
        """Note what those on it take."""
        ...

    def size_gib(self, model: str) -> float:
        """Return what the model takes."""
        ...


@dataclass(frozen=True, slots=True)
class Setback:
    """What did not work, and when it is tried again."""

    why: str
    wait_s: float
    until_s: float


class MakingEngine:
    """The engine of one host, at an address."""

    def __init__(
        self, engine: MakesModels, folder: Path, fetcher: Fetcher, turn: Turn, memory: Memory, clock: Clock
    ) -> None:
        """`folder` is where workers say which adapters they use."""
        self._engine, self._folder, self._fetcher = engine, folder, fetcher
        self._turn, self._memory, self._clock = turn, memory, clock
        self._heads: dict[str, Mapping[str, str | int]] = {}
        self._spare: dict[str, bool] = {}
        self._setbacks: dict[str, Setback] = {}
        self._has: dict[str, frozenset[str]] = {}
        self._tidied: dict[str, frozenset[str]] = {}

    def unable(self, personas: Sequence[str]) -> str:
        """Return nothing: it takes adapters, or says itself that it does not."""
        return ""

    def fetch(self, adapter: Adapter, model: Model) -> Path:
        """Return the adapter as a file for llama.cpp, made for the model as the server has it."""
        self._spare[adapter.name] = adapter.spare
        if model.name not in self._heads:
            self._heads[model.name] = self._engine.head_of(model.name)
        return self._fetcher.file_for(adapter, model.name, self._heads[model.name])

    def tend(self, ready: Mapping[str, Mapping[str, Path]]) -> dict[str, str]:
        """Delete what nobody wants, and have those in memory that answers are given with, as far as there is room."""
        troubles: dict[str, str] = {}
        resident = set(self._engine.list_resident())
        for model, files in ready.items():
            self._tidy(model, frozenset(files))
            if not files and not self._has.get(model, True):
                continue
            needed = (
                {name: path for name, path in files.items() if not self._spare.get(name)} if model in resident else {}
            )
            self._note(model)
            if idle := self._has[model] - set(needed):
                self._unload(model, idle)
                self._note(model)
            self._load(model, needed, troubles)
        self._turn.leave()
        return troubles

    def used(self) -> set[str]:
        """Return the adapters that the server has in memory."""
        return set().union(*self._has.values())

    def _load(self, model: str, files: Mapping[str, Path], troubles: dict[str, str]) -> None:
        for name in [name for name in files if name not in self._has[model]]:
            setback, now_s = self._setbacks.get(name), self._clock.monotonic_s()
            if setback and now_s < setback.until_s:
                troubles[name] = setback.why
            elif not self._memory.fits(model):
                troubles[name] = "it takes as much memory as its model, and there is none for both; the model answers"
            elif not self._turn.take(model):
                return
            else:
                self._try(model, name, files[name])
                if name in self._setbacks:
                    troubles[name] = self._setbacks[name].why

    def _try(self, model: str, name: str, path: Path) -> None:
        """Load one; what it will take is charged before, so that nothing else is loaded into its place."""
        self._memory.charge(model, sum(self._engine.adapters_gib(model).values()) + self._memory.size_gib(model))
        try:
            self._engine.load_adapter(model, name, str(path))
        except RookeryError as exc:
            before = self._setbacks.get(name)
            wait_s = min(2 * before.wait_s, LONGEST_S) if before else TRY_AGAIN_S
            self._setbacks[name] = Setback(str(exc), wait_s, self._clock.monotonic_s() + wait_s)
        else:
            self._setbacks.pop(name, None)
        self._note(model)

    def _unload(self, model: str, names: Iterable[str]) -> None:
        for name in sorted(names):
            with kept_from_use(lock_of(self._folder, name)) as mine:
                if mine:
                    self._engine.unload_adapter(model, name)

    def _tidy(self, model: str, wanted: frozenset[str]) -> None:
        """Delete what nobody wants. The disk is looked at when something else is wanted, or something was left."""
        if self._tidied.get(model) == wanted:
            return
        self._delete(model, set(self._engine.made_adapters(model)) - wanted)
        if set(self._engine.made_adapters(model)) <= wanted:
            self._tidied[model] = wanted

    def _delete(self, model: str, names: Iterable[str]) -> None:
        for name in sorted(names):
            lock = lock_of(self._folder, name)
            with kept_from_use(lock) as mine:
                if mine:
                    self._engine.unload_adapter(model, name)
                    self._engine.delete_adapter(model, name)
                    lock.unlink(missing_ok=True)

    def _note(self, model: str) -> None:
        sizes = self._engine.adapters_gib(model)
        self._has[model] = frozenset(sizes)
        self._memory.charge(model, sum(sizes.values()))
