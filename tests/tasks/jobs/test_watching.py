from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.jobs import JobState, JobView, Outcome
from tasks.jobs.watching import (
    Answered,
    Event,
    Follower,
    Listen,
    Look,
    StartedOver,
    StateChanged,
    TextAdded,
    advance,
    watch,
)

PIECES = st.text(st.sampled_from("aé🦉\n "), min_size=1, max_size=4)


def view(state: JobState, fence: int, text: str = "", outcome: Outcome | None = None) -> JobView:
    return JobView(job="j", state=state, fence=fence, model="demo", session="s", text=text, outcome=outcome)


def wake(fence: int, offset: int, text: str) -> str:
    return json.dumps({"fence": fence, "offset": offset, "text": text})


@dataclass
class Screen:
    """What a person sees who is shown the events."""

    follower: Follower = field(default_factory=Follower)
    text: str = ""
    restarts: int = 0
    events: list[Event] = field(default_factory=list)

    def show(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, TextAdded):
            assert event.text
            self.text += event.text
        elif isinstance(event, StartedOver):
            assert self.text, "there was nothing to start over"
            self.text, self.restarts = "", self.restarts + 1

    def look(self, job: JobView) -> None:
        for event in self.follower.snapshot(job):
            self.show(event)

    def hear(self, message: str, job: JobView) -> None:
        """Take a wake-up as the gateway does; `job` is what the record says when it must be read."""
        if self.follower.wants_snapshot(message):
            self.look(job)
        else:
            for event in self.follower.told(message):
                self.show(event)


def test_deltas_in_order_are_shown_as_they_come():
    screen = Screen()
    screen.look(view(JobState.CLAIMED, 3))
    for offset, text in ((0, "né"), (3, "e 🦉"), (9, "!")):
        screen.hear(wake(3, offset, text), view(JobState.GENERATING, 3, "not read"))
    assert screen.text == "née 🦉!"


def test_a_lost_delta_is_filled_from_the_record():
    screen = Screen()
    screen.look(view(JobState.GENERATING, 3, "one "))
    screen.hear(wake(3, 8, "three"), view(JobState.GENERATING, 3, "one two three"))
    screen.hear(wake(3, 4, "two "), view(JobState.GENERATING, 3, "one two three"))
    assert screen.text == "one two three"


def test_a_delta_that_the_record_showed_already_adds_only_what_is_new():
    screen = Screen()
    screen.look(view(JobState.GENERATING, 3, "one two"))
    screen.hear(wake(3, 4, "two three"), view(JobState.GENERATING, 3, "not read"))
    assert screen.text == "one two three"


def test_another_worker_that_writes_starts_over():
    screen = Screen()
    screen.look(view(JobState.GENERATING, 3, "old words"))
    screen.look(view(JobState.QUEUED, 4))
    assert (screen.text, screen.restarts) == ("", 1)
    screen.look(view(JobState.GENERATING, 5, "new"))
    assert (screen.text, screen.restarts) == ("new", 1)


def test_another_worker_whose_claim_was_not_seen_starts_over_too():
    screen = Screen()
    screen.look(view(JobState.GENERATING, 3, "old words"))
    screen.hear(wake(5, 0, "new"), view(JobState.GENERATING, 5, "new words"))
    assert (screen.text, screen.restarts) == ("new words", 1)


def test_another_try_before_any_text_is_not_a_restart():
    screen = Screen()
    screen.look(view(JobState.CLAIMED, 3))
    screen.look(view(JobState.QUEUED, 4))
    screen.look(view(JobState.GENERATING, 5, "words"))
    assert (screen.text, screen.restarts) == ("words", 0)


def test_each_state_is_told_once_and_the_answer_last():
    screen = Screen()
    for _ in range(2):
        screen.look(view(JobState.QUEUED, 1))
    for _ in range(2):
        screen.look(view(JobState.CLAIMED, 2))
    screen.look(view(JobState.DELIVERED, 4, "hi", Outcome.REPLY))
    told = [event.view.state for event in screen.events if isinstance(event, StateChanged)]
    assert told == [JobState.QUEUED, JobState.CLAIMED]
    assert isinstance(screen.events[-1], Answered)


def test_a_job_that_was_taken_back_is_answered_without_an_outcome():
    screen = Screen()
    screen.look(view(JobState.WITHDRAWN, 4))
    (event,) = screen.events
    assert isinstance(event, Answered)
    assert event.view.outcome is None


def test_a_wake_up_about_a_state_asks_for_the_record():
    assert Follower().wants_snapshot(json.dumps({"state": "done", "fence": 4}))


def test_moving_up_the_queue_is_told_too():
    screen = Screen()
    for ahead in (2, 2, 1):
        screen.look(view(JobState.QUEUED, 1).model_copy(update={"ahead": ahead}))
    assert [event.view.ahead for event in screen.events if isinstance(event, StateChanged)] == [2, 1]


