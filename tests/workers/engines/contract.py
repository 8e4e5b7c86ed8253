"""What every engine promises, as tests. A class inherits them and has fixtures `engine`, `model` and `too_long`."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.contracts.errors import ContextExceeded, EngineRejected, EngineStalled
from tasks.contracts.messages import Sampling, Turn
from tasks.services import Chat, Completion, Engine, Patience, Piece
from workers.engines.probe import probe

PATIENT = Patience(total_s=60, no_progress_s=60)
GREEDY = Sampling(temperature=0.0, max_tokens=8)
Stream = Generator[Piece | Completion, None, None]


def chat(model: str, text: str = "What is a rookery made of?", sampling: Sampling = GREEDY, adapter: str = "") -> Chat:
    turns = (Turn(role="system", text="Be brief."), Turn(role="user", text=text))
    return Chat(model, turns, sampling, adapter)


def told(stream: Stream) -> tuple[str, Completion]:
    """Return the text and the completion, and check that they came in the order that was promised."""
    *pieces, completion = stream
    assert isinstance(completion, Completion)
    assert all(isinstance(piece, Piece) for piece in pieces)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece) and not piece.reasoning), completion


class EngineContract:
    def test_an_answer_ends_in_a_completion_with_the_engines_own_count(self, engine: Engine, model: str) -> None:
        text, completion = told(engine.chat_stream(chat(model), PATIENT))
        assert text
        assert completion.usage.prompt_tokens > 0
        assert completion.usage.completion_tokens > 0
        assert completion.answered_by == model

    def test_an_answer_is_as_long_as_it_may_be(self, engine: Engine, model: str) -> None:
        sampling = Sampling(temperature=0.0, max_tokens=3)
        _, completion = told(engine.chat_stream(chat(model, sampling=sampling), PATIENT))
        assert completion.usage.completion_tokens == 3
        assert completion.finish_reason == "length"

    def test_the_same_question_has_the_same_greedy_answer(self, engine: Engine, model: str) -> None:
        first, second = (told(engine.chat_stream(chat(model), PATIENT))[0] for _ in range(2))
        assert first == second

    def test_the_answer_depends_on_the_question(self, engine: Engine, model: str) -> None:
        first, second = (told(engine.chat_stream(chat(model, text), PATIENT))[0] for text in ("eggs", "What now?"))
        assert first != second

    def test_all_slots_answer_at_the_same_time(self, engine: Engine, model: str) -> None:
        slots = engine.capabilities().slots
        with ThreadPoolExecutor(slots) as threads:
            answers = list(threads.map(lambda _: told(engine.chat_stream(chat(model), PATIENT)), range(slots)))
        assert len(answers) == slots
        assert all(completion.answered_by == model for _, completion in answers)

    def test_streams_that_are_closed_half_way_leave_room_for_others(self, engine: Engine, model: str) -> None:
        for _ in range(3 * engine.capabilities().slots):
            stream = engine.chat_stream(chat(model, sampling=Sampling(max_tokens=2000)), PATIENT)
            while not (isinstance(piece := next(stream), Piece) and piece.text):
                pass
            stream.close()
        assert told(engine.chat_stream(chat(model), PATIENT))[0]

    def test_a_stream_that_is_never_begun_does_nothing(self, engine: Engine, model: str) -> None:
        engine.chat_stream(chat(model), PATIENT).close()

    def test_too_long_a_prompt_is_refused_for_good(self, engine: Engine, model: str, too_long: str) -> None:
        with pytest.raises(ContextExceeded):
            told(engine.chat_stream(chat(model, too_long), PATIENT))

    def test_no_time_at_all_is_a_stall(self, engine: Engine, model: str) -> None:
        with pytest.raises(EngineStalled):
            told(engine.chat_stream(chat(model), Patience(total_s=0.0)))

    @pytest.mark.parametrize("text", ["", " ", "a\0b", "half \ud83d", "🐦‍⬛", "\u202eright to left", "<|im_end|>"])
    def test_any_text_is_taken(self, engine: Engine, model: str, text: str) -> None:
        answer, _ = told(engine.chat_stream(chat(model, text), PATIENT))
        answer.encode()

    def test_the_model_is_resident_and_loading_it_again_changes_nothing(self, engine: Engine, model: str) -> None:
        engine.ensure_loaded(model)
        engine.ensure_loaded(model)
        assert engine.list_resident().count(model) == 1

    def test_a_model_that_is_not_there_can_be_unloaded_but_not_loaded(self, engine: Engine) -> None:
        engine.unload("dodo")
        with pytest.raises(EngineRejected, match="dodo"):
            engine.ensure_loaded("dodo")

    def test_capabilities_are_what_can_be_counted_on(self, engine: Engine) -> None:
        capabilities = engine.capabilities()
        assert capabilities.slots >= 1
        assert capabilities.context_tokens >= 1
        assert not capabilities.cloud

    def test_sizes_are_those_of_models_that_are_resident(self, engine: Engine) -> None:
        assert set(engine.sizes_gib()) <= set(engine.list_resident())
        assert all(size > 0 for size in engine.sizes_gib().values())

    def test_an_adapter_that_was_not_loaded_is_refused(self, engine: Engine, model: str) -> None:
        with pytest.raises(EngineRejected, match="pirate"):
            told(engine.chat_stream(chat(model, adapter="pirate"), PATIENT))

    def test_an_adapter_is_loaded_or_refused_as_the_capabilities_say(self, engine: Engine, model: str) -> None:
        if engine.capabilities().hot_adapters:
            engine.load_adapter(model, "parrot", "/adapters/parrot")
            assert told(engine.chat_stream(chat(model, adapter="parrot"), PATIENT))[0]
        else:
            with pytest.raises(EngineRejected, match="parrot"):
                engine.load_adapter(model, "parrot", "/adapters/parrot")

    def test_each_text_has_a_vector_or_embedding_is_refused(self, engine: Engine, model: str) -> None:
        try:
            vectors = engine.embed(model, ["egg", "nest", "egg"])
        except EngineRejected:
            return
        assert vectors[0] == vectors[2] != vectors[1]

    def test_a_probe_takes_one_token(self, engine: Engine, model: str) -> None:
        assert probe(engine, model) >= 0

    def test_a_probe_has_a_deadline(self, engine: Engine, model: str) -> None:
        with pytest.raises(EngineStalled):
            probe(engine, model, total_s=0.0)
