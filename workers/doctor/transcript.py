"""Whether what is said is kept: somebody archives, and nothing piles up in Redis meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tasks.contracts.errors import RookeryError
from tasks.contracts.settings import Settings
from tasks.jobs import archive
from tasks.jobs.archive import Owed
from tasks.jobs.store import Store
from tasks.transcript.database import opened_to_read
from workers.doctor.findings import Finding, Level

CHECK = "redis"
FILE = "sqlite:///"


def look(settings: Settings) -> list[Finding]:
    """Return what there is to say of the archive; nothing where Redis does not answer: another check says that."""
    return [*_database(settings), *_stream(settings)]


def _database(settings: Settings) -> list[Finding]:
    """Return why nothing could be written down, where the database is there and cannot be used."""
    if not settings.fleet.transcript.enabled or settings.machine or _is_yet_to_be(settings.transcript_url):
        return []  # a machine that joined has nothing to do with it
    try:
        with opened_to_read(settings.transcript_url):
            return []
    except RookeryError as exc:
        return [Finding(CHECK, Level.PROBLEM, exc.message, exc.next_step)]


def _is_yet_to_be(url: str) -> bool:
    return url.startswith(FILE) and not Path(url.removeprefix(FILE)).exists()


def _stream(settings: Settings) -> list[Finding]:
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
