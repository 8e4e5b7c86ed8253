"""What is wrong with the flock at a moment, as far as somebody should know. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tasks.contracts.masking import mask
from tasks.contracts.notices import MAX_TITLE_CHARS, Level
from tasks.contracts.shortening import shortened
from tasks.jobs.health import OPEN, HostHealth, health_of
from tasks.jobs.values import MS, HostSeen, Status, Word

GONE_S = 15.0  # a host that is away for less is no news
SILENT_S = 30.0  # the same for an engine that does not answer
OPEN_S = 60.0  # and for a breaker
BEAT_LATE_S = 180.0
BEAT_S = 120.0
MAX_REASON_CHARS = 300


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong for as long as it is seen."""

    about: str
    title: str
    words: str
    level: Level = "warning"
    settles_s: float = 0.0
    """How long it must be so before anybody is told."""
    over: str = ""
    """What is told when it is over; empty: nothing."""


def troubles_of(seen: Status, hosts: Collection[str]) -> Iterator[Trouble]:
    """Yield what is wrong with hosts, the models on them, and what rings; `hosts` are those that there should be."""
    alone = not any(host.live for host in seen.hosts)
    health = health_of(seen)
    for host in seen.hosts:
        if host.name not in hosts or host.word is not Word.RUN:
            continue  # somebody took it out, or had it rest: they know
        if not host.live:
            yield _gone(host, alone=alone)
            continue
        yield from _of_the_engine(health[host.name])
        yield from _of_loads(host)
    yield from _of_beat(seen)


def of_the_disk(free_gib: float, least_gib: float, folder: str) -> Iterator[Trouble]:
    """Yield that there is little room on the disk with the data, if that is so."""
    if free_gib < least_gib:
        yield Trouble(
            "disk",
            f"{free_gib:.1f} GiB are left on the disk",
            f"The ledger and the logs are in {folder}. Without room Redis takes no more messages. Free some.",
            "error",
            over="There is room on the disk again",
        )


def _gone(host: HostSeen, *, alone: bool) -> Trouble:
    told = "No other host is up: nobody is answered." if alone else "Others go on; what only it can answer waits."
    machine = str(host.about.get("machine", ""))
    where = f" on {machine}" if machine else ""
    return Trouble(
        f"host:{host.name}",
        titled(f"Host {host.name} is gone"),
        f"Nothing was heard of its agent{where} for a while. {told} `rookery run host {host.name}` starts it.",
        "error" if alone else "warning",
        GONE_S,
        f"Host {host.name} is back",
    )


def _of_the_engine(host: HostHealth) -> Iterator[Trouble]:
    if host.trouble:
        yield Trouble(
            f"engine:{host.host}",
            titled(f"The engine of {host.host} does not answer"),
            f"{in_short(host.trouble)}. `rookery doctor` looks at it from this machine.",
            settles_s=SILENT_S,
            over=f"The engine of {host.host} answers again",
        )
    for model in host.models:
        if model.standing == OPEN:
            yield Trouble(
                f"breaker:{host.host}:{model.slug}",
                titled(f"{model.model} fails on {host.host}"),
                f"It gets no jobs there for now, after {model.trouble or 'failures'} in a row. "
                "It is tried again by itself; others that hold the model answer meanwhile.",
                settles_s=OPEN_S,
                over=f"{model.model} answers on {host.host} again",
            )


def _of_loads(host: HostSeen) -> Iterator[Trouble]:
    for failure in (host.about.get("memory") or {}).get("failures", []):
        if failure.get("gave_up"):
            yield Trouble(
                f"load:{host.name}:{failure['slug']}",
                titled(f"{host.name} cannot load {failure['slug']}"),
                f"After {failure['count']} tries: {in_short(str(failure['reason']))}. It is left to others for a "
                f"while. `rookery status` shows what else is in its memory.",
            )


def _of_beat(seen: Status) -> Iterator[Trouble]:
    if seen.heartbeat_ms and seen.now_ms - seen.heartbeat_ms > BEAT_LATE_S * MS:
        yield Trouble(
            "beat",
            "Nothing rings by the clock any more",
            "Beat was not heard for minutes. People are answered; what is done by the clock is not. "
            "`rookery run beat` starts it.",
            settles_s=BEAT_S,
            over="Beat rings again",
        )


def titled(text: str) -> str:
    """Return a title that is not too long."""
    return shortened(text, MAX_TITLE_CHARS)


def in_short(reason: str) -> str:
    """Return why something failed, without secrets and in a line or two."""
    return shortened(" ".join(mask(reason).split()).rstrip("."), MAX_REASON_CHARS)
