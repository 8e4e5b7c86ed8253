"""What is Ollama's own, against its emulator; what every engine promises is in test_contract.py."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tasks.contracts.errors import (
    ContextExceeded,
    EngineOverloaded,
    EngineStalled,
    EngineTruncated,
    EngineUnavailable,
)
from tasks.contracts.messages import Sampling
from tasks.services import Piece
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Emulator
from tests.emulators.engines.ollama import Ollama, Quirks
from tests.emulators.openai_server import OpenAIServer, as_json
from tests.workers.engines.asking import PATIENT, begin, chat, told, vectors
from tests.workers.engines.kits.kit import ALPHA, BETA, CONTEXT_TOKENS
from tests.workers.engines.kits.ollama import NAMES, STOCKED, WINDOWS
from workers.engines import ollama as client
from workers.engines.ollama import OllamaEngine

A_TAG, B_TAG = (stock.name for stock in STOCKED)


@pytest.fixture
def server(children: Children) -> Iterator[Ollama]:
    with Ollama(children, *STOCKED, parallel=2) as emulator:
        yield emulator


@pytest.fixture
def engine(server: Ollama) -> OllamaEngine:
    return engine_of(server)


def engine_of(server: Emulator) -> OllamaEngine:
    return OllamaEngine(server.url, NAMES, context_tokens=WINDOWS)


def owner_asks(server: Emulator, path: str, **body: Any) -> Any:
    """Ask as somebody else who uses the same Ollama."""
    return requests.post(server.url + path, json={"messages": [{"role": "user", "content": "Hi"}], **body}, timeout=60)


def test_every_request_keeps_the_model_and_asks_for_the_same_window(server: Ollama, engine: OllamaEngine) -> None:
    engine.ensure_loaded(ALPHA)
    for _ in range(3):
        told(engine.chat_stream(chat(ALPHA), PATIENT))
    asked = [seen.body for seen in server.asked("POST", "/api/chat")]
    assert len(asked) == 4
    assert all(body["keep_alive"] == -1 for body in asked)
    assert {(body["options"]["num_ctx"], body["truncate"], body["shift"]) for body in asked} == {
        (CONTEXT_TOKENS, False, False)
    }
    assert server.loads == [(A_TAG, CONTEXT_TOKENS)]
    assert not [seen for seen in server.seen if seen.path.startswith("/v1")]


def test_a_model_goes_by_the_word_that_ollama_reads_and_no_sooner(server: Ollama, engine: OllamaEngine) -> None:
    engine.ensure_loaded(ALPHA)
    engine.unload(ALPHA)
    kept = [seen.body["keep_alive"] for seen in server.asked("POST", "/api/chat")]
    assert kept == [-1, 0]
    assert server.runners == {}


def test_how_words_are_picked_is_passed_on_in_ollamas_terms(server: Ollama, engine: OllamaEngine) -> None:
    sampling = Sampling(temperature=0.5, top_p=0.9, seed=7, max_tokens=3, stop=("\n",))
    told(engine.chat_stream(chat(ALPHA, sampling=sampling), PATIENT))
    (seen,) = server.asked("POST", "/api/chat")
    assert seen.body["options"] == {
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "num_predict": 3,
        "stop": ["\n"],
        "num_ctx": CONTEXT_TOKENS,
    }


def test_a_model_that_its_owner_loaded_for_a_while_is_pinned(server: Ollama, engine: OllamaEngine) -> None:
    owner_asks(server, "/api/chat", model="tiny-a", messages=[], keep_alive="5m", options={"num_ctx": CONTEXT_TOKENS})
    engine.ensure_loaded(ALPHA)
    (running,) = server.runners.values()
    assert running.keep_s > 1e9
    assert len(server.loads) == 1


def test_a_model_that_is_there_with_another_window_is_loaded_with_ours(server: Ollama, engine: OllamaEngine) -> None:
    owner_asks(server, "/api/chat", model="tiny-a", messages=[], keep_alive=-1)
    engine.ensure_loaded(ALPHA)
    engine.ensure_loaded(ALPHA)
    assert server.loads == [(A_TAG, 4096), (A_TAG, CONTEXT_TOKENS)]


def test_models_of_others_are_seen_under_their_own_names(server: Ollama) -> None:
    owner_asks(server, "/api/chat", model="tiny-a", messages=[])
    owner_asks(server, "/api/chat", model=B_TAG, messages=[])
    engine = OllamaEngine(server.url, {"ours": "tiny-a"})
    assert set(engine.list_resident()) == {"ours", B_TAG}
    assert engine.sizes_gib() == {"ours": 2.0, B_TAG: 3.0}


def test_unloading_waits_until_what_is_being_answered_is_over(server: Ollama, engine: OllamaEngine) -> None:
    engine.ensure_loaded(ALPHA)
    stream = begin(engine, ALPHA)
    unloading = threading.Thread(target=engine.unload, args=(ALPHA,))
    unloading.start()
    while not server.runners[A_TAG].leaving:
        next(stream)
    assert unloading.is_alive()
    assert engine.list_resident() == [ALPHA]
    stream.close()
    unloading.join()
    assert engine.list_resident() == []
    assert server.memory.used_gib == 0


def test_unloading_does_not_wait_for_ever(engine: OllamaEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "UNLOAD_S", 0.1)
    engine.ensure_loaded(ALPHA)
    stream = begin(engine, ALPHA)
    with pytest.raises(EngineStalled, match="after it was told to unload"):
        engine.unload(ALPHA)
    stream.close()


def test_thinking_comes_as_thinking(children: Children) -> None:
    with Ollama(children, *STOCKED, quirks=Quirks(thinks=True)) as server:
        said = list(engine_of(server).chat_stream(chat(ALPHA), PATIENT))
    assert Piece("hm ", reasoning=True) in said


def test_too_long_a_prompt_is_refused_and_not_cut_without_a_word(server: Ollama, engine: OllamaEngine) -> None:
    long = "word " * CONTEXT_TOKENS
    briefly = {"num_ctx": CONTEXT_TOKENS, "num_predict": 1}
    messages = [{"role": "user", "content": long}]
    assert owner_asks(server, "/api/chat", model="tiny-a", messages=messages, options=briefly).ok
    with pytest.raises(ContextExceeded):
        told(engine.chat_stream(chat(ALPHA, long), PATIENT))


def test_a_full_queue_is_busy(children: Children) -> None:
    with Ollama(children, *STOCKED, quirks=Quirks(too_many_wait=True)) as server:
        with pytest.raises(EngineOverloaded):
            told(engine_of(server).chat_stream(chat(ALPHA), PATIENT))
        with pytest.raises(EngineOverloaded):
            engine_of(server).ensure_loaded(ALPHA)


def test_a_stream_without_its_last_line_is_no_answer(children: Children) -> None:
    with Ollama(children, *STOCKED, quirks=Quirks(ends_in_the_middle=True)) as server, pytest.raises(EngineTruncated):
        told(engine_of(server).chat_stream(chat(ALPHA), PATIENT))


def test_vectors_come_from_ollamas_own_page_and_keep_the_model() -> None:
    with OpenAIServer(as_json({"model": "tiny-a", "embeddings": [[1], [2]]})) as server:
        assert vectors(OllamaEngine(server.url, NAMES), ALPHA, "a", "b").rows == [[1.0], [2.0]]
        (seen,) = server.requests
    assert (seen.path, seen.body["keep_alive"], seen.body["input"]) == ("/api/embed", -1, ["a", "b"])


@pytest.mark.parametrize("said", [{"model": "tiny-a"}, {"model": "tiny-a", "embeddings": [[1]]}])
def test_vectors_that_are_missing_are_an_error(said: dict[str, Any]) -> None:
    with OpenAIServer(as_json(said)) as server, pytest.raises(EngineUnavailable):
        vectors(OllamaEngine(server.url, NAMES), ALPHA, "a", "b")


def test_a_server_that_is_no_ollama_is_found_out() -> None:
    with OpenAIServer(as_json({})) as server, pytest.raises(EngineUnavailable, match="holds no list"):
        OllamaEngine(server.url).list_resident()


# The emulator itself: what the client is written against


def test_keep_alive_does_nothing_where_openais_words_are_spoken(server: Ollama, engine: OllamaEngine) -> None:
    engine.ensure_loaded(ALPHA)
    owner_asks(server, "/v1/chat/completions", model="tiny-a", keep_alive=-1, max_tokens=1)
    assert server.runners[A_TAG].keep_s == 300


def test_one_model_is_loaded_at_a_time(children: Children, eventually: Callable[..., None]) -> None:
    stocked = [type(stock)(stock.name, stock.seed, load_s=0.1) for stock in STOCKED]
    with Ollama(children, *stocked) as server:
        at_once: set[int] = set()
        threads = [threading.Thread(target=engine_of(server).ensure_loaded, args=(name,)) for name in NAMES]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            at_once.add(sum(runner.loading for runner in list(server.runners.values())))
        assert max(at_once) == 1
        assert len(server.loads) == 2


def test_room_is_made_by_whoever_stays_the_shortest(children: Children) -> None:
    with Ollama(children, *STOCKED, memory_gib=4) as server:
        owner_asks(server, "/api/chat", model="tiny-a", messages=[])
        engine_of(server).ensure_loaded(BETA)
        assert engine_of(server).list_resident() == [BETA]
        assert server.memory.peak_gib == 3.0
