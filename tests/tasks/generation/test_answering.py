"""One job from bell to end, through the real ledger."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts import errors, logs
from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import EngineOverloaded, EngineUnavailable, RetryableError, RookeryError, StoreUnavailable
from tasks.contracts.jobs import Cause, JobState, Outcome
from tasks.contracts.messages import JobClass, Sampling, Turn, Usage
from tasks.generation.answering import (
    BACKOFF_CAP_S,
    BACKOFF_S,
    SETTLE_EVERY_S,
    Answering,
    answer_next,
    backoff_s,
    settle,
    what_next,
)
from tasks.generation.leases import LeaseRenewer
from tasks.services import Completion, Hold, Piece
from tests.logged import logging_as_it_was
from tests.tasks.generation.bench import FOREVER, PATIENCE_S, Attentive, Bench
from workers.engines.fake import RETRY_AFTER_S

SECRET_WORDS = "xylophone marzipan"


def notice(bench: Bench, job: str) -> tuple[JobState, Cause | None]:
    view = bench.view(job)
    assert view.outcome is Outcome.NOTICE
    return view.state, view.cause


# ---------------------------------------------------------------- answers


def test_a_reply_comes_with_what_the_engine_counted(bench):
    view = bench.view(bench.answer("hello there", persona="rook"))
    assert (view.state, view.outcome, view.text) == (JobState.DELIVERED, Outcome.REPLY, "echo: hello there")
    assert view.usage == Usage(prompt_tokens=2, completion_tokens=3)
    assert (view.answered_by, view.finish_reason, view.host, view.attempts) == ("demo", "stop", "anvil", 1)


def test_the_exchange_joins_the_session_and_the_next_prompt(bench):
    bench.answer("my name is Ada", session="s")
    bench.answer("who am I?", session="s", system_prompt="Be kind.")
    assert bench.engine.heard == [
        ("system", "Be kind."),
        ("user", "my name is Ada"),
        ("assistant", "echo: my name is Ada"),
        ("user", "who am I?"),
    ]


def test_another_model_goes_on_with_the_same_conversation(bench):
    bench.answer("my name is Ada", session="s")
    bench.host("anvil", "demo", "other")
    card = bench.desk.card.model_copy(update={"fence": bench.desk.card.fence + 1})
    bench.furnish(card=card, model="other", model_slug="other", engine=Attentive(models=("other",)))
    view = bench.view(bench.answer("who am I?", session="s", model="other"))
    assert view.answered_by == "other"
    assert bench.desk.engine.heard[:2] == [("user", "my name is Ada"), ("assistant", "echo: my name is Ada")]


def test_the_engine_is_asked_for_what_the_request_says(bench):
    sampling = Sampling(temperature=0.2, max_tokens=1, seed=7, stop=("x",))
    view = bench.view(bench.answer("hello there", sampling=sampling, deadline_s=30.0))
    chat, patience = bench.engine.asked[-1]
    assert (chat.model, chat.sampling, chat.adapter) == ("demo", sampling, "")
    assert 0 < patience.total_s <= 30.0
    assert patience.no_progress_s == bench.desk.no_progress_s
    assert 0 < patience.prefill_s < 1
    assert (view.text, view.finish_reason) == ("echo:", "length")


def test_thinking_aloud_is_not_told(bench):
    assert bench.view(bench.answer("!think well")).text == "echo: !think well"


def test_a_bell_without_a_job_does_nothing(bench):
    bench.ring()
    assert not bench.engine.asked


def test_a_host_that_was_replaced_claims_nothing(bench):
    job = bench.submit()
    bench.host("anvil")  # a newer agent takes up the name
    bench.ring()
    assert bench.state(job) == "queued"
    assert not bench.engine.asked


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("!fail", "EngineUnavailable: "),
        ("!overloaded", "EngineOverloaded: "),
        ("!truncate a b", "EngineTruncated: "),
        ("!wrong", "WrongModel: "),
        ("!stall a b", "EngineStalled: "),
        ("!hang", "EngineStalled: "),
    ],
)
def test_what_may_work_another_time_is_tried_again_elsewhere(bench, text, error):
    bench.furnish(no_progress_s=0.1)
    job = bench.answer(text)
    view = bench.view(job)
    assert (view.state, view.attempts, view.crashes, view.text) == (JobState.QUEUED, 1, 0, "")
    assert view.error.startswith(error)
    assert bench.field(job, "not_on") == "anvil"


def test_an_engine_that_names_a_time_is_asked_no_sooner(bench):
    before_ms = bench.now_ms()
    job = bench.answer("!overloaded")
    assert int(bench.field(job, "not_before_ms")) >= before_ms + RETRY_AFTER_S * 1000
    bench.ring()
    assert len(bench.engine.asked) == 1, "it rests until then"


def test_the_last_try_ends_in_a_notice(bench):
    bench.live_on(tries=1)
    assert notice(bench, bench.answer("!fail")) == (JobState.DELIVERED, Cause.FAILED)


def test_what_the_engine_will_never_take_is_not_tried_again(bench):
    job = bench.answer("!reject")
    assert notice(bench, job) == (JobState.DELIVERED, Cause.REJECTED)
    assert len(bench.engine.asked) == 1


def test_more_than_the_model_can_read_is_said_to_be_that(bench):
    bench.furnish(engine=Attentive(context_tokens=3))
    assert notice(bench, bench.answer("one two three four")) == (JobState.DELIVERED, Cause.TOO_LONG)


class Broken(Attentive):
    """An engine whose client has a bug, or whose server says odd things."""

    def __init__(self, *items: Piece | Completion, bug: Exception | None = None) -> None:
        super().__init__()
        self._items, self._bug = items, bug

    def chat_stream(self, chat, patience):
        yield from self._items
        if self._bug:
            raise self._bug


@pytest.mark.parametrize(
    ("engine", "error"),
    [
        (Broken(bug=ZeroDivisionError("secret innards")), "EngineError: ZeroDivisionError in the engine's client"),
        (Broken(Piece("half")), "EngineTruncated: "),
        (Broken(Piece("\n "), Completion(Usage(), "stop", "demo")), "EngineError: the model ended its answer"),
    ],
)
def test_an_engine_that_breaks_its_word_costs_a_try_and_no_lease(bench, engine, error):
    bench.furnish(engine=engine)
    view = bench.view(bench.answer())
    assert (view.state, view.attempts) == (JobState.QUEUED, 1)
    assert view.error.startswith(error)
    assert "innards" not in view.error


def test_past_its_deadline_a_job_that_streams_has_its_notice(bench):
    job = bench.answer("!hang", deadline_s=0.3)
    # On a slow machine the worker gives up a little early; the sweeper then says what there is to say.
    bench.eventually(lambda: bench.sweep() and bench.view(job).outcome, "the notice")
    assert notice(bench, job) == (JobState.DELIVERED, Cause.EXPIRED)


# ---------------------------------------------------------------- taken away


def test_a_withdrawn_answer_stops_while_it_streams(bench):
    job, thread = bench.at_work(f"!slow 0.1 {FOREVER}")
    bench.eventually(lambda: bench.state(job) == "generating", "the first words")
    bench.withdraw(job)
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert bench.engine.in_flight == 0, "the engine was told to stop"
    assert (bench.state(job), bench.view(job).outcome) == ("withdrawn", None)
    assert not bench.client.exists(bench.store.key("session", bench.view(job).session))


def test_a_withdrawn_answer_stops_while_the_engine_says_nothing(bench):
    job, thread = bench.at_work("!hang")
    bench.withdraw(job)
    bench.renewer.renew()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert bench.state(job) == "withdrawn"


def test_on_the_only_slot_batch_work_steps_aside_for_a_person(bench):
    card = bench.desk.card.model_copy(update={"slots": 1})
    bench.furnish(card=card)
    bench.renewer = LeaseRenewer(bench.store, 1, bench.desk.lease_ms)
    batch, thread = bench.at_work(f"!slow 0.1 {FOREVER}", job_class=JobClass.BATCH)
    bench.renewer.renew()
    assert thread.is_alive(), "nobody waits"
    person = bench.submit("hello")
    bench.renewer.renew()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    view = bench.view(batch)
    assert (view.state, view.attempts) == (JobState.QUEUED, 0)
    assert bench.field(batch, "not_on") == "", "it may come back here"
    bench.ring()
    assert bench.view(person).text == "echo: hello"


# ---------------------------------------------------------------- Redis


def test_an_answer_outlives_a_restart_of_redis(bench, redis_server):
    job, thread = bench.at_work("!slow 0.05 one two three four five six seven eight")
    bench.eventually(lambda: bench.state(job) == "generating", "the first words")
    os.kill(bench.client.info("server")["process_id"], signal.SIGKILL)
    bench.eventually(lambda: bench.engine.in_flight == 0, "the last word")

    def back() -> bool:
        redis_server.ensure()
        with contextlib.suppress(Exception):
            return bool(bench.client.ping())
        return False

    bench.eventually(back, "Redis")
    thread.join(PATIENCE_S)
    view = bench.view(job)
    assert (view.state, view.attempts) == (JobState.DELIVERED, 1)
    assert view.text.endswith("seven eight")


def test_an_end_is_written_until_redis_takes_it_or_nobody_waits_any_more(bench):
    clock, tries = ManualClock(), []
    bench.submit(deadline_s=3.0)
    claim = bench.take(bench.desk.card)
    with bench.desk.trust.trial() as trial:
        hold = Hold(claim.job, claim.fence)
        work = Answering(bench.desk, bench.store, claim, hold, trial, clock, clock.monotonic_s())

    def third_time() -> str:
        tries.append(clock.monotonic_s())
        if len(tries) < 3:
            raise StoreUnavailable("away")
        return "written"

    def never() -> str:
        raise StoreUnavailable("away")

    assert settle(work, third_time) == "written"
    assert tries == [0.0, SETTLE_EVERY_S, 2 * SETTLE_EVERY_S]
    assert settle(work, never) is None
    assert 3.0 - 1.0 <= clock.monotonic_s() <= 3.0 + SETTLE_EVERY_S


def test_a_claim_that_redis_did_not_answer_is_left_to_the_ledger(bench, free_port):
    from tasks.jobs.store import Store

    with pytest.raises(StoreUnavailable):
        answer_next(bench.desk, Store.open(f"redis://127.0.0.1:{free_port()}/0"), bench.renewer)


# ---------------------------------------------------------------- log lines


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What this process logs, at the most talkative level."""
    stream = io.StringIO()
    with logging_as_it_was():
        logs.configure("DEBUG", stream=stream)
        yield stream


