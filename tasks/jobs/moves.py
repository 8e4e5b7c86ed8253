"""Every move of a job as a value: which script, with what, and how to read its answer. Talks to nobody.

The blocking and the asyncio face of the ledger run the same moves, so there is one of each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tasks.contracts.errors import UnknownJob
from tasks.contracts.jobs import Cause, JobState, JobView
from tasks.contracts.messages import JobRequest, ToolCall, Turn, Usage
from tasks.jobs import bell, fleet_record, granting, placing, record, refusals
from tasks.jobs.sessions import summing
from tasks.jobs.values import (
    MS,
    Accepted,
    Claim,
    Delivery,
    Fenced,
    HostCard,
    Move,
    PassedOn,
    Paused,
    Swept,
    Ways,
    says,
)

LIST_AT_MOST = 200
VECTORS_LIFE_S = 120  # of texts that were embedded and what came of it: megabytes, and whoever asked is there
LIVES_S = {record.EMBED: VECTORS_LIFE_S, record.MEMORY: granting.LIFE_S}
LOOK_AGAIN_MS = 1_000  # at one that waits for hosts which may be gone
SWEEP_AT_MOST = 200  # jobs in one look, so that no look keeps others from Redis for long


def submit(request: JobRequest, ways: Ways, ear: str = "") -> Move[Accepted]:
    """Accept a job, or say that it is known already; `ear` is told of it. Raises Refused beyond a bound."""
    chats = request.work == record.CHAT
    settings: dict[str, int | str] = {
        "tries": ways.tries,
        "life_s": ways.life_s,
        "text_life_s": min(ways.text_life_s, LIVES_S.get(request.work, ways.text_life_s)),
        "window": ways.window_turns if chats and request.remember and request.history is None else 0,
        "recall_ms": granting.HOLD_MS if request.work == record.MEMORY else ways.recall_ms if request.recall else 0,
    }
    if settings["window"] and request.context == "summary":
        settings["sums"] = 1
    if request.fallback or request.pin:
        settings["fallback_ms"] = ways.fallback_ms
    if ways.archive and chats and not request.then:  # what tasks ask of a model is no conversation
        settings["archive"] = 1
    if ear:
        settings["ear"] = ear
    if request.channel and request.max_in_flight_channel:
        settings["channel"] = request.channel

    def read(answer: list[Any]) -> Accepted:
        word, state, hosted, live, *hopes = answer
        if word == "busy":
            raise refusals.refused(request, state, live, *hopes)
        return Accepted(request.job, JobState(state), word == "fresh", bool(hosted))

    return Move(
        "submit",
        (
            request.job,
            record.record_of(request, settings),
            request.model_dump_json(),
            bell.continuation(request.job, request.then) if request.then else "",
            request.max_in_flight,
            int(request.deadline_s * MS),
            int(request.unhosted_life_s * MS),
            request.max_in_flight_channel if request.channel else 0,
            request.max_in_flight_all,
        ),
        read,
    )


def claim(host: HostCard, model_slug: str, worker: str, lease_ms: int) -> Move[Claim | Fenced | None]:
    """Take the best job this host may serve."""

    def read(answer: list[Any]) -> Claim | Fenced | None:
        if answer[0] != "job":
            return {"fenced": Fenced(), "paused": Paused(), "passed": PassedOn()}.get(answer[0])
        _, job, fence, fields, texts, window, more = answer
        fields, texts = record.paired(fields), record.paired(texts)
        # It may have gone on to another model or host since.
        now = {field: fields.get(field, "") for field in ("model", "adapter", "pin")}
        request = record.request_of(texts).model_copy(update=now)
        return Claim(
            job=job,
            fence=fence,
            request=request,
            window=record.window_of(window, request.replaces),
            recalled=texts.get("recalled", ""),
            deadline_ms=int(fields["deadline_ms"]),
            received_ms=int(fields["received_ms"]),
            claimed_ms=int(fields["lease_ms"]) - lease_ms,
            attempts=int(fields["attempts"]),
            more=more > 0,
            window_turns=int(fields["window"]),
            condensed=texts.get("condensed", ""),
        )

    return Move("claim", (host.model_dump_json(), model_slug, worker, lease_ms), read)


def renew(slots: int, held: Sequence[tuple[str, int]]) -> Move[list[str]]:
    """Renew leases; per job `held`, `lost` or `yield`."""
    return Move("renew", (slots, *(part for pair in held for part in pair)), list, rings=False)


def delta(job: str, fence: int, offset: int, text: str) -> Move[bool]:
    """Add streamed text; False when the job is no longer the caller's."""
    return Move("delta", (job, fence, offset, text), says("held"), rings=False)


def finish(
    claimed: Claim,
    reply: str,
    result: dict[str, str],
    usage: Usage,
    *,
    thoughts: str = "",
    calls: Sequence[ToolCall] = (),
) -> Move[bool]:
    """Give the whole answer; False when the job is no longer the caller's.

    What was thought for it stands beside the reply, never in the session: no later prompt and no memory holds it. So
    do the calls that it asks for.
    """
    request = claimed.request
    first = request.replaces or request.job
    said = Turn(role="user", text=request.text, author=request.user, job=first)
    answer = Turn(role="assistant", text=reply, author=request.persona, job=first)
    counts = {field: str(count) for field, count in usage.model_dump().items()}
    return Move(
        "finish",
        (
            claimed.job,
            claimed.fence,
            reply,
            json.dumps({**result, **counts}),
            said.model_dump_json(),
            answer.model_dump_json(),
            request.replaces,
            thoughts,
            record.calls_text(calls),
        ),
        says("done"),
    )


