"""What is to be remembered, soon after it was said; and what becomes of it, while nobody is looking."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

from tasks.contracts import names
from tasks.contracts.queues import MEMORY

INGEST_EVERY = timedelta(seconds=5)
INGEST_LIFE = timedelta(minutes=1)  # by beat's clock: whoever hears it may have another one
TIDY_EVERY = timedelta(minutes=10)
TIDY_LIFE = timedelta(minutes=30)

ENTRIES: dict[str, dict[str, Any]] = {
    "ingest-exchanges-five-secondly": {
        "task": names.INGEST,
        "schedule": INGEST_EVERY,
        # What is to be remembered stays in the transcript: the next bell finds it.
        "options": {"queue": MEMORY, "expires": INGEST_LIFE.total_seconds()},
    },
    "compress-memories-daily": {
        "task": names.TIDY,
        "args": ("day",),
        "schedule": crontab(hour=2, minute=0),
        "options": {"queue": MEMORY, "expires": TIDY_LIFE.total_seconds()},
    },
    "compress-memories-weekly": {
        "task": names.TIDY,
        "args": ("week",),
        "schedule": crontab(hour=2, minute=0, day_of_week="sun"),
        "options": {"queue": MEMORY, "expires": TIDY_LIFE.total_seconds()},
    },
    "tidy-memories-ten-minutely": {
        "task": names.TIDY,
        "schedule": TIDY_EVERY,
        # It goes on with a night that was cut off, or that nobody was up for: what is due is due until it is done.
        "options": {"queue": MEMORY, "expires": INGEST_LIFE.total_seconds()},
    },
}
