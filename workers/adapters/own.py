"""Adapters for engines that are children of this host: files for llama.cpp, taken in as the agent steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tasks.contracts.fleet import Model
from workers.adapters.changing import Changing
from workers.adapters.fetching import Fetcher
from workers.adapters.wanted import Adapter


class OwnEngines:
    """Brings files, and leaves the rest to `Changing`."""

    def __init__(self, fetcher: Fetcher, weights: Callable[[Model], Path], changing: Changing) -> None:
        self._fetcher, self._weights, self._changing = fetcher, weights, changing

    def unable(self, personas: Sequence[str]) -> str:
        """Return nothing: it takes adapters."""
        return ""

    def fetch(self, adapter: Adapter, model: Model) -> Path:
        """Return the adapter as a file for llama.cpp."""
        return self._fetcher.file(adapter, model.name, self._weights(model))

    def tend(self, ready: Mapping[str, Mapping[str, Path]]) -> dict[str, str]:
        """Return what the engines did not start with; the agent's own steps give them the rest."""
        wanted = {name for files in ready.values() for name in files}
        return {name: why for name, why in self._changing.refused.items() if name in wanted}

    def used(self) -> set[str]:
        """Return the adapters that an engine has now."""
        return self._changing.used()
