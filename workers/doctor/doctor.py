"""Runs every check at once and waits for none for long. A check that breaks becomes a finding."""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.contracts.engines import Kind
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.masking import mask
from tasks.contracts.settings import Settings
from workers.doctor import (
    clock,
    configuration,
    engines,
    folders,
    ledger,
    listeners,
    memory,
    packages,
    programs,
    python,
    secret_files,
    tenants,
    training,
    transcript,
)
from workers.doctor.findings import Finding, Level

logger = logging.getLogger(__name__)

#: For all checks together, as they run side by side; each has shorter limits of its own.
LOOK_S = 2.8

Looks = Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """Something to look at: what it is called while it is looked at, the group of its findings, and how."""

    name: str
    group: str
    look: Looks


def examine(
    config: Path | None,
    environ: Mapping[str, str],
    *,
    addresses: tuple[str, ...] = engines.DEFAULT_ADDRESSES,
    tell: Callable[[list[str]], None] = lambda _left: None,
) -> list[Finding]:
    """Return everything there is to say of this machine; `tell` hears which checks are still under way."""
    settings, found = configuration.read(config, environ)
    return [*found, *run(checks(settings, environ, addresses), tell, LOOK_S)]


def checks(settings: Settings | None, environ: Mapping[str, str], addresses: tuple[str, ...]) -> list[Check]:
    """Return what to look at, in the order in which it is shown; without settings, what needs none."""
    here = Path.cwd()
    return [
        Check("secrets", secret_files.CHECK, lambda: secret_files.look(settings, environ, here)),
        Check("python", python.CHECK, python.look),
        Check("packages", packages.CHECK, lambda: packages.look(sys.path, here)),
        *(_of_settings(settings) if settings else ()),
        *_of_engines(settings, environ, addresses),
    ]


def run(looks: list[Check], tell: Callable[[list[str]], None], within_s: float) -> list[Finding]:
    """Run every check in a thread of its own, and return what they found within that time, in their order."""
    came: queue.Queue[tuple[str, list[Finding]]] = queue.Queue()
    for check in looks:
        # A daemon: a check that hangs must not keep the command from ending.
        threading.Thread(target=lambda it=check: came.put((it.name, _findings(it))), daemon=True).start()
    found: dict[str, list[Finding]] = {}
    give_up_s = time.monotonic() + within_s
    while left := [check.name for check in looks if check.name not in found]:
        tell(left)
        try:
            name, findings = came.get(timeout=max(0.0, give_up_s - time.monotonic()))
        except queue.Empty:
            break
        found[name] = findings
    return [_masked(finding) for check in looks for finding in found.get(check.name, [_too_slow(check, within_s)])]


def _of_settings(settings: Settings) -> list[Check]:
    return [
        Check("programs", programs.CHECK, lambda: programs.look(settings)),
        Check("ports", listeners.CHECK, lambda: listeners.look(settings)),
        Check("folders", folders.CHECK, lambda: folders.look(settings)),
        Check("Redis", ledger.CHECK, lambda: ledger.look(settings)),
        Check("who else is in Redis", tenants.CHECK, lambda: tenants.look(settings)),
        Check("the archive", transcript.CHECK, lambda: transcript.look(settings)),
        Check("memory", memory.CHECK, lambda: memory.look(settings)),
        Check("training", training.CHECK, lambda: training.look(settings)),
        Check("the clock", clock.CHECK, lambda: clock.look(settings)),
    ]


def _of_engines(settings: Settings | None, environ: Mapping[str, str], addresses: tuple[str, ...]) -> list[Check]:
    fleet = settings.fleet if settings else Fleet()
    hosts = [host for host in fleet.hosts if host.address and host.enabled and host.kind is not Kind.PACKAGE]
    named = [_named(settings, host, environ) for host in hosts if settings]
    return [*named, *(_around(fleet, address) for address in engines.unnamed(fleet, addresses))]


def _named(settings: Settings, host: Host, environ: Mapping[str, str]) -> Check:
    return Check(f"host {host.name}", engines.CHECK, lambda: engines.look_at_host(settings, host, environ))


def _around(fleet: Fleet, address: str) -> Check:
    return Check(address, engines.CHECK, lambda: engines.look_around(fleet, address))


def _findings(check: Check) -> list[Finding]:
    try:
        return list(check.look())
    except Exception as exc:
        logger.debug("check broke", extra={"check": check.name}, exc_info=True)
        what = f"the check of {check.name} broke, so nothing is known of it: {type(exc).__name__}: {exc}"
        return [Finding(check.group, Level.WARNING, what, "please report this, with `rookery doctor --json`")]


def _too_slow(check: Check, within_s: float) -> Finding:
    what = f"the check of {check.name} did not end within {within_s:g} s, so nothing is known of it"
    return Finding(check.group, Level.WARNING, what, "look whether what it asks hangs, and run `rookery doctor` again")


def _masked(finding: Finding) -> Finding:
    return replace(finding, what=mask(finding.what), next_step=mask(finding.next_step))
