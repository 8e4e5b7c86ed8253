"""What a watcher of one job makes of snapshots and wake-ups. Pure: the faces of the gateway feed it.

Deltas ride on pub/sub and may be lost; the text so far is in the record, so a snapshot fills any gap.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from tasks.contracts.jobs import HELD, WAITING, JobState, JobView
from tasks.jobs import record

ENDINGS = frozenset(state.value for state in JobState if state not in {*WAITING, *HELD})


@dataclass(frozen=True)
class TextAdded:
    """More of the answer."""

    text: str


@dataclass(frozen=True)
class StartedOver:
    """Another try writes now: what was shown so far no longer counts."""


@dataclass(frozen=True)
class StateChanged:
    """The job moved on, be it only up the queue, and is not done yet."""

    view: JobView


@dataclass(frozen=True)
class Answered:
    """The job has its outcome, or ended without one. Nothing follows."""

    view: JobView


Event = TextAdded | StartedOver | StateChanged | Answered


@dataclass(frozen=True)
class Look:
    """What a watch wants next: the job as it stands."""


@dataclass(frozen=True)
class Listen:
    """What a watch wants next: a wake-up, or None after a while of silence."""


Step = Look | Listen | Event
Watch = Generator[Step, JobView | str | None, None]


def watch(*, until_answered: bool = False, fresh: bool = False, text_alone: bool = False) -> Watch:
    """Yield the steps of watching one job, from wherever it stands until it is answered.

    With `until_answered` nobody wants to know what happens before that, and the record is read less often; a job that
    is `fresh`, and was listened to before it was submitted, need not be read at first. With `text_alone` the record is
    read after a silence only, so where the job stands is told then, and text and answer as they come. Whoever
    drives it with `advance` sends a `JobView` for each `Look`, what was heard for each `Listen`, and None for each
    event, which it passes on.
    """
    follower = Follower(until_answered=until_answered, text_alone=text_alone)
    heard: str | None = None
    if fresh:
        first = yield Listen()
        assert not isinstance(first, JobView)
        heard = first
    while True:
        if heard is None or follower.wants_snapshot(heard):
            view = yield Look()
            assert isinstance(view, JobView)
            events = follower.snapshot(view)
        else:
            events = follower.told(heard)
        for event in events:
            yield event
            if isinstance(event, Answered):
                return
        told = yield Listen()
        assert not isinstance(told, JobView)
        heard = told


def advance(steps: Watch, found: JobView | str | None = None) -> Step | None:
    """Return what a watch wants next now that this was found; None at its end."""
    try:
        return steps.send(found)
    except StopIteration:
        return None


class Follower:
    """Follows one job. Feed it wake-ups and snapshots in any order; each piece of text comes out once."""

    def __init__(self, *, until_answered: bool = False, text_alone: bool = False) -> None:
        self._until_answered, self._endings_alone = until_answered, until_answered or text_alone
        self._writer = 0  # the fence of the worker whose text is being shown
        self._latest = 0  # the highest that a record had
        self._shown = b""
        self._seen: tuple[str, int, int] = ("", 0, 0)

    def wants_snapshot(self, message: str) -> bool:
        """Return whether this wake-up says more than it carries, so that the record must be read."""
        heard = json.loads(message)
        if "record" in heard:
            return False
        if "state" in heard:
            return not self._endings_alone or heard["state"] in ENDINGS
        if self._until_answered:
            return False
        # What a former worker said may still be on its way.
        begins = not self._writer and not heard["offset"] and heard["fence"] >= self._latest
        return not begins and (heard["fence"] != self._writer or heard["offset"] > len(self._shown))

    def told(self, message: str) -> Iterator[Event]:
        """Take a wake-up that `wants_snapshot` did not ask a record for: a delta, or the end with the record in it."""
        heard = json.loads(message)
        if "record" in heard:
            fields, texts = record.paired(heard["record"]), record.paired(heard["texts"])
            yield from self.snapshot(record.view_of(heard["job"], fields, texts))
            return
        if self._until_answered or "state" in heard:
            return
        self._writer = heard["fence"]
        fresh = heard["text"].encode()[len(self._shown) - heard["offset"] :]
        if fresh:
            self._shown += fresh
            yield TextAdded(fresh.decode())

    def snapshot(self, view: JobView) -> Iterator[Event]:
        """Take the job as it stands."""
        self._latest = max(self._latest, view.fence)
        yield from self._moved(view)
        if view.answered:
            yield Answered(view)
        elif view.state in HELD and not self._until_answered:
            yield from self._text(view)

    def _moved(self, view: JobView) -> Iterator[Event]:
        if self._writer and self._shown and view.fence != self._writer and not view.answered:
            self._writer, self._shown = 0, b""
            yield StartedOver()
        seen = (view.state.value, view.fence, view.ahead)
        if seen != self._seen and not view.answered and not self._until_answered:
            self._seen = seen
            yield StateChanged(view)

    def _text(self, view: JobView) -> Iterator[Event]:
        self._writer = view.fence
        text = view.text.encode()
        if len(text) > len(self._shown):
            fresh = text[len(self._shown) :]
            self._shown = text
            yield TextAdded(fresh.decode())
