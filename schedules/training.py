"""Learning: every night, and a look now and then at what was cut off, missed, or is on trial."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

from tasks.contracts import names
from tasks.contracts.queues import TRAINING

LEARN_LIFE = timedelta(minutes=30)  # by beat's clock: whoever hears it may have another one
WATCH_EVERY = timedelta(minutes=5)

ENTRIES: dict[str, dict[str, Any]] = {
    "train-personas-nightly": {
        "task": names.LEARN,
        "schedule": crontab(hour=2, minute=0),
        # Whoever was not up for it finds what is due at the next look.
        "options": {"queue": TRAINING, "expires": LEARN_LIFE.total_seconds()},
    },
    "watch-runs-five-minutely": {
        "task": names.WATCH,
        "schedule": WATCH_EVERY,
        # It goes on with a run that was cut off: what is due is due until it is done.
        "options": {"queue": TRAINING, "expires": WATCH_EVERY.total_seconds()},
    },
}
