"""Names that go over the wire. They are only ever added, never renamed."""

from __future__ import annotations

# Celery tasks: family.verb
ANSWER = "generation.answer"
CONDENSE = "generation.condense"
HEARTBEAT = "upkeep.heartbeat"
RECALL = "memory.recall"
INGEST = "memory.ingest"
COPY = "memory.copy"
TIDY = "memory.tidy"
DIGESTED = "memory.digested"
SUMMARIZED = "memory.summarized"
ARCHIVE = "transcript.archive"
REFILL = "transcript.refill"
NOTIFY = "notification.send"
TRAIN = "training.train"
LEARN = "training.learn"
WATCH = "training.watch"
