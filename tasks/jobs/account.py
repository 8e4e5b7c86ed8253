"""What there is to say about each step of a job, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.contracts.jobs import JobState, JobView, Mark, Outcome
from tasks.jobs.durations import S, age
from tasks.jobs.record import MEMORY

LEAST_MS = 50  # of writing; a pace measured over less says nothing


def account(view: JobView) -> list[str]:
    """Return the words for each mark of a job, in order; empty where the state says it all."""
    return [" · ".join(filter(None, _words(view, at))) for at in range(len(view.marks))]


def _words(view: JobView, at: int) -> Iterator[str]:
    mark = view.marks[at]
    if mark.state is JobState.RECEIVED:
        yield from _received(view, mark)
    elif mark.state is JobState.QUEUED:
        yield from _queued(view, at)
    elif mark.state is JobState.CLAIMED:
        yield from _claimed(view.marks[:at], mark)
    elif mark.state is JobState.GENERATING:
        yield from _generating(view, at)
    elif mark.state is JobState.DONE:
        yield from _done(view, mark)
    else:
        if mark.state is JobState.RECALLING:
            yield "waits for whoever keeps the memories" if view.work == MEMORY else "looks for memories"
        yield mark.why


def _received(view: JobView, mark: Mark) -> Iterator[str]:
    yield f"for {view.persona}" if view.persona else ""
    yield f"as {view.job_class.value} work" if view.job_class.value != "interactive" else ""
    yield mark.why


def _queued(view: JobView, at: int) -> Iterator[str]:
    again = any(mark.state is JobState.CLAIMED for mark in view.marks[:at])
    yield "back to the queue" if again else f"waits for a host with {view.model}"
    yield view.marks[at].why
    if at == len(view.marks) - 1:
        yield f"{view.ahead} have waited longer" if view.ahead else "next in line"
        yield f"an answer in about {age(int(view.eta_s * S))}" if view.eta_s is not None else ""


def _claimed(before: Sequence[Mark], mark: Mark) -> Iterator[str]:
    tries = 1 + sum(each.state is JobState.CLAIMED for each in before)
    yield f"try {tries}" if tries > 1 else ""
    yield mark.why or ("" if tries > 1 else "heard the bell, and it was its turn")


def _generating(view: JobView, at: int) -> Iterator[str]:
    claimed_ms = next((mark.at_ms for mark in reversed(view.marks[:at]) if mark.state is JobState.CLAIMED), None)
    was_last_try = not any(mark.state is JobState.CLAIMED for mark in view.marks[at:])
    if claimed_ms is not None:
        took = age(view.marks[at].at_ms - claimed_ms)
        tokens = view.usage.prompt_tokens if was_last_try else 0
        yield f"read {tokens} tokens in {took}, then the first words" if tokens else f"the first words after {took}"
    yield view.marks[at].why


def _done(view: JobView, mark: Mark) -> Iterator[str]:
    if view.outcome is not Outcome.REPLY:
        yield f"a notice: {mark.why}" if mark.why else ""
        return
    wrote_ms = mark.at_ms - view.first_token_ms if view.first_token_ms else 0
    tokens = view.usage.completion_tokens
    yield f"a reply of {tokens} tokens" if tokens else "a reply"
    yield f"{tokens * S / wrote_ms:.0f} a second" if tokens and wrote_ms >= LEAST_MS else ""
    yield mark.why
