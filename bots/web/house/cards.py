"""Hosts as cards: what each does, what its memory holds, what somebody should know. Pure, and without addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from bots.web.house.shapes import ForeignShape, HostShape, LoadShape, MemoryShape, ResidentShape
from tasks.jobs.durations import age
from tasks.jobs.happenings import without_address
from tasks.jobs.health import HostHealth, ModelHealth, host_health
from tasks.jobs.troubles import troubles_of
from tasks.jobs.values import MS, HostSeen, Word

STATES: dict[Word, Literal["up", "paused", "draining"]] = {
    Word.RUN: "up",
    Word.PAUSE: "paused",
    Word.DRAIN: "draining",
}
WORDS = {Word.PAUSE: "paused", Word.DRAIN: "leaves when its work is done"}


def card(host: HostSeen, now_ms: int) -> HostShape:
    """Return a host as people see it; of one that is gone, what it was is not told."""
    health = host_health(host)
    memory = (host.about.get("memory") or {}) if host.live else {}
    return HostShape(
        name=host.name,
        live=host.live,
        state=STATES[host.word] if host.live else "gone",
        doing=health.status.value,
        words=_words(host, health, memory, now_ms),
        engine=host.about.get("engine", ""),
        cloud=bool(host.about.get("cloud")),
        labels=tuple(host.about.get("labels") or ()),
        seen_ms=host.beat_ms,
        memory=_memory(memory) if memory else None,
        residents=tuple(_residents(host, health, memory)) if host.live else (),
        loads=tuple(_load(load, host.beat_ms) for load in memory.get("loads", [])),
        troubles=tuple(map(without_address, troubles_of(host))),
    )


def _words(host: HostSeen, health: HostHealth, memory: Mapping[str, Any], now_ms: int) -> str:
    if not host.live:
        return f"not heard of for {age(max(0, now_ms - host.beat_ms))}" if host.beat_ms else "never came up"
    busy = f"at {health.in_flight} {'answer' if health.in_flight == 1 else 'answers'}" if health.in_flight else ""
    if host.word is not Word.RUN:
        return ", ".join(filter(None, (WORDS[host.word], busy)))
    if health.trouble:
        return "its engine does not answer"
    loading = [f"loads {load['slug']}" for load in memory.get("loads", [])]
    return ", ".join(filter(None, (busy, *loading))) or ("ready" if health.resident else "holds nothing yet")


def _memory(said: Mapping[str, Any]) -> MemoryShape:
    return MemoryShape(
        total_gib=said.get("total_gib"),
        used_gib=said.get("used_gib") or 0.0,
        free_gib=said.get("free_gib"),
        foreign_gib=said.get("foreign_gib") or 0.0,
        foreign=tuple(ForeignShape(name=name, gib=gib) for name, gib in (said.get("foreign") or {}).items()),
    )


def _residents(host: HostSeen, health: HostHealth, memory: Mapping[str, Any]) -> Iterator[ResidentShape]:
    held = {each["slug"]: each for each in memory.get("residents", [])}
    said = {each.get("slug", each["name"]): each for each in host.about.get("models", [])}
    for model in health.models:
        yield _resident(model, said[model.slug], held.get(model.slug, {}), host.beat_ms)


def _resident(model: ModelHealth, said: Mapping[str, Any], held: Mapping[str, Any], beat_ms: int) -> ResidentShape:
    unused_s = held.get("unused_for_s")
    return ResidentShape(
        name=model.model,
        model=model.slug,
        state=model.state,
        gib=held.get("size_gib"),
        gib_is=held.get("size_is", ""),
        busy=held.get("busy", 0),
        slots=held.get("slots", said.get("slots", 0)),
        pinned=bool(held.get("pinned")),
        demo=bool(said.get("demo")),
        standing=model.standing,
        trouble=model.trouble,
        first_token_s=model.first_token_s,
        tokens_per_s=model.decode_tokens_per_s,
        used_ms=None if unused_s is None else beat_ms - round(unused_s * MS),
    )


def _load(said: Mapping[str, Any], beat_ms: int) -> LoadShape:
    eta_s = said.get("eta_s")
    return LoadShape(
        model=said["slug"],
        stage=said["stage"],
        since_ms=beat_ms - round(said["since_s"] * MS),
        ready_ms=None if eta_s is None else beat_ms + round(eta_s * MS),
        awaits=tuple(said.get("awaits", ())),
        why=without_address(said.get("why", "")),
    )
