"""A job in a list: ids, numbers, and the beginning of what was asked, where whoever looks may see it. Pure."""

from __future__ import annotations

from bots.web.house.job_shapes import JobShape
from bots.web.visitors import Visitor
from tasks.contracts.jobs import JobView
from tasks.contracts.shortening import shortened
from tasks.jobs.happenings import without_address
from tasks.jobs.keys import Scope
from tasks.jobs.searching import Found
from tasks.jobs.values import MS

ASKED_CHARS = 140


def row(view: JobView, asked: str, retried: str) -> JobShape:
    """Return a job as a list has it."""
    return JobShape(
        job=view.job,
        state=view.state,
        outcome=view.outcome,
        cause=view.cause,
        model=view.model,
        persona=view.persona,
        session=view.session,
        user=view.user,
        job_class=view.job_class,
        host=view.host,
        attempts=view.attempts,
        received_ms=view.received_ms,
        ended_ms=view.ended_ms or None,
        first_token_s=_since(view, view.first_token_ms),
        took_s=_since(view, view.ended_ms),
        completion_tokens=view.usage.completion_tokens,
        error=without_address(view.error),
        flags=view.flags,
        asked=beginning(asked),
        retried=retried,
    )


def asked_of(found: Found, asker: Visitor) -> str:
    """Return the beginning of what was asked; empty where it is not for them to read, or no longer kept."""
    return found.asked if may_read(found.view, asker) else ""


def may_read(view: JobView, asker: Visitor) -> bool:
    """Return whether somebody may read the words of a job: what was said on other platforms is for `admin` alone."""
    return asker.may(Scope.ADMIN) or asker.sees(view)


def beginning(text: str) -> str:
    r"""Return the beginning of a text on one line.

    >>> beginning("one\\n two")
    'one two'
    """
    return shortened(" ".join(text.split()), ASKED_CHARS)


def _since(view: JobView, at_ms: int) -> float | None:
    return (at_ms - view.received_ms) / MS if at_ms and view.received_ms else None
