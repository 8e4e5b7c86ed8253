"""Whether the ports that we would listen on are free, and who has them if not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import psutil

from tasks.contracts.errors import PortTaken, ProcessFailed
from tasks.contracts.settings import Settings
from workers.doctor.findings import Finding, Level
from workers.supervision import instance
from workers.supervision.ports import LOOPBACK, free_port, refuse_taken_port

CHECK = "ports"


class Holder(Enum):
    """Who has a port that is not free."""

    THIS_FLOCK = "the Rookery of this data folder"
    ROOKERY = "a process of some Rookery"
    STRANGER = "anybody else"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port that one of our processes listens on."""

    use: str
    setting: str
    number: int
    bind: str = LOOPBACK


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found at such a port: `refusal` says why nothing of ours could listen there now."""

    wanted: Wanted
    refusal: ProcessFailed | None = None
    holder: Holder = Holder.STRANGER
    free_instead: int = 0


def look(settings: Settings) -> list[Finding]:
    """Return whether each port of the settings is ours to have."""
    owner = instance.owner(settings.data_dir)
    found = [judge(_seen(wanted, owner)) for wanted in wanted_ports(settings)]
    if owner is not None:
        found.insert(0, Finding(CHECK, Level.OK, f"Rookery runs in {settings.data_dir} (pid {owner})"))
    return found


def wanted_ports(settings: Settings) -> Iterator[Wanted]:
    """Yield the ports of this machine that `rookery up` takes."""
    fleet = settings.fleet
    if settings.own_redis:
        yield Wanted("Redis", "redis.port", fleet.redis.port)
    yield Wanted("the chat page", "web.port", fleet.web.port, fleet.web.bind)
    if fleet.flower.enabled:
        yield Wanted("Flower", "flower.port", fleet.flower.port, fleet.flower.bind)


def judge(seen: Seen) -> Finding:
    """Return whether the port can be had."""
    port = f"{seen.wanted.setting} {seen.wanted.number}"
    if seen.refusal is None:
        return Finding(CHECK, Level.OK, f"{port} is free for {seen.wanted.use}")
    if not isinstance(seen.refusal, PortTaken):
        return Finding(CHECK, Level.PROBLEM, seen.refusal.message, seen.refusal.next_step)
    if seen.holder is Holder.THIS_FLOCK:
        return Finding(CHECK, Level.OK, f"{port} is {seen.wanted.use} of the Rookery that runs here")
    if seen.holder is Holder.ROOKERY:
        what = f"{port} is held by a process of Rookery that `rookery up` did not start here"
        return Finding(CHECK, Level.NOTE, what, f"if it is another deployment's, change {seen.wanted.setting}")
    section, _, key = seen.wanted.setting.partition(".")
    step = f"end that process, or write {key} = {seen.free_instead} under [{section}] in rookery.toml"
    return Finding(CHECK, Level.PROBLEM, seen.refusal.message, step)


def _seen(wanted: Wanted, owner: int | None) -> Seen:
    try:
        refuse_taken_port(wanted.number, wanted.use, host=wanted.bind, setting=f"{wanted.setting} in rookery.toml")
    except PortTaken as exc:
        return Seen(wanted, exc, _holder(wanted.number, owner), free_port())
    except ProcessFailed as exc:
        return Seen(wanted, exc)
    return Seen(wanted)


def _holder(port: int, owner: int | None) -> Holder:
    try:
        process = _listener(port)
        lineage = [process, *process.parents()] if process else []
        if owner in [ancestor.pid for ancestor in lineage]:
            return Holder.THIS_FLOCK
        if process and "rookery" in {Path(word).name for word in process.cmdline()}:
            return Holder.ROOKERY
    except psutil.Error:  # it ended meanwhile, or is none of our business
        pass
    return Holder.STRANGER


def _listener(port: int) -> psutil.Process | None:
    for connection in psutil.net_connections(kind="tcp"):
        at_port = connection.laddr and connection.laddr.port == port
        if at_port and connection.pid and connection.status == psutil.CONN_LISTEN:
            return psutil.Process(connection.pid)
    return None
