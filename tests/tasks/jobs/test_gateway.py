from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import pytest

from tasks.contracts.errors import Refused, RookeryError, StoreFull, StoreUnavailable, UnknownJob
from tasks.contracts.jobs import NOTICES, Cause, JobState, JobView, Outcome
from tasks.contracts.messages import JobRequest
from tasks.jobs import ears
from tasks.jobs.gateway import AsyncGateway, Gateway
from tasks.jobs.store import AsyncStore, Store
from tasks.jobs.values import Accepted
from tasks.jobs.watching import Answered, Event, StartedOver, StateChanged, TextAdded
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug

OnEvent = Callable[[Event], None]


class Door(Protocol):
    """One face of the gateway, each call on a connection of its own."""

    def submit(self, request: JobRequest) -> Accepted: ...
    def edit(self, request: JobRequest) -> bool: ...
    def cancel(self, job: str) -> JobState: ...
    def job(self, job: str) -> JobView: ...
    def ask(self, request: JobRequest) -> JobView: ...
    def watch(self, job: str, on_event: OnEvent) -> list[Event]: ...
    def converse(self, request: JobRequest, on_event: OnEvent) -> list[Event]: ...


class Blocking:
    def __init__(self, url: str) -> None:
        self.gateway = Gateway(Store.open(url))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gateway, name)

    def watch(self, job: str, on_event: OnEvent) -> list[Event]:
        return self._seen(self.gateway.watch(job), on_event)

    def converse(self, request: JobRequest, on_event: OnEvent) -> list[Event]:
        return self._seen(self.gateway.converse(request), on_event)

    def _seen(self, happening: Iterator[Event], on_event: OnEvent) -> list[Event]:
        events = []
        for event in happening:
            events.append(event)
            on_event(event)
        return events


class Awaiting:
    def __init__(self, url: str) -> None:
        self.url = url

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any) -> Any:
            store = AsyncStore.open(self.url)
            try:
                return await getattr(AsyncGateway(store), name)(*args)
            finally:
                await store.close()

        return lambda *args: asyncio.run(call(*args))

    def watch(self, job: str, on_event: OnEvent) -> list[Event]:
        return self._seen(lambda gateway: gateway.watch(job), on_event)

    def converse(self, request: JobRequest, on_event: OnEvent) -> list[Event]:
        return self._seen(lambda gateway: gateway.converse(request), on_event)

    def _seen(self, happening: Callable[[AsyncGateway], AsyncIterator[Event]], on_event: OnEvent) -> list[Event]:
        async def follow() -> list[Event]:
            store, events = AsyncStore.open(self.url), []
            try:
                async for event in happening(AsyncGateway(store)):
                    events.append(event)
                    await asyncio.to_thread(on_event, event)
            finally:
                await store.close()
            return events

        return asyncio.run(follow())


@pytest.fixture(params=[Blocking, Awaiting])
def door(request: pytest.FixtureRequest, flock: Flock) -> Iterator[Door]:
    made = request.param(flock.url)
    yield made
    if isinstance(made, Blocking):
        made.gateway.store.close()


def told(events: list[Event]) -> list[str]:
    """Return events as words."""
    words = []
    for event in events:
        if isinstance(event, TextAdded):
            words.append(f"+{event.text}")
        elif isinstance(event, StateChanged):
            words.append(event.view.state.value)
        else:
            words.append(type(event).__name__)
    return words


def ignore(event: Event) -> None:
    """Let a watcher watch."""


class Play:
    """A worker that does the next thing when the watcher has seen the last one."""

    def __init__(self, flock: Flock) -> None:
        self.flock, self.host, self.claim = flock, flock.host(), None

    def __call__(self, event: Event) -> None:
        if isinstance(event, StateChanged) and event.view.state is JobState.QUEUED:
            self.claim = self.flock.take(self.host)
        elif isinstance(event, StateChanged) and event.view.state is JobState.CLAIMED:
            assert self.flock.delta(self.claim, 0, "hé")
        elif isinstance(event, TextAdded) and event.text == "hé":
            assert self.flock.delta(self.claim, 3, "llo")
        elif isinstance(event, TextAdded):
            assert self.flock.finish(self.claim, "héllo")


def test_a_watcher_from_the_start_sees_every_step(flock: Flock, door: Door):
    play = Play(flock)
    job = flock.submit()
    events = door.watch(job, play)
    assert told(events) == ["queued", "claimed", "generating", "+hé", "+llo", "Answered"]
    assert events[-1].view.text == "héllo"
    assert events[-1].view.state in (JobState.DONE, JobState.DELIVERED)


def test_who_submits_and_follows_in_one_sees_every_step_too(flock: Flock, door: Door):
    events = door.converse(flock.request(), Play(flock))
    assert [word for word in told(events) if word != "received"] == [
        "queued",
        "claimed",
        "generating",
        "+hé",
        "+llo",
        "Answered",
    ]
    assert (events[-1].view.text, events[-1].view.ended, events[-1].view.marks[-1].state) == (
        "héllo",
        True,
        JobState.DELIVERED,
    )


def test_who_follows_a_job_that_is_known_already_gets_its_answer(flock: Flock, door: Door):
    request = flock.request(job="j")
    flock.accept(request)
    flock.finish(flock.take(flock.host()), "said before")
    assert [event.view.text for event in door.converse(request, ignore)] == ["said before"]


