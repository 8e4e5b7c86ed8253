"""What LM Studio says of the models that it has: those on its disk, each with its copies in memory. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workers.engines.chunks import count_of, mapping_of, text_of


@dataclass(frozen=True, slots=True)
class Instance:
    """A copy in memory. What LM Studio does not say is 0."""

    id: str
    context_tokens: int = 0
    slots: int = 0


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A model on its disk, and its copies in memory."""

    key: str
    instances: tuple[Instance, ...] = ()
    size_bytes: int = 0
    format: str = ""
    most_context_tokens: int = 0

    def instance(self, window: int) -> Instance | None:
        """Return a copy with a window of so many tokens, or of as many as the model can have; as far as it tells."""
        wanted = min(window, self.most_context_tokens or window)
        return next((each for each in self.instances if not 0 < each.context_tokens < wanted), None)


def read(said: Mapping[str, Any]) -> list[Downloaded] | None:
    """Return what GET /api/v1/models says; None where that is no such listing: LM Studio before 0.4 has none."""
    entries = said.get("models")
    if not isinstance(entries, list):
        return None
    return [_downloaded(mapping_of(entry)) for entry in entries if text_of(mapping_of(entry).get("key"))]


def read_v0(said: Mapping[str, Any]) -> list[Downloaded] | None:
    """Return what GET /api/v0/models says, which knows no sizes; None where that is no such listing."""
    entries = said.get("data")
    if not isinstance(entries, list) or not all("state" in mapping_of(entry) for entry in entries):
        return None
    found = ((text_of(mapping_of(entry).get("id")), mapping_of(entry)) for entry in entries)
    return [
        Downloaded(key, (Instance(key),) if entry.get("state") == "loaded" else (), format=_format(entry))
        for key, entry in found
        if key
    ]


def _downloaded(entry: Mapping[str, Any]) -> Downloaded:
    loaded = entry.get("loaded_instances")
    return Downloaded(
        key=text_of(entry.get("key")),
        instances=tuple(_instance(mapping_of(each)) for each in loaded) if isinstance(loaded, list) else (),
        size_bytes=count_of(entry.get("size_bytes")),
        format=text_of(entry.get("format")),
        most_context_tokens=count_of(entry.get("max_context_length")),
    )


def _instance(entry: Mapping[str, Any]) -> Instance:
    config = mapping_of(entry.get("config"))
    return Instance(text_of(entry.get("id")), count_of(config.get("context_length")), count_of(config.get("parallel")))


def _format(entry: Mapping[str, Any]) -> str:
    return text_of(entry.get("compatibility_type"))
