from __future__ import annotations

from bots.delivery.letter import Letter
from bots.delivery.queues import Queues
from tasks.contracts.messages import JobRequest


def letter(job: str, session: str = "s", since_ms: int = 9) -> Letter:
    request = JobRequest(job=job, model="crow", session=session, user="ada", text="hello")
    return Letter(request, born_s=0.0, since_ms=since_ms)


def test_who_asked_first_is_answered_first():
    queues, first, second = Queues(), letter("a"), letter("b")
    queues.join(first)
    queues.join(second)
    assert queues.is_first(first)
    assert not queues.is_first(second)
    queues.leave(first)
    assert queues.is_first(second)


def test_sessions_do_not_wait_for_each_other():
    queues, here, there = Queues(), letter("a"), letter("b", session="t")
    queues.join(here)
    queues.join(there)
    assert queues.is_first(here)
    assert queues.is_first(there)


def test_what_was_asked_before_a_restart_goes_before_what_was_just_asked():
    queues, new, old = Queues(), letter("new"), letter("old", since_ms=7)
    queues.join(new)
    queues.join(old)
    assert queues.is_first(old)


def test_nothing_is_left_of_a_session():
    queues, only = Queues(), letter("a")
    queues.join(only)
    queues.leave(only)
    assert not len(queues)
