"""Whatever a listener does, it harms nobody: it may raise, hang, be slow, and Redis may go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tasks.contracts.jobs import JobState
from tasks.jobs import listeners
from tasks.jobs.events import JobEvent
from tasks.jobs.listeners import Hall
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug
from tests.workers.household import until


@pytest.fixture
def opened(flock: Flock) -> Iterator[Callable[..., Hall]]:
    """Call it with a listener for a hall that hands on to it, on a thread."""
    halls: list[Hall] = []

    def serve(listener: Callable[[JobEvent], None], **how: Any) -> Hall:
        hall = Hall(flock.store, look_s=0.05, **how)
        hall.start()
        threading.Thread(target=hall.serve, args=(listener,), daemon=True).start()
        halls.append(hall)
        until(hall.hears.is_set, "the hall to listen")
        return hall

    yield serve
    for hall in halls:
        hall.close()


def states(events: list[JobEvent]) -> list[str]:
    return [event.state.value for event in events]


def test_it_hears_every_move_in_order(flock: Flock, opened: Callable[..., Hall]) -> None:
    heard: list[JobEvent] = []
    opened(heard.append)
    job = flock.submit()
    flock.serve(flock.host())
    until(lambda: "delivered" in states(heard), "the end")
    assert {event.job for event in heard} == {job}
    assert states(heard)[:2] == ["received", "queued"]


def test_one_that_raises_hears_the_next_event(
    flock: Flock, opened: Callable[..., Hall], caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[JobEvent] = []

    def listener(event: JobEvent) -> None:
        heard.append(event)
        raise KeyError("a bug of the listener")

    opened(listener)
    flock.submit()
    flock.serve(flock.host())
    until(lambda: "delivered" in states(heard), "the end")
    told = [line for line in caplog.records if line.message == "a listener failed"]
    assert len(told) == 1  # not one for each event
    assert "KeyError" in told[0].__dict__["error"]


def test_what_a_newer_version_says_is_left_out(flock: Flock, opened: Callable[..., Hall]) -> None:
    heard: list[JobEvent] = []
    opened(heard.append)
    for said in ("no event", "[]", '{"job": "a", "state": "a newer one", "model": "demo", "who": ""}', '{"job": "a"}'):
        flock.client.publish(flock.store.key("events"), said)
    flock.submit()
    flock.serve(flock.host())
    until(lambda: "delivered" in states(heard), "the end")
    assert states(heard)[0] == "received"


def test_one_that_hangs_holds_up_neither_another_nor_the_ledger(flock: Flock, opened: Callable[..., Hall]) -> None:
    hanging, heard = threading.Event(), list[JobEvent]()
    opened(lambda _event: hanging.wait())
    opened(heard.append)
    host = flock.host()
    for _ in range(20):
        flock.submit()
        flock.serve(host)
    until(lambda: states(heard).count("delivered") == 20, "all of it")
    hanging.set()


def test_one_that_is_too_slow_misses_the_oldest(flock: Flock) -> None:
    hall, heard = Hall(flock.store, most=3), list[str]()
    for number in range(5):
        hall.put(JobEvent(str(number), JobState.DONE, "demo", ""))
    hall.stop()
    hall.serve(lambda event: heard.append(event.job))
    assert heard == ["2", "3", "4"]


def test_a_redis_that_comes_back_is_listened_to_again(
    flock: Flock, plug: Plug, opened: Callable[..., Hall], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "AGAIN_S", 0.05)
    heard: list[JobEvent] = []
    hall = opened(heard.append)
    plug.pull()
    until(lambda: not hall.hears.is_set(), "the loss to be noticed")
    plug.push_in()
    until(hall.hears.is_set, "the hall to listen again")
    flock.submit()
    until(lambda: "queued" in states(heard), "an event")
