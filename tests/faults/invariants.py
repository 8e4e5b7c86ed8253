"""What must hold whatever was killed: every message one answer, in time, turn by turn, and nothing left over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from tasks.contracts.jobs import JobState, JobView
from tests.faults.house import House, until
from tests.faults.settings import LATE_S

TIDY_S = 20.0
# What may be there when nothing is going on: tombstones, what sessions remember, who is up. Outboxes are looked into.
LASTING = {"job", "text", "session", "warm", "host", "hosts", "serves", "sweeper", "bot", "outbox", "dead"}


def check(house: House, messages: Iterable[int], *, late_s: float = LATE_S) -> list[JobView]:
    """Assert every promise for these messages, and that the flock is at rest; return their jobs."""
    views = [house.view(message) for message in messages]
    one_answer_each(house, views, late_s)
    turns_do_not_overlap(views)
    at_rest(house)
    return views


def one_answer_each(house: House, views: Iterable[JobView], late_s: float) -> None:
    """Assert that each job ended, in one post, in time."""
    posts = defaultdict(list)
    for post in house.chat.posts():
        posts[post.job].append(post)
    for view in views:
        mine = posts[view.job]
        assert len(mine) == 1, f"{len(mine)} posts for {view}"
        assert mine[0].kind == (view.outcome or "")
        late_ms = mine[0].at_ms - view.deadline_ms
        assert late_ms <= late_s * 1000, f"{late_ms} ms past its deadline: {view}"
        assert mine[0].text == view.text
    jobs = {view.job for view in views}
    until(lambda: all(house.view_of(job).state is JobState.DELIVERED for job in jobs), TIDY_S)


def turns_do_not_overlap(views: Iterable[JobView]) -> None:
    """Assert that a session has one turn after the other, in the order in which they were said."""
    sessions = defaultdict(list)
    for view in views:
        if any(mark.state is JobState.CLAIMED for mark in view.marks):  # else it came to nothing before its turn
            sessions[view.session].append(view)
    for turns in sessions.values():
        for earlier, later in pairwise(turns):
            started_ms = min(mark.at_ms for mark in later.marks if mark.state is JobState.CLAIMED)
            ended_ms = min(mark.at_ms for mark in earlier.marks if mark.state is JobState.DONE)
            assert started_ms >= ended_ms, f"two turns at once: {earlier} and {later}"


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
    return found + [f"{queue} {client.llen(queue)}" for queue in client.scan_iter(match="model.*", count=1000)]


def is_list_of_models(house: House, name: str) -> bool:
    """Return whether this key only says which models a host has ever held."""
    return name in {house.store.key("claims", host) for host in house.hosts}
