"""What an engine's failures do to the jobs that wait for it, through the real ledger."""

from __future__ import annotations

import threading
from collections.abc import Generator

from tasks.contracts.errors import EngineUnavailable, ModelLoadFailed
from tasks.contracts.jobs import Cause, Outcome
from tasks.services import Chat, Completion, Patience, Piece
from tests.tasks.generation.bench import PATIENCE_S, Attentive
from workers.health.breaker import Limits, Standing


class Mortal(Attentive):
    """A fake engine that can be gone altogether."""

    gone = False
    looks = 0

    def list_resident(self) -> list[str]:
        """Answer, if there is anybody."""
        self.looks += 1
        self._check_life()
        return super().list_resident()

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Answer, if there is anybody."""
        self._check_life()
        yield from super().chat_stream(chat, patience)

    def _check_life(self) -> None:
        if self.gone:
            raise EngineUnavailable("there is no engine any more")


def test_an_engine_that_is_gone_burns_one_try_and_not_all(bench):
    engine = Mortal()
    bench.furnish(engine=engine)
    engine.gone = True
    job = bench.answer()
    bench.past(job, "not_before_ms")
    ringing = threading.Thread(target=bench.ring)
    ringing.start()
    bench.eventually(lambda: engine.looks >= 2, "a second look at what is not there")
    assert (bench.view(job).state, bench.view(job).attempts) == ("queued", 1)
    engine.gone = False
    ringing.join(PATIENCE_S)
    assert (bench.view(job).text, bench.view(job).attempts) == ("echo: hello", 2)
    assert bench.notes.bulletins[-1].standing is Standing.TRUSTED


def test_an_engine_that_answered_is_not_asked_whether_it_is_there(bench):
    engine = Mortal()
    bench.furnish(engine=engine)
    bench.answer()
    engine.gone = True
    job = bench.answer()
    assert bench.view(job).attempts == 1
    assert engine.looks == 0


def test_a_worker_that_is_told_to_end_waits_for_no_engine(bench):
    engine = Mortal()
    bench.furnish(engine=engine)
    engine.gone = True
    bench.answer()
    job = bench.submit()
    ringing = threading.Thread(target=bench.ring)
    ringing.start()
    bench.eventually(lambda: engine.looks, "a look")
    bench.ending.set()
    ringing.join(PATIENCE_S)
    assert not ringing.is_alive()
    assert (bench.state(job), bench.view(job).attempts) == ("queued", 0)


def test_while_the_breaker_is_open_jobs_wait_for_one_token_and_lose_no_try(bench):
    engine = Attentive(fail_first=2)
    bench.furnish(engine=engine, trust=bench.trust_in(engine, Limits(failures=1, cool_down_s=0.05)))
    job = bench.answer()  # the first failure opens it, the second one is the probe's
    bench.past(job, "not_before_ms")
    bench.ring()
    view = bench.view(job)
    assert (view.text, view.attempts) == ("echo: hello", 2)
    one_token = [chat.sampling.max_tokens for chat, _ in engine.asked]
    assert one_token[1:3] == [1, 1], "two probes, the second one good"
    assert [len(bench.notes.tripped_s), bench.notes.times_mended] == [2, 1]
    assert bench.notes.tripped_s[1] > bench.notes.tripped_s[0], "the second time for longer"


class Unloadable(Attentive):
    """An engine that lists a model which it cannot take into memory."""

    def chat_stream(self, chat, patience):
        yield from ()
        raise ModelLoadFailed("http://secret.host/v1 answered 500: Traceback at /home/ada/model.gguf")


def test_a_model_that_no_host_can_load_is_named_in_the_notice_and_nothing_else_is(bench):
    bench.live_on(tries=2)
    engine = Unloadable()
    bench.furnish(engine=engine, trust=bench.trust_in(engine, Limits(failures=9)))
    job = bench.answer()
    for _ in range(3):
        if bench.state(job) == "queued":
            bench.past(job, "not_before_ms")
            bench.ring()
    view = bench.view(job)
    assert (view.outcome, view.cause, view.attempts) == (Outcome.NOTICE, Cause.NOT_LOADED, 2)
    assert "demo" in view.text
    assert "secret" not in view.text
    assert "Traceback" not in view.text
