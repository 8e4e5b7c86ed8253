"""What must hold whatever was killed: every message one answer, in time, turn by turn, and nothing left over."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tasks.contracts.errors import UnknownJob
from tasks.contracts.jobs import JobView
from tests.faults.chat import Post
from tests.faults.house import House, until
from tests.faults.judging import AT_REST, RECOVERS, Case, judge, recoveries, tally
from tests.faults.notebook import NOTEBOOK
from tests.faults.settings import LATE_S, RECOVERY_S

TIDY_S = 20.0
# What may be there when nothing is going on: tombstones, what sessions remember, who is up. Outboxes are looked into.
LASTING = {
    "job",
    "text",
    "session",
    "warm",
    "host",
    "hosts",
    "serves",
    "pace",
    "sweeper",
    "bot",
    "outbox",
    "dead",
    "lead",
    "slots",
    "turn",
    "able",
    "may",
    "used",
    "tally",
    "tallies",
    "open",
    "probation",
    "unloadable",
    "passed",
    "pocket",
    "bookmark",
    "sessions",
    "personas",
    "jobs",  # those that were asked for last
    "deliveries",
    "measures",
    "timeline",
    "history",
    "archive",  # what upkeep takes to the transcript, where it runs
}
UNACKED = ("unacked", "unacked_index")  # where kombu keeps what it took and nobody acknowledged


def check(
    house: House, messages: Iterable[int], *, late_s: float = LATE_S, lifted_ms: Sequence[int] = ()
) -> list[JobView]:
    """Assert every promise for these messages, and that the flock is at rest; return the jobs that they became.

    `lifted_ms` says when faults ended, by the chat's clock.
    """
    wanted = list(messages)
    jobs = [house.chat.job(message) for message in wanted]
    with contextlib.suppress(AssertionError):  # what has not ended by then is judged like the rest
        until(lambda: all(is_over(house, job) for job in jobs), TIDY_S)
    cases = collect(house, wanted)
    broken = [complaint for verdict in judged(cases, late_s) for complaint in verdict]
    broken += recovered(cases, lifted_ms)
    assert not broken, f"broken promises: {len(broken)}, the first: {broken[0]}"
    rests(house)
    return [case.view for case in cases if case.view is not None]


def judged(cases: Sequence[Case], late_s: float) -> list[list[str]]:
    """Judge the messages, write it down, and return the complaints."""
    NOTEBOOK.page.count(tally(cases))
    verdicts = judge(cases, late_s)
    for promise, verdict in verdicts.items():
        NOTEBOOK.page.judge(promise, verdict.looked_at, len(verdict.broken))
    return [verdict.broken for verdict in verdicts.values()]


def recovered(cases: Sequence[Case], lifted_ms: Sequence[int]) -> list[str]:
    """Judge whether somebody was answered soon after each fault, write it down, and return the complaints."""
    took = recoveries(cases, lifted_ms)
    late = [ms for ms in took if ms is None or ms > RECOVERY_S * 1000]
    NOTEBOOK.page.judge(RECOVERS, len(took), len(late))
    NOTEBOOK.page.recovered(ms for ms in took if ms is not None)
    return [f"the first reply after a fault came after {ms} ms" for ms in late]


def collect(house: House, messages: Iterable[int]) -> list[Case]:
    """Return what ledger and chat hold of these messages."""
    posts: dict[str, list[Post]] = defaultdict(list)
    for post in house.chat.posts():
        posts[post.job].append(post)
    said = house.chat.texts()
    return [
        Case(message, said[message], job_of(house, message), tuple(posts[house.chat.job(message)]))
        for message in messages
    ]


def job_of(house: House, message: int) -> JobView | None:
    """Return the job of a message, or None where it became none."""
    try:
        return house.view(message)
    except UnknownJob:
        return None


def is_over(house: House, job: str) -> bool:
    """Return whether nothing more will happen to a job, or there is none."""
    try:
        return house.view_of(job).ended
    except UnknownJob:
        return True


def rests(house: House) -> None:
    """Assert that the flock is at rest, and write it down."""
    try:
        at_rest(house)
    except AssertionError:
        NOTEBOOK.page.judge(AT_REST, 1, 1)
        raise
    NOTEBOOK.page.judge(AT_REST, 1, 0)


def at_rest(house: House) -> None:
    """Assert that soon nothing is live, queued, claimed, or still to be posted."""
    until(lambda: not left_over(house), TIDY_S, lambda: f"left over: {left_over(house)}")


def left_over(house: House) -> list[str]:
    """Return the keys that no flock at rest has."""
    client = house.store.client
    found = [
        name
        for name in client.scan_iter(match=house.store.key("*"), count=1000)
        if name.split(":")[1] not in LASTING and not is_list_of_models(house, name)
    ]
    for outbox in client.scan_iter(match=house.store.key("outbox", "*"), count=1000):
        found += [f"{outbox} {entry}" for entry, _fields in client.xrange(outbox)]
    found += [name for name in UNACKED if client.exists(name)]
    return found + [f"{queue} {client.llen(queue)}" for queue in client.scan_iter(match="model.*", count=1000)]


def is_list_of_models(house: House, name: str) -> bool:
    """Return whether this key only says which models a host has ever held."""
    return name in {house.store.key("claims", host) for host in house.hosts}
