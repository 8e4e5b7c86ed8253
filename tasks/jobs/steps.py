"""The steps of a job, each with when, how long, and what there is to say about it; and how it ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.contracts.jobs import JobView, Mark, Outcome
from tasks.jobs.account import account
from tasks.jobs.durations import age
from tasks.jobs.record import MEMORY

NO_MEMORY = "no memory"  # the flag of a job that went on without, since memory was late or away
NO_ADAPTER = "no adapter"  # and of one that the base answered, since what is served for its persona was not there
NOT_KEPT = "its steps are no longer kept; they go an hour after the end"


@dataclass(frozen=True)
class Step:
    """One step of a job, in milliseconds from its receipt; `to_ms` is None for the one that it is at."""

    mark: Mark
    from_ms: int
    to_ms: int | None
    words: str = ""
    """What there is to say about it."""

    @property
    def took(self) -> str:
        """How long it took, in words."""
        return "" if self.to_ms is None else age(self.to_ms - self.from_ms)


def steps_of(view: JobView) -> list[Step]:
    """Return the steps of a job in order; each lasts until the next begins."""
    begins = [mark.at_ms - view.received_ms for mark in view.marks]
    ends: list[int | None] = [*begins[1:], None]
    return [Step(*step) for step in zip(view.marks, begins, ends, account(view), strict=False)]


def choice(view: JobView) -> str:
    """Return how the model came to be this one, where that was not for its persona to say."""
    chosen = f"model {view.asked or view.model}, chosen by: {view.routed}" if view.routed else ""
    instead = f"{view.model} answers in place of {view.asked}, for which nobody was there" if view.asked else ""
    return " · ".join(filter(None, (chosen, instead)))


def ending(view: JobView) -> str:
    """Return how a job ended, or what was its last trouble, in a line."""
    if view.outcome is Outcome.REPLY and view.work == MEMORY:
        return "done by whoever keeps the memories"
    if view.outcome is Outcome.REPLY:
        used = f"{view.usage.prompt_tokens} + {view.usage.completion_tokens} tokens"
        return f"answered by {view.answered_by}{rider(view)} on {view.host} · {used} · {view.finish_reason}"
    if view.outcome is Outcome.NOTICE and view.cause is not None:
        return f"ended in a notice: {view.cause.value}{f' ({view.error})' if view.error else ''}"
    if view.error:
        return f"last trouble: {view.error}"
    tries = {0: "not tried", 1: "1 try"}.get(view.attempts, f"{view.attempts} tries")
    return f"{tries} so far"


def rider(view: JobView) -> str:
    """Return which adapter answered beside the model, or that the one was missing that is served; nothing, mostly."""
    if NO_ADAPTER in view.flags:
        return " without the adapter that is served, which was not there,"
    return f" with {view.adapter}" if view.adapter else ""


def remembered(view: JobView) -> list[str]:
    """Return what was remembered for the answer, as far as it is kept, in lines; none where nobody was to remember."""
    lines = condensed(view)
    if NO_MEMORY in view.flags:
        return [*lines, "answered without memories: they were late, or nobody fetched them"]
    if not view.memories:
        return lines
    count = len(view.memories)
    head = f"{count} memor{'ies' if count > 1 else 'y'} in the prompt: {', '.join(view.memories)}"
    return [*lines, head, *(f"  {line}" for line in view.recalled.splitlines())]


def condensed(view: JobView) -> list[str]:
    """Return what stood in the prompt for older messages of the session, and for which, in lines; none mostly."""
    if not view.condensed:
        return []
    head = f"older messages made short in the prompt: {', '.join(view.condensed_of)}"
    return [head, *(f"  {line}" for line in view.condensed.splitlines())]