def test_a_watch_looks_listens_and_ends_with_the_answer():
    steps = watch()
    queued, writing = view(JobState.QUEUED, 1), view(JobState.GENERATING, 3, "hi")
    answered = view(JobState.DELIVERED, 4, "hi there", Outcome.REPLY)
    assert advance(steps) == Look()
    assert advance(steps, queued) == StateChanged(queued)
    assert advance(steps) == Listen()
    assert advance(steps, None) == Look(), "silence is not to be trusted"
    assert advance(steps, writing) == StateChanged(writing)
    assert advance(steps) == TextAdded("hi")
    assert advance(steps) == Listen()
    assert advance(steps, wake(3, 2, " there")) == TextAdded(" there")
    assert advance(steps) == Listen()
    assert advance(steps, json.dumps({"state": "done", "fence": 4})) == Look()
    assert advance(steps, answered) == Answered(answered)
    assert advance(steps) is None


@dataclass
class Writer:
    """The record and the wake-ups of a job that several workers write, one after the other."""

    fence: int = 2
    text: str = ""
    sent: list[str] = field(default_factory=list)

    def add(self, piece: str) -> None:
        self.sent.append(wake(self.fence, len(self.text.encode()), piece))
        self.text += piece

    def start_over(self) -> None:
        self.fence, self.text = self.fence + 2, ""

    def now(self) -> JobView:
        return view(JobState.GENERATING if self.text else JobState.CLAIMED, self.fence, self.text)


STEPS = st.one_of(
    st.tuples(st.just("write"), PIECES),
    st.tuples(
        st.sampled_from(["look", "next wake-up", "any wake-up", "lose wake-ups", "start over"]), st.integers(0, 30)
    ),
)


@dataclass
class Channel:
    """A writer, a screen, and wake-ups between them that may be lost, come twice or out of order."""

    writer: Writer = field(default_factory=Writer)
    screen: Screen = field(default_factory=Screen)
    heard: int = 0

    def step(self, what: str, number: int) -> None:
        sent = self.writer.sent
        if what == "look":
            self.screen.look(self.writer.now())
        elif what == "start over":
            self.writer.start_over()
        elif what == "lose wake-ups":
            self.heard = min(len(sent), self.heard + number)
        elif what == "any wake-up" and sent:
            self.screen.hear(sent[number % len(sent)], self.writer.now())
        elif what == "next wake-up" and self.heard < len(sent):
            self.screen.hear(sent[self.heard], self.writer.now())
            self.heard += 1


@given(st.lists(STEPS, max_size=40))
def test_whatever_is_lost_repeated_or_reordered_each_character_is_shown_once(steps: list):
    """The record is read late, and never back in time."""
    channel = Channel()
    writer, screen = channel.writer, channel.screen
    for what, with_what in steps:
        if what == "write":
            writer.add(with_what)
        else:
            channel.step(what, with_what)
        if screen.follower._writer == writer.fence:
            assert writer.text.startswith(screen.text)
    screen.look(writer.now())
    assert screen.text == writer.text
    assert screen.restarts <= (writer.fence - 2) // 2


def test_who_only_wants_the_answer_is_told_nothing_before_and_reads_the_record_twice():
    steps = watch(until_answered=True)
    assert isinstance(advance(steps), Look)
    assert isinstance(advance(steps, view(JobState.QUEUED, 1)), Listen)
    for state in ("queued", "claimed", "generating"):
        assert isinstance(advance(steps, json.dumps({"state": state, "fence": 2})), Listen)
    assert isinstance(advance(steps, wake(2, 0, "he")), Listen)
    assert isinstance(advance(steps, json.dumps({"state": "done", "fence": 3})), Look)
    answered = advance(steps, view(JobState.DONE, 3, "hello", Outcome.REPLY))
    assert isinstance(answered, Answered)
    assert answered.view.text == "hello"
    assert advance(steps) is None


def test_who_wants_the_text_alone_reads_the_record_after_a_silence_only_and_misses_nothing():
    steps = watch(fresh=True, text_alone=True)
    assert advance(steps) == Listen()
    for state in ("queued", "claimed", "generating"):
        assert advance(steps, json.dumps({"state": state, "fence": 2})) == Listen()
    assert advance(steps, wake(2, 0, "he")) == TextAdded("he")
    assert advance(steps) == Listen()
    assert advance(steps, None) == Look()
    writing = view(JobState.GENERATING, 2, "hell")
    assert advance(steps, writing) == StateChanged(writing)
    assert advance(steps) == TextAdded("ll")
    assert advance(steps) == Listen()
    assert advance(steps, json.dumps({"state": "queued", "fence": 3})) == Listen()
    assert advance(steps, wake(4, 0, "Bye")) == Look(), "another one writes"
    assert advance(steps, view(JobState.GENERATING, 4, "Bye")) == StartedOver()


def test_who_only_wants_the_answer_reads_the_record_when_nothing_is_heard():
    steps = watch(until_answered=True)
    advance(steps)
    advance(steps, view(JobState.CLAIMED, 2, "he"))
    assert isinstance(advance(steps, None), Look)


def test_what_a_former_worker_said_is_not_shown_again_when_it_comes_late():
    screen = Screen()
    screen.look(view(JobState.GENERATING, 3, "Wrong"))
    screen.look(view(JobState.QUEUED, 4))
    screen.hear(wake(3, 0, "Wrong"), view(JobState.QUEUED, 4))
    assert (screen.text, screen.restarts) == ("", 1)
    screen.hear(wake(5, 0, "Right"), view(JobState.GENERATING, 5, "Right"))
    assert screen.text == "Right"
