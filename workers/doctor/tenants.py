"""Whether the db of Redis is ours alone: queues carry no name, so two applications in one db hear each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import redis

from tasks.contracts.queues import MEMORY, RECALL, UPKEEP
from tasks.contracts.settings import NAMESPACE, Settings
from workers.doctor.findings import Finding, Level
from workers.doctor.ledger import TIMEOUT_S
from workers.supervision.redis_check import probing

CHECK = "redis"
#: Keys that one look asks for: it costs Redis a fraction of a millisecond, and need not be complete.
SAMPLE = 1000
SHOWN = 3
_QUEUE = re.compile(rf"(_kombu\.binding\.)?(model\.[a-z0-9-]+|{UPKEEP}|{MEMORY}|{RECALL})")
#: What Celery keeps for itself in whatever db it is in.
_CELERYS_OWN = re.compile(r"_kombu\..*|unacked.*|.*celery\.pidbox|celeryev.*")


def look(settings: Settings) -> list[Finding]:
    """Return who else has keys in the db, or nothing where Redis does not answer: that is another check's to say."""
    try:
        with probing(settings.redis_url, TIMEOUT_S) as connection:
            _, keys = connection.scan(count=SAMPLE)
    except (redis.RedisError, OSError, ValueError):
        return []
    return list(judge(keys, settings.namespace))


def judge(keys: Iterable[str], namespace: str) -> Iterator[Finding]:
    """Yield a finding for other environments of Rookery, and one for other applications."""
    strangers = {key.partition(":")[0] for key in keys if not _QUEUE.fullmatch(key) and not _CELERYS_OWN.fullmatch(key)}
    strangers.discard(namespace)
    siblings = sorted(name for name in strangers if re.fullmatch(rf"{NAMESPACE}(-[a-z0-9-]+)?", name))
    if siblings:
        what = f"another environment of Rookery uses this db ({_some(siblings)}): each would take the other's bells"
        yield Finding(CHECK, Level.PROBLEM, what, "give each a db of its own: the number at the end of REDIS_URL")
    if others := sorted(strangers - set(siblings)):
        what = f"another application uses this db (keys such as {_some(others)})"
        step = "give Rookery a db of its own, better a Redis: that one's FLUSHDB or memory would be ours too"
        yield Finding(CHECK, Level.WARNING, what, step)


def _some(names: list[str]) -> str:
    # Only what stands before the first colon: the rest may be somebody's session or token.
    return ", ".join(names[:SHOWN]) + " …" * (len(names) > SHOWN)
