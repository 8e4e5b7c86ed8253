"""The engine that answers now, where another may take its place between two answers: a worker asks this one object."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from urllib.parse import quote

from tasks.services import (
    Capabilities,
    Chat,
    Completion,
    Engine,
    HoldsAdapters,
    Lender,
    Patience,
    Piece,
    Vectors,
    holds,
)
from workers.adapters import address
from workers.adapters.inuse import using


class CurrentEngine:
    """Asks whichever engine is told in a file. An answer that has begun ends where it began."""

    def __init__(self, told: Path, first: str, make: Callable[[str], Engine]) -> None:
        """`first` is the engine as long as nothing is told; `make` returns the client of one."""
        self._told, self._first, self._make = told, first, make
        self._lock = threading.Lock()
        self._known: tuple[str, Engine] | None = None

    @contextmanager
    def held(self) -> Iterator[Engine]:
        """Yield the engine that answers now. It goes on answering while the block runs."""
        while True:
            spec = self._spec()
            with using(address.lock_of(self._told, spec)):
                if self._spec() == spec:  # nobody ends it from now on: who would, sees the lock
                    yield self._client(spec)
                    return

    @contextmanager
    def lend(self, model: str, adapter: str) -> Iterator[tuple[Engine, bool]]:
        """Yield the engine that answers now, and whether it has an adapter."""
        with self.held() as engine:
            yield engine, holds(engine, model, adapter)

    def _spec(self) -> str:
        return address.read(self._told) or self._first

    def _client(self, spec: str) -> Engine:
        with self._lock:
            if self._known is None or self._known[0] != spec:
                self._known = (spec, self._make(spec))
            return self._known[1]

    def list_resident(self) -> list[str]:
        """Return what the engine of now lists."""
        with self.held() as engine:
            return engine.list_resident()

    def sizes_gib(self) -> Mapping[str, float]:
        """Return what the models of the engine of now take."""
        with self.held() as engine:
            return engine.sizes_gib()

    def ensure_loaded(self, model: str) -> None:
        """Have the engine of now load a model."""
        with self.held() as engine:
            engine.ensure_loaded(model)

    def unload(self, model: str) -> None:
        """Have the engine of now let a model go."""
        with self.held() as engine:
            engine.unload(model)

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Have the engine of now load an adapter."""
        with self.held() as engine:
            engine.load_adapter(model, adapter, path)

    def adapters(self, model: str) -> Collection[str]:
        """Return the adapters of the engine of now."""
        with self.held() as engine:
            return engine.adapters(model) if isinstance(engine, HoldsAdapters) else ()

    def capabilities(self) -> Capabilities:
        """Return what the engine of now can do."""
        with self.held() as engine:
            return engine.capabilities()

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield an answer of the engine of now."""
        with self.held() as engine:
            yield from engine.chat_stream(chat, patience)

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield vectors of the engine of now."""
        with self.held() as engine:
            yield from engine.embed(model, texts, patience)


def lock_of(folder: Path, adapter: str) -> Path:
    """Return the file that is locked while an answer with this adapter is under way at a host's server."""
    return folder / f"{quote(adapter, safe='@')[-200:]}.inuse"


def lender_of(engine: Engine, model: str, folder: Path) -> Lender:
    """Return what lends a server, which is told to let go of adapters that nobody uses any more."""

    @contextmanager
    def lend(adapter: str) -> Iterator[tuple[Engine, bool]]:
        with _using(folder, adapter):
            yield engine, holds(engine, model, adapter)

    return lend


def _using(folder: Path, adapter: str) -> AbstractContextManager[None]:
    return using(lock_of(folder, adapter)) if adapter else nullcontext()
