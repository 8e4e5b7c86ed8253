"""How hosts and their models are, read from what they say of themselves: nobody is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tasks.jobs.values import HostSeen, Status, Word

READY, LOADING = "ready", "loading"
TRUSTED, PROBATION, OPEN = "trusted", "probation", "open"


class HostStatus(StrEnum):
    """What a host does."""

    AVAILABLE = "available"
    BUSY = "busy"
    LOADING = "loading"
    """A model is on its way into memory, and no answer is in hand."""
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """One model on one host, as its worker last told it."""

    model: str
    slug: str
    state: str
    """Loading, ready, draining …"""
    standing: str = TRUSTED
    """Trusted; on probation, with one job at a time; or open: no jobs until it has cooled down."""
    trouble: str = ""
    """The kind of the last failure; empty after an answer."""
    first_token_s: float | None = None
    """How long people wait for the first word, a moving average; None before the first answer."""
    prefill_tokens_per_s: float | None = None
    decode_tokens_per_s: float | None = None

    @property
    def well(self) -> bool:
        """Whether it is given jobs."""
        return self.state == READY and self.standing != OPEN


@dataclass(frozen=True, slots=True)
class HostHealth:
    """One host."""

    host: str
    live: bool
    word: Word
    trouble: str
    """Why its engine does not answer; empty while it does."""
    models: tuple[ModelHealth, ...]
    address: str = ""
    """Where its server is; empty where its engine is a child of its agent."""
    in_flight: int = 0
    """Answers in hand, all models together."""
    seen_ms: int = 0
    """When it last said that it lives, by the clock of Redis."""

    @property
    def status(self) -> HostStatus:
        """What it does now, as it last said."""
        if not self.live:
            return HostStatus.OFFLINE
        if self.in_flight:
            return HostStatus.BUSY
        loading = any(model.state == LOADING for model in self.models)
        return HostStatus.LOADING if loading else HostStatus.AVAILABLE

    @property
    def resident(self) -> tuple[str, ...]:
        """The models that it answers with, by slug; none while nobody knows."""
        return tuple(model.slug for model in self.models if model.state == READY) if self.live else ()

    @property
    def well(self) -> bool:
        """Whether it takes work: it is up, may work, its engine answers, and not every model of it fails."""
        working = not self.models or any(model.well for model in self.models)
        return self.live and self.word is Word.RUN and not self.trouble and working

    @property
    def latency_s(self) -> float | None:
        """The longest wait for a first word among its models; None before any answer."""
        return max((model.first_token_s for model in self.models if model.first_token_s is not None), default=None)


def health_of(seen: Status) -> dict[str, HostHealth]:
    """Return how each host is, by its name."""
    return {host.name: host_health(host) for host in seen.hosts}


def well_hosts(seen: Status) -> list[str]:
    """Return the names of the hosts that take work."""
    return [name for name, health in health_of(seen).items() if health.well]


def public(health: Mapping[str, HostHealth]) -> dict[str, Any]:
    """Return what programs are told."""
    return {
        name: {
            "status": host.status.value,
            "address": host.address,
            "resident": list(host.resident),
            "in_flight": host.in_flight,
            "seen_ms": host.seen_ms,
            "well": host.well,
            "live": host.live,
            "word": host.word.value,
            "trouble": host.trouble,
            "latency_s": host.latency_s,
            "models": {
                model.slug: {
                    "well": model.well,
                    "state": model.state,
                    "standing": model.standing,
                    "trouble": model.trouble,
                    "first_token_s": model.first_token_s,
                    "prefill_tokens_per_s": model.prefill_tokens_per_s,
                    "decode_tokens_per_s": model.decode_tokens_per_s,
                }
                for model in host.models
            },
        }
        for name, host in health.items()
    }


def host_health(host: HostSeen) -> HostHealth:
    """Return how one host is."""
    memory = host.about.get("memory") or {}
    return HostHealth(
        host.name,
        host.live,
        host.word,
        memory.get("trouble") or "",
        tuple(map(_model, host.about.get("models", []))),
        address=host.about.get("address", ""),
        in_flight=sum(each["busy"] for each in memory.get("residents", [])) if host.live else 0,
        seen_ms=host.beat_ms,
    )


def _model(said: Mapping[str, Any]) -> ModelHealth:
    health = said.get("health") or {}
    standing = health.get("standing")
    return ModelHealth(
        model=said["name"],
        slug=said.get("slug", said["name"]),
        state=said["state"],
        standing=standing if standing in (PROBATION, OPEN) else TRUSTED,
        trouble=health.get("trouble", ""),
        first_token_s=health.get("first_token_s") or None,
        prefill_tokens_per_s=health.get("prefill_tokens_per_s") or None,
        decode_tokens_per_s=health.get("decode_tokens_per_s") or None,
    )