def test_a_late_watcher_gets_what_was_said_so_far(flock: Flock, door: Door):
    flock.submit()
    claim = flock.take(flock.host())
    flock.delta(claim, 0, "so far ")

    def go_on(event: Event) -> None:
        if isinstance(event, TextAdded):
            flock.finish(claim, "so far so good")

    assert told(door.watch(claim.job, go_on)) == ["generating", "+so far ", "Answered"]


@pytest.mark.parametrize("end", ["reply", "notice", "withdrawn"])
def test_a_watcher_after_the_end_gets_the_answer_at_once(flock: Flock, door: Door, end: str):
    job, host = flock.submit(), flock.host()
    if end == "reply":
        flock.serve(host)
    elif end == "notice":
        flock.give_back(flock.take(host), "rejected")
    else:
        flock.withdraw(job)
    (event,) = door.watch(job, ignore)
    assert isinstance(event, Answered)
    text = {"reply": "hi", "notice": NOTICES[Cause.REJECTED], "withdrawn": ""}[end]
    assert event.view.text == text


def test_wake_ups_that_are_lost_are_filled_from_the_record(flock: Flock, door: Door, monkeypatch: pytest.MonkeyPatch):
    """The watcher listens on a channel where nobody speaks."""
    monkeypatch.setattr(ears, "LOOK_S", 0.01)
    job, play = flock.submit(), Play(flock)
    other = Gateway(Store.open(flock.url)) if isinstance(door, Blocking) else None
    door_key = type(flock.store.key).__call__

    def deaf(self: Any, *parts: str) -> str:
        return door_key(self, "nobody" if parts[0] == "watch" else parts[0], *parts[1:])

    monkeypatch.setattr(type(flock.store.key), "__call__", deaf)
    events = door.watch(job, play)
    assert "".join(word[1:] for word in told(events) if word[0] == "+") == "héllo"
    assert isinstance(events[-1], Answered)
    if other:
        other.store.close()


def test_a_watcher_sees_that_another_worker_starts_over(flock: Flock, door: Door):
    job, host = flock.submit(), flock.host()
    first = flock.take(host)
    flock.delta(first, 0, "old words")

    def go_on(event: Event) -> None:
        if isinstance(event, TextAdded) and event.text == "old words":
            flock.lapse(job)
        elif isinstance(event, StateChanged) and event.view.state is JobState.QUEUED:
            flock.delta(flock.take(host), 0, "new")
        elif isinstance(event, TextAdded):
            flock.withdraw(job)

    words = told(door.watch(job, go_on))
    assert words == ["generating", "+old words", "StartedOver", "queued", "generating", "+new", "Answered"]
    assert StartedOver() == StartedOver()


def test_nobody_can_watch_what_never_was(flock: Flock, door: Door):
    with pytest.raises(UnknownJob, match="there is no job 'nobody'") as unknown:
        door.watch("nobody", ignore)
    assert unknown.value.next_step


def test_both_faces_submit_edit_read_and_cancel(flock: Flock, door: Door):
    request = flock.request("teh", job="j", max_in_flight=1)
    assert door.submit(request) == Accepted("j", JobState.QUEUED, fresh=True, hosted=False)
    assert door.submit(request).fresh is False
    with pytest.raises(Refused):
        door.submit(flock.request(max_in_flight=1))
    assert door.edit(flock.request("the", job="j"))
    assert flock.take(flock.host()).request.text == "the"
    assert door.edit(flock.request("thee", job="j")) is False
    assert door.job("j").state is JobState.CLAIMED
    assert door.cancel("j") is JobState.WITHDRAWN
    for call in (door.job, door.cancel):
        with pytest.raises(UnknownJob):
            call("nobody")


def test_asking_waits_for_the_answer(flock: Flock, door: Door):
    host, stop = flock.host(), threading.Event()

    def work() -> None:
        while not stop.is_set() and not (claim := flock.claim(host)):
            stop.wait(0.01)
        flock.finish(claim, "an answer")

    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(work)
        try:
            view = door.ask(flock.request())
        finally:
            stop.set()
        worker.result()
    assert (view.text, view.outcome) == ("an answer", Outcome.REPLY)


@pytest.mark.parametrize("call", ["submit", "job", "cancel", "ask", "watch", "converse"])
def test_without_redis_each_call_says_so_and_what_to_do(door: Door, flock: Flock, free_port, call: str):
    away = type(door)(f"redis://127.0.0.1:{free_port()}/0")
    argument = flock.request() if call in ("submit", "ask", "converse") else "j"
    with pytest.raises(StoreUnavailable) as unavailable:
        getattr(away, call)(argument, *([ignore] if call in ("watch", "converse") else []))
    assert "REDIS_URL" in unavailable.value.next_step
    assert isinstance(unavailable.value, RookeryError)


@pytest.mark.faults
def test_a_watcher_whose_redis_goes_away_is_told(flock: Flock, door: Door, plug: Plug):
    job = flock.submit()
    with pytest.raises(StoreUnavailable):
        door.watch(job, lambda event: plug.pull())
    plug.push_in()
    assert flock.state(job) == "queued"  # what was accepted is still there


def test_a_full_redis_refuses_and_says_so(flock: Flock, door: Door):
    flock.submit()
    flock.client.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreFull, match="no room") as full:
            door.submit(flock.request(job="late"))
        assert "maxmemory" in full.value.next_step
    finally:
        flock.client.config_set("maxmemory", 0)
    assert "rookery:job:late" not in flock.names()
