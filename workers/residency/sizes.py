"""What models take on the hosts of this machine, for whoever asks beside their agents."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tasks.contracts.engines import Kind
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Host, Model
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from workers import demo
from workers.children import host_folder
from workers.residency import footprint
from workers.residency.catalogue import GIB, Catalogue
from workers.residency.footprint import Size
from workers.residency.measures import FILE, Measures

NO_FENCE = 0  # nothing is started


class SizesHere:
    """Call it for the size of a model on a host: as measured here, if that host has ever run here; else estimated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalogues: dict[str, Catalogue | None] = {}

    def __call__(self, host: Host, model: Model) -> Size:
        """Return what `model` takes on `host`, as far as this machine knows."""
        if host.name not in self._catalogues:
            self._catalogues[host.name] = self._catalogue(host)
        catalogue = self._catalogues[host.name]
        if catalogue is not None and slug(model.name) in catalogue:
            return catalogue.size(slug(model.name))
        return footprint.size_of(model.name, told_gib=model.memory_gib, file_gib=self._file_gib(host, model))

    def _catalogue(self, host: Host) -> Catalogue | None:
        folder = host_folder(self._settings, host)
        if not (folder / FILE).exists():  # it has never run here, so nothing was measured, and no file need be there
            return None
        with suppress(ConfigurationError):
            return Catalogue(self._settings, host, NO_FENCE, Measures(folder))
        return None

    def _file_gib(self, host: Host, model: Model) -> float | None:
        if host.kind is not Kind.LLAMACPP:
            return None
        with suppress(OSError):
            gib = self._weights_bytes(model) / GIB
            return footprint.by_file(gib, model.context_tokens, host.slots or model.slots)
        return None

    def _weights_bytes(self, model: Model) -> int:
        if model.builtin:  # as it is packaged: its GGUF file is made by the first host that starts
            return sum(path.stat().st_size for path in Path(demo.__file__).with_name("weights").iterdir())
        return self._settings.tiers.find(model.gguf).stat().st_size
