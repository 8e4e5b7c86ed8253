"""Jobs that embed, from the bell to the vectors."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from tasks.contracts.jobs import Cause, JobState, Outcome
from tasks.contracts.messages import Usage
from tasks.contracts.vectors import unpacked
from tasks.generation import embedding
from tasks.jobs.moves import VECTORS_LIFE_S
from tasks.services import Patience, Piece, Vectors
from tests.served import served
from tests.tasks.generation.bench import FOREVER, Attentive, Bench
from tests.tiny_model import HIDDEN, Habit, write_tiny_gguf
from workers.engines import fake_values
from workers.engines.llamacpp import LlamaCppEngine

TEXTS = ("an egg", "a nest", "an egg")


class Listening(Attentive):
    """Remembers how long it was given to embed."""

    patience: Patience | None = None

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        self.patience = patience
        return super().embed(model, texts, patience)


def embed(bench: Bench, *texts: str, **fields: object) -> str:
    """Submit texts, hear the bell, and return the job."""
    return bench.answer("", work="embed", inputs=texts, **fields)


def test_the_reply_is_a_vector_for_each_text(bench: Bench):
    view = bench.view(embed(bench, *TEXTS))
    assert (view.state, view.outcome, view.work) == (JobState.DELIVERED, Outcome.REPLY, "embed")
    for text, vector in zip(TEXTS, unpacked(view.text), strict=True):
        assert vector == pytest.approx(fake_values.vector(text))
    assert view.usage == Usage(prompt_tokens=6)
    assert (view.answered_by, view.finish_reason, view.host) == ("demo", "stop", "anvil")
    assert not bench.engine.asked


def test_it_is_no_turn_of_its_session_and_its_words_go_soon(bench: Bench):
    job = embed(bench, *TEXTS, session="s")
    assert bench.window("s") == []
    assert 0 < bench.client.ttl(f"rookery:text:{job}") <= VECTORS_LIFE_S


def test_no_text_of_it_stands_in_the_record(bench: Bench):
    job = embed(bench, "xylophone")
    assert "xylophone" not in str(bench.client.hgetall(f"rookery:job:{job}"))


def test_it_is_not_archived(bench: Bench):
    bench.live_on(archive=True)
    embed(bench, *TEXTS)
    assert bench.client.xlen("rookery:archive") == 0
    bench.answer("hello")
    assert bench.client.xlen("rookery:archive") == 1


def test_the_engine_has_the_time_that_is_left_and_some_for_long_texts(bench: Bench):
    bench.furnish(engine=(engine := Listening()))
    embed(bench, "word " * 3000, deadline_s=30.0)
    assert engine.patience is not None
    assert 0 < engine.patience.total_s <= 30.0
    assert engine.patience.prefill_s > 1


@pytest.mark.parametrize(("command", "cause"), [("!reject", Cause.REJECTED), ("word " * 5000, Cause.TOO_LONG)])
def test_a_model_that_will_not_is_not_asked_again(bench: Bench, command: str, cause: Cause):
    view = bench.view(embed(bench, command))
    assert (view.outcome, view.cause, view.attempts) == (Outcome.NOTICE, cause, 1)


@pytest.mark.parametrize("command", ["!fail", "!overloaded"])
def test_what_may_work_another_time_is_tried_again(bench: Bench, command: str):
    view = bench.view(embed(bench, command))
    assert (view.state, view.attempts) == (JobState.QUEUED, 1)


def test_who_takes_it_back_stops_the_engine(bench: Bench):
    job, thread = bench.at_work("", work="embed", inputs=(f"!hang {FOREVER}",))
    bench.withdraw(job)
    bench.renewer.renew()
    thread.join(20)
    assert not bench.engine.in_flight
    assert bench.state(job) == "withdrawn"


def test_a_real_llama_cpp_embeds(bench: Bench, tmp_path: Path):
    with served(write_tiny_gguf(tmp_path / "tiny.gguf", 1, habit=Habit.EMBEDS), model="demo") as url:
        bench.furnish(engine=LlamaCppEngine(url))
        egg, nest, again = unpacked(bench.view(embed(bench, "egg", "nest", "egg")).text)
        rejected = bench.view(embed(bench, "word " * 5000))
    assert len(egg) == HIDDEN
    assert egg == pytest.approx(again, abs=1e-5)
    assert egg != pytest.approx(nest, abs=1e-2)
    assert rejected.cause is Cause.TOO_LONG


def test_vectors_that_redis_should_not_be_handed_are_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedding, "MAX_REPLY_CHARS", 50)
    view = bench.view(embed(bench, *TEXTS))
    assert view.cause is Cause.REJECTED
    assert "the most is 50" in view.error
