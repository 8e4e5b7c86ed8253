"""Answering one job: claim it, have a model do the work, end it by fence; or hand it back with what went wrong."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import (
    ContextExceeded,
    EngineError,
    EngineOverloaded,
    JobMoved,
    ModelLoadFailed,
    OnlyThoughts,
    OutOfMemory,
    RetryableError,
    RookeryError,
    SteppedAside,
    StoreFull,
    StoreUnavailable,
)
from tasks.contracts.jobs import Cause
from tasks.contracts.logs import job_context
from tasks.generation import summing
from tasks.generation.embedding import embed
from tasks.generation.inhand import MS, Answer, Answering
from tasks.generation.replying import reply
from tasks.jobs import moves
from tasks.jobs.crashpoints import reach
from tasks.jobs.store import Store
from tasks.jobs.values import Fenced
from tasks.services import Desk, Leases, Trial

BACKOFF_S, BACKOFF_CAP_S = 0.5, 8.0
SETTLE_EVERY_S = 0.5  # between two tries to write an end that Redis did not take
ERROR_CHARS = 300  # of an engine's words that the record keeps
NOT_IN_MEMORY = (ModelLoadFailed, OutOfMemory)
T = TypeVar("T")
logger = logging.getLogger(__name__)


class Went(StrEnum):
    """What a look for work came to."""

    MORE = "more"  # a job was answered, and others waited when it was claimed
    QUIET = "quiet"  # nobody waits any more that this host may serve
    AWAY = "away"  # this worker can do nothing now: it is to end, or its host has been replaced


def answer_next(desk: Desk, store: Store, leases: Leases, clock: Clock | None = None) -> Went:
    """Claim the best job that this host may serve and bring it to an end; do nothing when there is none."""
    reach("bell.heard")
    with desk.trust.trial() as trial:  # an engine that fails again and again is waited for here
        return claim_and_answer(desk, store, leases, trial, clock or SystemClock()) if trial else Went.AWAY


def claim_and_answer(desk: Desk, store: Store, leases: Leases, trial: Trial, clock: Clock) -> Went:
    """Claim the best job and bring it to an end, as `answer_next` does."""
    started_s = clock.monotonic_s()
    claim = store.run(moves.claim(desk.card, desk.model_slug, desk.worker, desk.lease_ms))
    if claim is None or isinstance(claim, Fenced):
        logger.debug("nothing to claim", extra={"model": desk.model, "fenced": isinstance(claim, Fenced)})
        return Went.QUIET if claim is None else Went.AWAY
    reach("claimed")
    with job_context(claim.job), leases.holding(claim.job, claim.fence) as hold:
        work = Answering(desk, store, claim, hold, trial, clock, started_s)
        try:
            answer = embed(work) if claim.request.work == "embed" else reply(work)
        except JobMoved as exc:
            logger.info("job moved on", extra={"why": str(exc)})
        except RookeryError as exc:
            hand_back(work, exc)
        except Exception as exc:  # an engine client's own bug must not keep a person waiting for the lease to lapse
            logger.exception("answering failed")
            hand_back(work, EngineError(f"{type(exc).__name__} in the engine's client"))
        else:
            finish(work, answer)
            if not answer.cached:
                trial.answered()  # behind the answer, which a person waits for
    return Went.MORE if claim.more else Went.QUIET


def finish(work: Answering, answer: Answer) -> None:
    """Write the answer, however long Redis takes to come back, as long as anybody waits for it."""
    reach("generated")
    completion = answer.completion
    result = {
        "answered_by": completion.answered_by,
        "finish_reason": completion.finish_reason,
        "adapter": answer.adapter,
    }
    result |= {flag: "1" for flag in ("cached", "no_adapter") if getattr(answer, flag)}
    end = moves.finish(
        work.claim, answer.text, result, completion.usage, thoughts=answer.thoughts, calls=completion.calls
    )

    def write() -> bool:
        summing.unsay(work)
        return work.store.run(end)

    if settle(work, write):
        reach("finished")
        logger.info("answered", extra={"model": work.desk.model, "tokens": completion.usage.completion_tokens})
        summing.make_short(work, answer)
    else:
        logger.info("job moved on", extra={"why": "its answer came too late, or could not be written"})


def hand_back(work: Answering, error: RookeryError) -> None:
    """Give the job back: to be tried again, to be answered by a notice, or because it steps aside for a person."""
    kind = what_next(error)
    work.trial.failed(error, in_time=work.left_s() > 0)
    wait_s = backoff_s(work.claim.attempts, error, random.SystemRandom().random()) if kind == "retry" else 0.0
    move = moves.give_back(
        work.claim.job,
        work.claim.fence,
        kind,
        f"{type(error).__name__}: {error.message}"[:ERROR_CHARS],
        not_on=work.desk.card.name if kind == "retry" else "",
        wait_ms=int(wait_s * MS),
        cause=Cause.NOT_LOADED if isinstance(error, NOT_IN_MEMORY) else Cause.FAILED,
    )
    went = settle(work, lambda: work.store.run(move))
    logger.warning("could not answer", extra={"error": str(error)[:ERROR_CHARS], "went": went or "nowhere"})


def what_next(error: RookeryError) -> str:
    """Return what the ledger is told: `retry`, `yield`, or the cause of a notice.

    >>> what_next(EngineError("down")), what_next(ContextExceeded("long"))
    ('retry', 'too_long')
    """
    if isinstance(error, SteppedAside):
        return "yield"
    if isinstance(error, RetryableError):
        return "retry"
    if isinstance(error, OnlyThoughts):
        return Cause.THOUGHT.value
    return Cause.TOO_LONG.value if isinstance(error, ContextExceeded) else Cause.REJECTED.value


def backoff_s(attempt: int, error: RookeryError, chance: float) -> float:
    """Return how long a job rests before its next try: full jitter under a doubling cap, or what the engine asked for.

    >>> backoff_s(1, EngineError("down"), 1.0), backoff_s(9, EngineError("down"), 0.5)
    (0.5, 4.0)
    """
    asked_s = error.retry_after_s if isinstance(error, EngineOverloaded) else 0.0
    return float(max(asked_s, chance * min(BACKOFF_CAP_S, BACKOFF_S * 2 ** (attempt - 1))))


def settle(work: Answering, write: Callable[[], T]) -> T | None:
    """Call `write` until Redis takes it or the job's deadline is over; the fence makes repeating it safe."""
    while True:
        try:
            return write()
        except (StoreUnavailable, StoreFull) as exc:
            if work.left_s() <= 0:
                logger.exception("an end could not be written", extra={"error": str(exc)})
                return None
            work.clock.sleep(SETTLE_EVERY_S)
