"""Answering one job: claim it, compose its prompt, stream the model's words into the record, end it by fence."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import (
    ContextExceeded,
    EngineError,
    EngineOverloaded,
    EngineTruncated,
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
from tasks.generation import cache
from tasks.generation.budget import estimate_tokens
from tasks.generation.draft import Draft
from tasks.generation.prompt import compose
from tasks.generation.thoughts import Thoughts, parted
from tasks.jobs import moves
from tasks.jobs.crashpoints import reach
from tasks.jobs.store import Store
from tasks.jobs.values import Claim, Fenced
from tasks.services import Chat, Completion, Desk, Hold, Leases, Patience, Trial

BACKOFF_S, BACKOFF_CAP_S = 0.5, 8.0
SETTLE_EVERY_S = 0.5  # between two tries to write an end that Redis did not take
ERROR_CHARS = 300  # of an engine's words that the record keeps
MS = 1000
NOT_IN_MEMORY = (ModelLoadFailed, OutOfMemory)
T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answering:
    """One job in hand, and everything that is needed to answer it."""

    desk: Desk
    store: Store
    claim: Claim
    hold: Hold
    trial: Trial
    clock: Clock
    started_s: float

    def left_s(self) -> float:
        """Return the seconds until the job's deadline."""
        life_s = (self.claim.deadline_ms - self.claim.claimed_ms) / MS
        return life_s - (self.clock.monotonic_s() - self.started_s)


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
            answer = generate(work)
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


@dataclass(frozen=True)
class Answer:
    """A whole answer; `thoughts` is what is shown of the thinking before it."""

    text: str
    thoughts: str
    completion: Completion
    cached: bool = False
    """It was given before, to the very same question: no engine was asked."""


def generate(work: Answering) -> Answer:
    """Stream the answer into the record and return it whole.

    Raises JobMoved when the job was taken away, and what the engine raises.
    """
    desk, request = work.desk, work.claim.request
    turns = compose(request, work.claim.window, work.claim.recalled, desk.context_tokens)
    chat = Chat(desk.model, turns, request.sampling, request.adapter)
    if (found := cache.find(work.store, request, chat)) is not None:
        return Answer(found[0], "", found[1], cached=True)
    prompt_tokens = sum(estimate_tokens(turn.text) for turn in turns)
    assumed = Patience(work.left_s(), desk.no_progress_s, prefill_s=prompt_tokens / desk.prefill_tokens_per_s)
    patience = work.trial.patience(assumed, prompt_tokens)
    draft, thoughts = Draft(work.store, work.hold, work.clock), Thoughts(kept=request.reasoning == "folded")
    if desk.prompts is not None:
        desk.prompts.keep(work.claim.job, work.claim.fence, chat)
    reach("composed")
    with closing(desk.engine.chat_stream(chat, patience)) as stream:
        for item in stream:
            if work.hold.word != "held":
                raise _moved(work.hold)
            work.trial.saw(item)
            if isinstance(item, Completion):
                answer = _whole(draft.text, thoughts, item)
                cache.keep(work.store, request, chat, answer.text, item)
                return answer
            draft.add("" if item.reasoning else item.text)
            if item.reasoning:
                thoughts.add(item.text)
            elif item.text:
                reach("first.token")
    raise EngineTruncated("the stream ended without a completion")


def finish(work: Answering, answer: Answer) -> None:
    """Write the answer, however long Redis takes to come back, as long as anybody waits for it."""
    reach("generated")
    completion = answer.completion
    result = {
        "answered_by": completion.answered_by,
        "finish_reason": completion.finish_reason,
        "adapter": work.claim.request.adapter,
    }
    if answer.cached:
        result["cached"] = "1"
    end = moves.finish(work.claim, answer.text, result, completion.usage, thoughts=answer.thoughts)
    if settle(work, lambda: work.store.run(end)):
        reach("finished")
        logger.info("answered", extra={"model": work.desk.model, "tokens": completion.usage.completion_tokens})
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


def _moved(hold: Hold) -> RookeryError:
    if hold.word == "yield":
        return SteppedAside("a person waits for the only slot")
    return JobMoved(f"job {hold.job} was withdrawn or given to another worker")


def _whole(text: str, thoughts: Thoughts, completion: Completion) -> Answer:
    """Return the answer without the thinking. Raises EngineError, OnlyThoughts: nothing is left of it then."""
    said, thought = parted(text)
    thoughts.add(thought)
    if said.strip():
        return Answer(said.strip(), thoughts.text, completion)
    if thoughts.any:
        raise OnlyThoughts(
            f"the model thought for all of its {completion.usage.completion_tokens} tokens and said nothing",
            next_step="raise max_tokens of the persona",
        )
    raise EngineError("the model ended its answer without a word")
