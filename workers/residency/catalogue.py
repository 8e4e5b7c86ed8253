"""The models that one host may hold: how each is served there, what it takes, and what was learned of that."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import FAKE, LLAMACPP, Host, Model
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from workers.children import Station, station, weights
from workers.residency import footprint
from workers.residency.footprint import Measured, Size
from workers.residency.measures import Measures

GIB = 2**30
MADE_UP_GIB = 0.001  # of a model that is none


class Catalogue:
    """What may be loaded on a host. Raises ConfigurationError where weights that it would need are not there."""

    def __init__(
        self, settings: Settings, host: Host, fence: int, measures: Measures, total_gib: float = math.inf
    ) -> None:
        self._settings, self._host, self._fence, self._measures = settings, host, fence, measures
        self._total_gib = total_gib
        self._models = {slug(model.name): model for model in settings.fleet.models_of(host.name)}
        self._versions = {name: self._version(model) for name, model in self._models.items()}
        self.adapters: Callable[[str], Mapping[str, Path]] = lambda _slug: {}
        """The files of the adapters that the engine of a model, by its slug, is started with, by their names."""

    @property
    def slugs(self) -> tuple[str, ...]:
        """The models in the order of the fleet file."""
        return tuple(self._models)

    def __contains__(self, name: str) -> bool:
        return name in self._models

    def model(self, name: str) -> Model:
        """Return a model by its slug."""
        return self._models[name]

    def station(self, name: str) -> Station:
        """Return how the model would be served from now on."""
        return station(self._settings, self._host, self._models[name], self._fence, self.adapters(name))

    def slots(self, name: str) -> int:
        """Return how many answers at a time it gives here."""
        return self._host.slots or self._models[name].slots

    def pinned(self, name: str) -> bool:
        """Return whether this host always holds it."""
        return self._host.name in self._models[name].pin

    def size(self, name: str) -> Size:
        """Return what it takes here, as far as that is known. A mere guess is no reason never to try it."""
        model = self._models[name]
        gib = self.weights_gib(model)
        file_gib = None if gib is None else footprint.by_file(gib, model.context_tokens, self.slots(name))
        if self._host.engine == FAKE:
            file_gib = MADE_UP_GIB
        size = footprint.size_of(model.name, told_gib=model.memory_gib, measured=self._known(name), file_gib=file_gib)
        return replace(size, gib=min(size.gib, self._total_gib)) if size.origin == "guess" else size

    def load_s(self, name: str) -> float:
        """Return what loading it takes here."""
        return footprint.load_s_of(self.size(name).gib, self._known(name))

    def learn(self, name: str, gib: float | None, load_s: float | None = None) -> None:
        """Take in what a load that went well showed."""
        self._keep(name, lambda known, version: footprint.loaded(known, version, gib=gib, load_s=load_s))

    def learn_no_room(self, name: str) -> None:
        """Take in that there was not enough memory for it."""
        taken_gib = self.size(name).gib
        self._keep(name, lambda known, version: footprint.did_not_fit(known, version, taken_gib))

    def weights_gib(self, model: Model) -> float | None:
        """Return the size of its file here; None where it has none."""
        if self._host.engine != LLAMACPP:
            return None
        with suppress(OSError, ConfigurationError):  # it may be gone by now
            return weights(self._settings, model).stat().st_size / GIB
        return None

    def _known(self, name: str) -> Measured:
        return self._measures.of(name, self._versions[name])

    def _keep(self, name: str, learned: Callable[[Measured, str], Measured]) -> None:
        self._measures.keep(name, learned(self._known(name), self._versions[name]))

    def _version(self, model: Model) -> str:
        window = f"{model.context_tokens} x {self._host.slots or model.slots}"
        if self._host.engine != LLAMACPP:
            return f"{self._host.engine} {model.name_on(self._host)} {window}"
        path = weights(self._settings, model)
        return f"{path} {path.stat().st_size} {window}"
