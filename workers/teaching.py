"""What a run of training takes of this machine's memory, and which host here has that to give."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Host, Model
from tasks.contracts.settings import Settings
from tasks.contracts.wanted import TRAIN
from tasks.jobs.store import Store
from tasks.training.runs.room import Anywhere, HostRoom, Room
from tasks.training.runs.spec import RunSpec
from workers.fleet.roster import here
from workers.residency.budget import total_gib
from workers.residency.machine import memory_gib


def room_of(
    settings: Settings,
    store: Store,
    ending: threading.Event,
    now: Callable[[], Settings],
    weights: Callable[[Model], Path],
) -> Room:
    """Return where a run here has its memory: in that of a host of this machine, or anywhere where there is none."""
    host = host_of(tuple(here(settings).values()))
    if host is None:
        return Anywhere()
    return HostRoom(store, host.name, lambda spec: needs_gib(spec, now(), weights), ending)


def host_of(hosts: tuple[Host, ...], memory_of: Callable[[Host], float | None] = memory_gib) -> Host | None:
    """Return the host that training takes memory of: one labelled `train`, else the largest whose memory is here."""
    have = {host.name: memory for host in hosts if not host.cloud and (memory := memory_of(host)) is not None}
    found = [host for host in hosts if host.name in have]
    return max(
        found, key=lambda host: (TRAIN in host.labels, total_gib(host.memory_gib, have[host.name])), default=None
    )


def needs_gib(spec: RunSpec, settings: Settings, weights: Callable[[Model], Path]) -> float:
    """Return what a run takes, in GiB: as its settings say, else as estimated by its base; 0: nobody can tell."""
    if spec.training.memory_gib:
        return spec.training.memory_gib
    # torch, to look at what this machine has.
    from tasks.training.lora.bases import base_of  # noqa: PLC0415
    from tasks.training.lora.device import decide  # noqa: PLC0415
    from tasks.training.lora.finding import find  # noqa: PLC0415

    with contextlib.suppress(RookeryError):  # the step itself says what is wrong
        return decide(find(), base_of(settings.fleet.model(spec.model), settings, weights), spec.training).needs_gib
    return 0.0
