"""What every engine promises, tried on each of them.

The servers that cannot be had here are emulators in front of a real llama.cpp: the words prove which model answered.
A real server takes part when the environment names one; `tests/workers/engines/kits/real.py` says how.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tasks.contracts.errors import (
    ContextExceeded,
    EngineRejected,
    EngineStalled,
    EngineTruncated,
    EngineUnavailable,
    ModelLoadFailed,
    OutOfMemory,
    WrongModel,
)
from tasks.contracts.messages import Sampling, ToolCall, Turn
from tasks.services import Chat, Engine, Patience, Piece
from tests.emulators.engines.children import CALLER, EMBEDDER, Children
from tests.emulators.engines.ollama import Ollama
from tests.workers.engines.asking import GREEDY, PATIENT, begin, chat, told, vectors
from tests.workers.engines.kits import brought, lmstudio, ollama, others, plain, real
from tests.workers.engines.kits.kit import Kit, Rig
from workers.engines.probe import probe

KITS = (*plain.KITS, *brought.KITS, *ollama.KITS, *lmstudio.KITS, *others.KITS, *real.KITS)
MORTAL = [kit for kit in KITS if kit.mortal]
LOADING = [kit for kit in KITS if kit.loads]
EMBEDDING = [kit for kit in KITS if EMBEDDER in kit.made_for]
CALLING = [kit for kit in KITS if CALLER in kit.made_for]
#: In whole by `make test-engines`.
LONGER = ("lmstudio v0 emulator", "vLLM emulator", "llama-server router emulator", "any OpenAI-compatible server")
AT_ONCE = 10
IMPATIENT = Patience(total_s=60, no_progress_s=0.3)
ROOMY = GREEDY.model_copy(update={"max_tokens": 200})
PARTS: dict[str, Any] = {"alive": {"type": "boolean"}, "kind": {"enum": ["rook", "crow"]}}
BIRD: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "bird",
        "schema": {"type": "object", "properties": PARTS, "required": [*PARTS], "additionalProperties": False},
    },
}
WHERE = {"type": "object", "properties": {"where": {"enum": ["north", "south"]}}, "required": ["where"]}
LOOK: dict[str, Any] = {"type": "function", "function": {"name": "look", "parameters": WHERE}}
CHOSEN: dict[str, Any] = {"type": "function", "function": {"name": "look"}}
STRANGE_TEXTS = ["", " ", "a\0b", "half \ud83d", "🐦‍⬛", "\u202eright to left", "<|im_end|>"]


def with_fault(fault: str) -> list[Kit]:
    return [kit for kit in KITS if fault in kit.faults]


def refusal_of(act: Callable[[], object]) -> EngineRejected | None:
    """Return the refusal that `act` comes to, None when it comes to something."""
    try:
        act()
    except EngineRejected as refusal:
        return refusal
    return None


def marked(kits: Sequence[Kit]) -> list[Any]:
    """Return kits as parameters; those that take longer are tried by `make test-engines` alone."""
    return [pytest.param(kit, marks=pytest.mark.slow if kit.id in LONGER else ()) for kit in kits]


@pytest.fixture(params=marked(KITS), ids=str)
def kit(request: pytest.FixtureRequest) -> Kit:
    found: Kit = request.param
    return found


@pytest.fixture
def rig(kit: Kit, children: Children) -> Iterator[Rig]:
    """A server of its own for one test, with nothing in memory where the engine loads."""
    with kit.open(children) as made:
        yield made


@pytest.fixture
def mortal(kit: Kit, children: Children) -> Iterator[Rig]:
    """A server that may be killed or frozen, with its first model in memory."""
    with kit.open(children, mortal=True) as made:
        made.engine.ensure_loaded(made.models[0])
        yield made


@pytest.fixture
def model(rig: Rig) -> str:
    """The name of a model that is in memory."""
    rig.engine.ensure_loaded(rig.models[0])
    return rig.models[0]


@pytest.fixture
def engine(rig: Rig) -> Engine:
    return rig.engine


# Answers


def test_an_answer_ends_in_a_completion_with_the_servers_own_count(engine: Engine, model: str) -> None:
    text, completion = told(engine.chat_stream(chat(model), PATIENT))
    assert text
    assert completion.usage.prompt_tokens > 0
    assert completion.usage.completion_tokens > 0
    assert completion.answered_by


def test_an_answer_is_as_long_as_it_may_be(engine: Engine, model: str) -> None:
    _, completion = told(engine.chat_stream(chat(model, sampling=Sampling(temperature=0.0, max_tokens=3)), PATIENT))
    assert completion.usage.completion_tokens == 3
    assert completion.finish_reason == "length"


def test_the_words_prove_which_model_answered(rig: Rig) -> None:
    answers = {}
    for name in rig.models:
        rig.engine.ensure_loaded(name)
        answers[name], _ = told(rig.engine.chat_stream(chat(name), PATIENT))
    if rig.children:
        assert answers == {name: rig.says(chat(name)) for name in rig.models}
        assert len(set(answers.values())) == len(rig.models)


def test_the_same_question_has_the_same_greedy_answer(engine: Engine, model: str) -> None:
    first, second = (told(engine.chat_stream(chat(model), PATIENT))[0] for _ in range(2))
    assert first == second


def test_the_answer_depends_on_the_question(engine: Engine, model: str) -> None:
    first, second = (told(engine.chat_stream(chat(model, text), PATIENT))[0] for text in ("eggs", "What now?"))
    assert first != second


def test_words_come_while_the_rest_is_being_made(engine: Engine, model: str) -> None:
    stream = engine.chat_stream(chat(model, sampling=Sampling(temperature=0.0, max_tokens=64)), PATIENT)
    assert sum(bool(piece.text) for piece in stream if isinstance(piece, Piece)) > 1


def test_all_slots_answer_at_the_same_time(engine: Engine, model: str) -> None:
    slots = engine.capabilities().slots
    with ThreadPoolExecutor(slots) as threads:
        answers = list(threads.map(lambda _: told(engine.chat_stream(chat(model), PATIENT)), range(slots)))
    assert len({text for text, _ in answers}) == 1


def test_any_text_is_taken(engine: Engine, model: str) -> None:
    for text in STRANGE_TEXTS:
        answer, _ = told(engine.chat_stream(chat(model, text), PATIENT))
        answer.encode()


def test_too_long_a_prompt_is_refused_for_good(rig: Rig, model: str) -> None:
    with pytest.raises(ContextExceeded):
        told(rig.engine.chat_stream(chat(model, rig.too_long), PATIENT))


# Patience, and the end of it


def test_closing_a_stream_frees_its_slot(rig: Rig, model: str, eventually: Callable[..., None]) -> None:
    for _ in range(3 * rig.engine.capabilities().slots):
        begin(rig.engine, model).close()
    if rig.children:
        eventually(lambda: rig.busy(model) == 0, "the slots to be free")
    assert told(rig.engine.chat_stream(chat(model), PATIENT))[0]


def test_a_stream_that_is_never_begun_does_nothing(engine: Engine, model: str) -> None:
    engine.chat_stream(chat(model), PATIENT).close()


def test_no_time_at_all_is_a_stall(engine: Engine, model: str) -> None:
    with pytest.raises(EngineStalled):
        told(engine.chat_stream(chat(model), Patience(total_s=0.0)))


@pytest.mark.parametrize("kit", MORTAL, ids=str, indirect=True)
def test_a_server_that_falls_silent_has_stalled(mortal: Rig) -> None:
    assert mortal.freeze is not None
    stream = begin(mortal.engine, mortal.models[0], patience=IMPATIENT)
    mortal.freeze()
    with pytest.raises(EngineStalled):
        told(stream)


@pytest.mark.parametrize("kit", MORTAL, ids=str, indirect=True)
def test_a_server_that_is_killed_mid_answer_is_a_failure_that_another_try_may_mend(mortal: Rig) -> None:
    assert mortal.kill is not None
    stream = begin(mortal.engine, mortal.models[0])
    mortal.kill()
    with pytest.raises((EngineTruncated, EngineUnavailable)):
        told(stream)
    with pytest.raises(EngineUnavailable):
        mortal.engine.list_resident()


@pytest.mark.parametrize("kit", with_fault("answers_as_another"), ids=str, indirect=True)
def test_an_answer_of_another_model_is_noticed(kit: Kit, children: Children) -> None:
    with kit.open(children, answers_as_another=True) as rig, pytest.raises(WrongModel):
        told(rig.engine.chat_stream(chat(rig.models[0]), PATIENT))


# What is in memory


def test_a_model_that_is_in_memory_is_listed_once_under_our_name(engine: Engine, model: str) -> None:
    engine.ensure_loaded(model)
    assert engine.list_resident().count(model) == 1


def test_a_model_that_is_not_there_can_be_unloaded_but_not_loaded(engine: Engine) -> None:
    engine.unload("dodo")
    with pytest.raises((EngineRejected, ModelLoadFailed), match="dodo"):
        engine.ensure_loaded("dodo")


def test_a_model_that_is_not_there_does_not_answer(engine: Engine, model: str) -> None:
    with pytest.raises((EngineRejected, ModelLoadFailed, WrongModel), match="dodo"):
        told(engine.chat_stream(chat("dodo"), PATIENT))


def test_sizes_are_those_of_models_that_are_resident(engine: Engine, model: str) -> None:
    sizes = engine.sizes_gib()
    assert set(sizes) <= set(engine.list_resident())
    assert all(size > 0 for size in sizes.values())


@pytest.mark.parametrize("kit", LOADING, ids=str, indirect=True)
def test_models_come_into_memory_and_go_out_of_it_when_asked_to(rig: Rig) -> None:
    first, *rest = rig.models
    assert not {first, *rest} & set(rig.engine.list_resident())
    for name in rig.models:
        rig.engine.ensure_loaded(name)
    assert set(rig.models) <= set(rig.engine.list_resident())
    rig.engine.unload(first)
    assert set(rig.models) & set(rig.engine.list_resident()) == set(rest)
    rig.engine.unload(first)
    assert all(told(rig.engine.chat_stream(chat(name), PATIENT))[0] for name in rest)


@pytest.mark.parametrize("kit", LOADING, ids=str, indirect=True)
def test_ten_who_want_a_model_at_once_load_it_once(rig: Rig) -> None:
    name = rig.models[0]
    together = threading.Barrier(AT_ONCE)

    def load(_: int) -> None:
        together.wait()
        rig.engine.ensure_loaded(name)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(load, range(AT_ONCE)))
    assert rig.engine.list_resident().count(name) == 1
    if rig.loads is not None:
        assert rig.loads() == 1


@pytest.mark.parametrize("kit", LOADING, ids=str, indirect=True)
def test_a_model_that_went_out_of_memory_is_loaded_before_it_answers(rig: Rig, model: str) -> None:
    rig.engine.unload(model)
    text, _ = told(rig.engine.chat_stream(chat(model), PATIENT))
    assert text == (rig.says(chat(model)) or text)
    assert model in rig.engine.list_resident()


@pytest.mark.parametrize("kit", with_fault("load_fails"), ids=str, indirect=True)
def test_a_model_that_cannot_be_loaded_is_told_as_such(kit: Kit, children: Children) -> None:
    with kit.open(children, load_fails=True) as rig:
        with pytest.raises(ModelLoadFailed) as caught:
            rig.engine.ensure_loaded(rig.models[0])
        assert caught.value.next_step
        assert rig.models[0] not in rig.engine.list_resident()


@pytest.mark.parametrize("kit", with_fault("too_little_memory"), ids=str, indirect=True)
def test_a_model_that_does_not_fit_is_told_as_such(kit: Kit, children: Children) -> None:
    with kit.open(children, too_little_memory=True) as rig:
        with pytest.raises(OutOfMemory) as caught:
            rig.engine.ensure_loaded(rig.models[0])
        assert caught.value.next_step


@pytest.mark.parametrize("kit", with_fault("loads_forever"), ids=str, indirect=True)
def test_a_load_has_a_deadline(kit: Kit, children: Children) -> None:
    with kit.open(children, loads_forever=True) as rig, pytest.raises(ModelLoadFailed):
        rig.engine.ensure_loaded(rig.models[0])


# What else it can do


def test_capabilities_are_what_can_be_counted_on(kit: Kit, engine: Engine, model: str) -> None:
    capabilities = engine.capabilities()
    assert capabilities.slots >= 1
    assert capabilities.context_tokens >= 1
    assert capabilities.loads is kit.loads
    assert kit.formats in (None, capabilities.formats)
    assert not capabilities.cloud


def test_an_adapter_that_was_not_loaded_is_refused(engine: Engine, model: str) -> None:
    with pytest.raises(EngineRejected, match="pirate"):
        told(engine.chat_stream(chat(model, adapter="pirate"), PATIENT))


def test_an_adapter_is_loaded_or_refused_as_the_capabilities_say(engine: Engine, model: str) -> None:
    if engine.capabilities().hot_adapters:
        engine.load_adapter(model, "parrot", "/adapters/parrot")
        assert told(engine.chat_stream(chat(model, adapter="parrot"), PATIENT))[0]
    else:
        with pytest.raises(EngineRejected, match="parrot"):
            engine.load_adapter(model, "parrot", "/adapters/parrot")


@pytest.mark.parametrize("kit", marked(EMBEDDING), ids=str, indirect=True)
def test_a_model_that_is_made_for_it_embeds(kit: Kit, children: Children) -> None:
    with kit.open(children, alpha=EMBEDDER) as rig:
        name = rig.models[0]
        rig.engine.ensure_loaded(name)
        found = vectors(rig.engine, name, "egg", "nest", "egg")
        egg, nest, again = map(list, found.rows)
        assert egg == pytest.approx(again, abs=1e-5)
        assert egg != pytest.approx(nest, abs=1e-2)
        assert found.usage.prompt_tokens > 0
        assert found.answered_by
        if rig.children:
            itself = rig.children.embed(EMBEDDER, ["egg"])["data"][0]["embedding"]
            assert egg == pytest.approx(itself, abs=1e-5)


def test_a_model_that_only_talks_embeds_too_or_says_in_words_that_it_does_not(engine: Engine, model: str) -> None:
    refusal = refusal_of(lambda: vectors(engine, model, "egg", "nest"))
    assert refusal is None or (re.search("embed|vector", str(refusal)) and refusal.next_step)


@pytest.mark.parametrize("kit", marked([kit for kit in EMBEDDING if kit.loads]), ids=str, indirect=True)
def test_a_model_that_went_out_of_memory_is_loaded_before_it_embeds(kit: Kit, children: Children) -> None:
    with kit.open(children, alpha=EMBEDDER) as rig:
        rig.engine.unload(rig.models[0])
        assert len(vectors(rig.engine, rig.models[0], "egg").rows) == 1
        assert rig.models[0] in rig.engine.list_resident()


@pytest.mark.parametrize("kit", marked(EMBEDDING), ids=str, indirect=True)
def test_a_probe_of_a_model_that_only_embeds_takes_one_vector(kit: Kit, children: Children) -> None:
    with kit.open(children, alpha=EMBEDDER) as rig:
        rig.engine.ensure_loaded(rig.models[0])
        assert probe(rig.engine, rig.models[0]) >= 0


@pytest.mark.parametrize("kit", marked(EMBEDDING), ids=str, indirect=True)
def test_a_text_too_long_to_embed_is_refused_for_good(kit: Kit, children: Children) -> None:
    with kit.open(children, alpha=EMBEDDER) as rig:
        rig.engine.ensure_loaded(rig.models[0])
        if rig.children is not None:
            with pytest.raises(ContextExceeded):
                vectors(rig.engine, rig.models[0], rig.too_long)


def test_vectors_that_nobody_waits_for_are_not_asked_for(engine: Engine, model: str) -> None:
    engine.embed(model, ["egg"], PATIENT).close()
    with pytest.raises((EngineStalled, EngineRejected)):
        list(engine.embed(model, ["egg"], Patience(total_s=0.0)))


def test_an_answer_has_the_form_that_was_asked_for_or_is_refused(kit: Kit, engine: Engine, model: str) -> None:
    asked = replace(chat(model, sampling=ROOMY), response_format=BIRD)
    if not kit.has_forms:
        with pytest.raises(EngineRejected):
            told(engine.chat_stream(asked, PATIENT))
        return
    text, completion = told(engine.chat_stream(asked, PATIENT))
    bird = json.loads(text)
    assert bird.keys() == {"alive", "kind"}
    assert (type(bird["alive"]), bird["kind"] in ("rook", "crow")) == (bool, True)
    assert completion.finish_reason == "stop"


@pytest.mark.parametrize("kit", marked([kit for kit in KITS if kit.has_forms]), ids=str, indirect=True)
def test_any_json_is_a_form_too(engine: Engine, model: str) -> None:
    asked = replace(chat(model, sampling=ROOMY), response_format={"type": "json_object"})
    text, completion = told(engine.chat_stream(asked, PATIENT))
    assert completion.finish_reason == "length" or isinstance(json.loads(text), dict)
    assert text.lstrip().startswith("{")


@pytest.mark.parametrize("kit", marked(CALLING), ids=str, indirect=True)
def test_a_tool_that_must_be_called_is(kit: Kit, children: Children) -> None:
    for choice in ("required", CHOSEN) if kit.chooses_by_name else ("required",):
        check_that_a_tool_is_called(kit, children, choice)


def check_that_a_tool_is_called(kit: Kit, children: Children, choice: Any) -> None:
    with kit.open(children, alpha=CALLER) as rig:
        rig.engine.ensure_loaded(rig.models[0])
        asked = replace(chat(rig.models[0], sampling=ROOMY), tools=(LOOK,), tool_choice=choice)
        if not kit.can_be_made_to_call:
            with pytest.raises(EngineRejected, match="leaves that to the model"):
                told(rig.engine.chat_stream(asked, PATIENT))
            asked = replace(asked, tool_choice="auto")
        text, completion = told(rig.engine.chat_stream(asked, PATIENT))
    (call,) = completion.calls
    assert (call.name, json.loads(call.arguments)["where"] in ("north", "south")) == ("look", True)
    assert (text, completion.finish_reason) == ("", "tool_calls")
    assert call.id
    assert completion.usage.completion_tokens > 0


def test_what_a_tool_answered_is_answered(engine: Engine, model: str) -> None:
    call = ToolCall(id="c1", name="look", arguments='{"where": "north"}')
    turns = (
        *chat(model).turns,
        Turn(role="assistant", text="", calls=(call,)),
        Turn(role="tool", text="two eggs", call="c1"),
    )
    answers = [told(engine.chat_stream(Chat(model, said, GREEDY), PATIENT))[0] for said in (turns, turns[:2])]
    assert answers[0]
    assert len(set(answers)) == 2


def test_words_that_were_said_can_be_held_against_saying_them_again(engine: Engine, model: str) -> None:
    sampling = GREEDY.model_copy(update={"presence_penalty": 1.5, "frequency_penalty": 1.5})
    assert told(engine.chat_stream(chat(model, sampling=sampling), PATIENT))[0]


def test_a_probe_takes_one_token(engine: Engine, model: str) -> None:
    assert probe(engine, model) >= 0


def test_a_probe_has_a_deadline(engine: Engine, model: str) -> None:
    with pytest.raises(EngineStalled):
        probe(engine, model, total_s=0.0)


def test_a_real_server_takes_part_when_the_environment_names_it(children: Children) -> None:
    assert real.kits({}) == ()
    with Ollama(children, *ollama.STOCKED) as server:
        named = {"ROOKERY_TEST_OLLAMA_URL": server.url, "ROOKERY_TEST_OLLAMA_MODELS": ",".join(ollama.NAMES.values())}
        (kit,) = real.kits(named)
        with kit.open(children) as rig:
            answers = [told(rig.engine.chat_stream(chat(name), PATIENT))[0] for name in rig.models]
    assert kit.loads
    assert len(set(answers)) == 2