def give_back(
    job: str, fence: int, kind: str, error: str, *, not_on: str = "", wait_ms: int = 0, cause: Cause = Cause.FAILED
) -> Move[str]:
    """Say that this try came to nothing: `retry`, `yield` to a person, or the cause of a notice.

    `cause` is that of the notice which takes the place of a retry when this was the last try.
    """
    return Move("give_back", (job, fence, kind, error, not_on, wait_ms, cause.value), str)


def withdraw(job: str, who: str) -> Move[JobState]:
    """Take a job back, and return the state it is in afterwards."""
    return Move("withdraw", (job, who), _state_or_unknown(job))


def forget(session: str) -> Move[int]:
    """Forget the turns of a session, and return how many there were; its jobs keep their words for as long as ever."""
    return Move("forget", (session, summing(session)), int)


def edit(request: JobRequest) -> Move[bool]:
    """Replace the words of a job that nobody has claimed; False when it is too late."""

    def read(answer: str) -> bool:
        if not answer:
            raise unknown_job(request.job)
        return answer == "replaced"

    return Move("edit", (request.job, request.text), read, rings=False)


def take_recall() -> Move[tuple[str, int, JobRequest] | None]:
    """Take the recall that has waited longest."""

    def read(answer: list[Any]) -> tuple[str, int, JobRequest] | None:
        return (answer[0], answer[1], record.request_of(record.paired(answer[2]))) if answer else None

    return Move("take_recall", (), read, rings=False)


def recalled(job: str, fence: int, text: str, memories: Sequence[str] = (), *, away: bool = False) -> Move[bool]:
    """Hand in recalled text, with the ids of the memories in it; False when the job has gone on without it.

    `away` says that nothing could be looked for: the job is flagged.
    """
    return Move("recalled", (job, fence, text, ",".join(memories), int(away)), says("queued"))


def begin_delivery(
    job: str, bot: str, generation: int, entry: str, *, lease_ms: int, grace_ms: int
) -> Move[Delivery | None]:
    """Start to send an outcome; None when there is nothing to send. Raises AlreadyRunning in a replaced process."""

    def read(answer: list[Any]) -> Delivery | None:
        if not answer:
            return None
        if not answer[0]:
            raise placing.replaced(bot)
        fence, fields, texts = answer
        fields, texts = record.paired(fields), record.paired(texts)
        return Delivery(
            job=job,
            fence=fence,
            view=record.view_of(job, fields, texts),
            request=record.request_of(texts),
            sent=placing.ids(fields),
        )

    return Move("begin_delivery", (job, bot, generation, entry, lease_ms, grace_ms), read, rings=False)


def sent(job: str, fence: int, chunk: str, message_id: str, lease_ms: int) -> Move[bool]:
    """Remember the platform's id of one chunk; False when another process delivers now."""
    return Move("sent", (job, fence, chunk, message_id, lease_ms), says("held"), rings=False)


def deliver(job: str, fence: int | None, state: JobState, why: str = "", entry: str = "") -> Move[str]:
    """Say that an outcome has arrived, or never will; a continuation passes no fence."""
    return Move("deliver", (job, "" if fence is None else fence, state.value, why, entry), str, rings=False)


def sweep(sweeper: str, lead_ms: int) -> Move[Swept]:
    """Look after jobs and bells if this sweeper leads."""

    def read(answer: list[Any]) -> Swept:
        return Swept(True, answer[1], answer[2], tuple(answer[3])) if answer[0] else Swept()

    return Move("sweep", (sweeper, lead_ms, SWEEP_AT_MOST), read)


def reroute() -> Move[tuple[str, ...]]:
    """Let jobs whose hosts are gone go on to who is there; returns which did. For the leading sweeper."""
    return Move("reroute", (SWEEP_AT_MOST, LOOK_AGAIN_MS), tuple)


def read_job(job: str) -> Move[JobView]:
    """Read a job as it stands. Raises UnknownJob."""

    def read(answer: list[Any]) -> JobView:
        if not answer[0]:
            raise unknown_job(job)
        view = record.view_of(job, record.paired(answer[0]), record.paired(answer[1]), answer[2])
        return view.model_copy(update={"eta_s": fleet_record.eta_of(answer[3])})

    return Move("read", (job,), read, rings=False)


def list_jobs(which: str = "live", at_most: int = LIST_AT_MOST) -> Move[list[str]]:
    """List the ids of jobs that are `live`, or `dead`: those whose every try failed."""
    return Move("list", (which, at_most), list, rings=False)


def note_heartbeat() -> Move[int]:
    """Note that beat rang and a worker heard it."""
    return Move("heartbeat", (), int, rings=False)


def lead(office: str, who: str, lease_ms: int) -> Move[bool]:
    """Take or keep an office that one process at a time may have; False when another one has it."""
    return Move("lead", (office, who, lease_ms), bool, rings=False)


def resign(office: str, who: str) -> Move[bool]:
    """Leave an office to whoever comes next; False when it was not one's own."""
    return Move("resign", (office, who), bool, rings=False)


def unknown_job(job: str) -> UnknownJob:
    """Return the error for an id without a record."""
    return UnknownJob(f"there is no job {job!r}", next_step="`rookery job list` shows those that there are")


def _state_or_unknown(job: str) -> Callable[[str], JobState]:
    def read(answer: str) -> JobState:
        if not answer:
            raise unknown_job(job)
        return JobState(answer)

    return read
