"""What is to be remembered, soon after it was said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tasks.contracts import names
from tasks.contracts.queues import MEMORY

INGEST_EVERY = timedelta(seconds=5)
INGEST_LIFE = timedelta(minutes=1)  # by beat's clock: whoever hears it may have another one

ENTRIES: dict[str, dict[str, Any]] = {
    "ingest-exchanges-five-secondly": {
        "task": names.INGEST,
        "schedule": INGEST_EVERY,
        # What is to be remembered stays in the transcript: the next bell finds it.
        "options": {"queue": MEMORY, "expires": INGEST_LIFE.total_seconds()},
    },
}
