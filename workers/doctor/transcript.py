"""Whether what is said is kept: somebody archives, and nothing piles up in Redis meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.contracts.errors import RookeryError
from tasks.contracts.settings import Settings
from tasks.jobs import archive
from tasks.jobs.archive import Owed
from tasks.jobs.store import Store
from workers.doctor.findings import Finding, Level

CHECK = "redis"


def look(settings: Settings) -> list[Finding]:
    """Return what there is to say of the archive; nothing where Redis does not answer: another check says that."""
    store = Store.open(settings.redis_url, settings.namespace)
    try:
        owed = store.run(archive.owed())
    except RookeryError:
        return []
    finally:
        store.close()
    return list(judge(owed))


def judge(owed: Owed) -> Iterator[Finding]:
    """Yield a warning where more waits to be archived than a moment's worth."""
    if owed.late:
        yield Finding(CHECK, Level.WARNING, archive.told(owed), archive.ADVICE)
