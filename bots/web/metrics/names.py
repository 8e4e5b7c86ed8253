"""Every metric that is served: its name, its kind, what it says, its labels. Nothing else may be served."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a metric is to Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    """A sum and a count, without quantiles."""


@dataclass(frozen=True)
class Metric:
    """One metric. `model` in its labels is a slug, as in names of queues."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


MODEL, HOST = ("model",), ("host",)
PLACE = ("host", "model")

LEDGER_UP = Metric("rookery_ledger_up", Kind.GAUGE, "Whether Redis answers; 0: nothing else is served.")
JOBS_LIVE = Metric("rookery_jobs_live", Kind.GAUGE, "Jobs that have not ended.")
JOBS_DEAD = Metric("rookery_jobs_dead", Kind.GAUGE, "Jobs whose every try failed, of the last two weeks.")
BEAT_AGE = Metric("rookery_beat_age_seconds", Kind.GAUGE, "Since a worker last heard beat.")
ARCHIVE_OWED = Metric("rookery_archive_owed", Kind.GAUGE, "Entries that the transcript has yet to take in.")

SUBMITTED = Metric("rookery_jobs_total", Kind.COUNTER, "Jobs that were accepted.", MODEL)
HITS = Metric("rookery_jobs_model_ready_total", Kind.COUNTER, "Those whose model was in memory when they came.", MODEL)
REPLIES = Metric("rookery_replies_total", Kind.COUNTER, "Replies.", PLACE)
CACHED = Metric("rookery_replies_cached_total", Kind.COUNTER, "Replies that had been given before.", MODEL)
ERRORS = Metric("rookery_errors_total", Kind.COUNTER, "Jobs that ended in a notice, by its cause.", ("model", "cause"))
RETRIES = Metric(
    "rookery_retries_total", Kind.COUNTER, "Tries that came to nothing, by their error.", ("host", "model", "error")
)
TOKENS = Metric("rookery_tokens_total", Kind.COUNTER, "Tokens, as engines counted them.", ("host", "model", "kind"))
DELIVERIES = Metric(
    "rookery_deliveries_total",
    Kind.COUNTER,
    "Jobs that ended, by how; bot `pull` is whoever asks by id, `task` a task of our own.",
    ("bot", "state"),
)

RESPONSE = Metric(
    "rookery_response_seconds", Kind.HISTOGRAM, "From receipt to the reply or notice.", ("model", "outcome")
)
WAIT = Metric("rookery_wait_seconds", Kind.HISTOGRAM, "From the queue to a host, or until it was given up.", MODEL)
FIRST_TOKEN = Metric("rookery_first_token_seconds", Kind.HISTOGRAM, "From receipt to the first words.", MODEL)

QUEUE_DEPTH = Metric("rookery_queue_depth", Kind.GAUGE, "Jobs that wait for a host.", MODEL)
QUEUE_OLDEST = Metric("rookery_queue_oldest_seconds", Kind.GAUGE, "How long the oldest of them has waited.", MODEL)

HOST_UP = Metric("rookery_host_up", Kind.GAUGE, "Whether the host's agent is alive.", HOST)
HOST_TROUBLE = Metric("rookery_host_trouble", Kind.GAUGE, "Whether its engine does not answer.", HOST)
BUDGET = Metric("rookery_budget_gib", Kind.GAUGE, "Memory that the host may use.", HOST)
USED = Metric("rookery_used_gib", Kind.GAUGE, "Memory that its models take.", HOST)
FOREIGN = Metric("rookery_foreign_gib", Kind.GAUGE, "Memory that what others loaded there takes.", HOST)
RESIDENT = Metric("rookery_resident_gib", Kind.GAUGE, "Memory that a model takes.", PLACE)
SLOTS = Metric("rookery_slots", Kind.GAUGE, "Answers that a model can be at together.", PLACE)
BUSY = Metric("rookery_slots_busy", Kind.GAUGE, "Answers in hand.", PLACE)
BREAKER = Metric("rookery_breaker", Kind.GAUGE, "0: trusted, 1: on probation, 2: open, it is given no jobs.", PLACE)
PACE = Metric("rookery_decode_tokens_per_second", Kind.GAUGE, "How fast one answer is written, on average.", PLACE)

LOADS = Metric("rookery_loads_total", Kind.COUNTER, "Times that a model was taken into memory.", PLACE)
FAILED_LOADS = Metric("rookery_load_failures_total", Kind.COUNTER, "Times that it could not be.", PLACE)
UNLOADS = Metric("rookery_unloads_total", Kind.COUNTER, "Times that a host gave it up.", PLACE)
LOAD_SECONDS = Metric("rookery_load_seconds", Kind.HISTOGRAM, "What taking it into memory took.", MODEL)
SWAPS = Metric("rookery_swaps_total", Kind.COUNTER, "Loads that had another model go.", PLACE)
FORCED = Metric("rookery_swaps_forced_total", Kind.COUNTER, "Those for which one had to go that was in use.", PLACE)
SWAP_SECONDS = Metric("rookery_swap_seconds", Kind.SUMMARY, "From the decision to swap until it is served.", PLACE)

METRICS = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