@pytest.mark.parametrize(
    ("text", "event"),
    [("", "answered"), ("!fail", "could not answer"), ("!reject", "could not answer"), ("!truncate", "could not")],
)
def test_every_line_names_the_job_and_none_a_word_of_it(bench, lines, text, event):
    job = bench.answer(f"{text} {SECRET_WORDS}", system_prompt=SECRET_WORDS)
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    ours = [line for line in said if line["logger"].startswith("tasks.generation")]
    assert [line["event"] for line in ours if line["event"].startswith(event)]
    assert {line["job"] for line in ours} == {job}
    assert not [word for word in SECRET_WORDS.split() if word in lines.getvalue()]


# ---------------------------------------------------------------- decisions


def test_what_is_tried_again_is_read_from_the_tree_of_errors():
    tree = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, RookeryError)]
    verdicts = {kind.__name__: what_next(kind("x")) for kind in tree}
    assert {name for name, word in verdicts.items() if word == "retry"} == {
        kind.__name__ for kind in tree if issubclass(kind, RetryableError)
    }
    assert verdicts["SteppedAside"] == "yield"
    assert verdicts["ContextExceeded"] == Cause.TOO_LONG
    assert verdicts["OnlyThoughts"] == Cause.THOUGHT
    assert verdicts["EngineRejected"] == verdicts["ConfigurationError"] == Cause.REJECTED


@given(st.integers(1, 100), st.floats(0, 1), st.floats(0, 60))
def test_the_rest_before_a_try_doubles_up_to_a_cap_and_is_never_shorter_than_was_asked(attempt, chance, asked_s):
    rest_s = backoff_s(attempt, EngineUnavailable("x"), chance)
    assert 0 <= rest_s <= min(BACKOFF_CAP_S, BACKOFF_S * 2 ** (attempt - 1))
    assert backoff_s(attempt, EngineOverloaded("x", retry_after_s=asked_s), chance) == max(rest_s, asked_s)


def test_a_turn_of_another_author_reaches_the_engine(bench):
    bench.answer("and?", history=(Turn(role="user", text="hi", author="bob"),))
    assert [turn.author for turn in bench.engine.asked[-1][0].turns] == ["bob", "ada"]
