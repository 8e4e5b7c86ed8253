"""Whether Redis keeps what it is given: reachable, new enough, configured for a ledger, with room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from tasks.contracts.errors import ConfigurationError, StoreUnavailable
from tasks.contracts.settings import Settings
from workers.doctor.findings import Finding, Level
from workers.supervision.redis_check import (
    judge_settings,
    probing,
    refuse_server,
    server_info,
    without_password,
)

CHECK = "redis"
TIMEOUT_S = 1.0
#: Beyond this share of `maxmemory` there is little left before Redis refuses every write.
FULL = 0.7
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a Redis says of itself; `config` is None where it does not let its settings be read."""

    where: str
    version: str
    config: Mapping[str, str] | None
    used_bytes: int
    limit_bytes: int
    """0: none."""
    can_write: bool
    """Its last write to the append-only file went well."""


def look(settings: Settings) -> list[Finding]:
    """Return what there is to say of the Redis that the settings name."""
    where = without_password(settings.redis_url)
    try:
        info = server_info(settings.redis_url)
        refuse_server(info, where)
    except StoreUnavailable as exc:
        return [judge_absence(exc, own=settings.own_redis, port=settings.fleet.redis.port)]
    except ConfigurationError as exc:
        return [Finding(CHECK, Level.PROBLEM, exc.message, exc.next_step)]
    return list(judge(gather(settings.redis_url, info)))


def gather(url: str, info: Mapping[str, Any]) -> Ledger:
    """Return what the Redis at `url` says, beside what `INFO server` said already."""
    with probing(url, TIMEOUT_S) as connection:
        try:
            config = {**connection.config_get("maxmemory-policy"), **connection.config_get("append*")}
        except redis.ResponseError:  # hosted Redis and narrow ACLs forbid CONFIG
            config = None
        memory, persistence = connection.info("memory"), connection.info("persistence")
    return Ledger(
        where=without_password(url),
        version=str(info["redis_version"]),
        config=config,
        used_bytes=int(memory.get("used_memory", 0)),
        limit_bytes=int(memory.get("maxmemory", 0)),
        can_write=persistence.get("aof_last_write_status", "ok") == "ok",
    )


def judge_absence(refusal: StoreUnavailable, *, own: bool, port: int) -> Finding:
    """Return what it means that no Redis answers: nothing yet, where `rookery up` would run one."""
    if own:
        return Finding(CHECK, Level.OK, f"no Redis runs on port {port} yet; `rookery up` starts one")
    return Finding(CHECK, Level.PROBLEM, refusal.message, refusal.next_step)


def judge(ledger: Ledger) -> Iterator[Finding]:
    """Yield what to know of a Redis that can be used."""
    yield Finding(CHECK, Level.OK, f"Redis {ledger.version} answers at {ledger.where}")
    if ledger.config is None:
        step = "check yourself that it has appendonly yes, appendfsync always and maxmemory-policy noeviction"
        yield Finding(CHECK, Level.NOTE, "Redis does not let its settings be read", step)
    else:
        yield from _judge_config(ledger.config, ledger.where)
    if ledger.limit_bytes and ledger.used_bytes > FULL * ledger.limit_bytes:
        used, limit = ledger.used_bytes // MIB, ledger.limit_bytes // MIB
        what = f"Redis uses {used} of {limit} MiB (maxmemory), and refuses every message when that is full"
        yield Finding(CHECK, Level.WARNING, what, "raise maxmemory in redis.conf, or give it a Redis of its own")
    if not ledger.can_write:
        what = "Redis could not write its append-only file, and refuses every message until it can"
        yield Finding(CHECK, Level.PROBLEM, what, "look into its log: the disk is full or gone")


def _judge_config(config: Mapping[str, str], where: str) -> Iterator[Finding]:
    found = judge_settings(config)
    for finding in found:
        level = Level.WARNING if "appendfsync" in finding.message else Level.PROBLEM
        step = f"run `redis-cli -u {where} {finding.next_step}`, and write the same into its redis.conf"
        yield Finding(CHECK, level, finding.message, step)
    if not found:
        yield Finding(CHECK, Level.OK, "it loses nothing that it has accepted: appendfsync always, noeviction")
