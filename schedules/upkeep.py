"""Signs of life: beat rings, a worker hears it, `rookery status` says when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tasks.contracts import names
from tasks.contracts.queues import UPKEEP

HEARTBEAT_EVERY = timedelta(seconds=30)
ARCHIVE_EVERY = timedelta(seconds=5)
ARCHIVE_LIFE = timedelta(minutes=1)  # by beat's clock: whoever hears it may have another one
NOTICES_EVERY = timedelta(seconds=15)

ENTRIES: dict[str, dict[str, Any]] = {
    "note-heartbeat-half-minutely": {
        "task": names.HEARTBEAT,
        "schedule": HEARTBEAT_EVERY,
        # A heartbeat that was not heard before the next one is no news.
        "options": {"queue": UPKEEP, "expires": HEARTBEAT_EVERY.total_seconds()},
    },
    "archive-five-secondly": {
        "task": names.ARCHIVE,
        "schedule": ARCHIVE_EVERY,
        # What is owed stays owed: the next bell finds it.
        "options": {"queue": UPKEEP, "expires": ARCHIVE_LIFE.total_seconds()},
    },
    "send-notices-quarter-minutely": {
        "task": names.NOTIFY,
        "schedule": NOTICES_EVERY,
        # A notice has a bell of its own; this one is for tries that failed, and for bells that got lost.
        "options": {"queue": UPKEEP, "expires": ARCHIVE_LIFE.total_seconds()},
    },
}
