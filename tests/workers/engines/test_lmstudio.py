"""What is LM Studio's own, against its emulator; what every engine promises is in test_contract.py."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from tasks.contracts.errors import EngineError, EngineRejected, EngineUnavailable, ModelLoadFailed
from tasks.contracts.messages import Sampling
from tasks.services import Piece
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Emulator, Stock
from tests.emulators.engines.lmstudio import Copy, LMStudio, Quirks
from tests.emulators.openai_server import OpenAIServer, sends
from tests.workers.engines.asking import PATIENT, begin, chat, told
from tests.workers.engines.kits.kit import ALPHA, BETA, CONTEXT_TOKENS
from tests.workers.engines.kits.lmstudio import NAMES, STOCKED, WINDOWS
from workers.engines.lmstudio import KEPT_S, LMStudioEngine

A_KEY, B_KEY = (stock.name for stock in STOCKED)
OLD = Quirks(has_v1=False)


@pytest.fixture
def server(children: Children) -> Iterator[LMStudio]:
    with LMStudio(children, *STOCKED) as emulator:
        yield emulator


@pytest.fixture
def engine(server: LMStudio) -> LMStudioEngine:
    return engine_of(server)


@pytest.fixture
def old(children: Children) -> Iterator[LMStudio]:
    """LM Studio before 0.4."""
    with LMStudio(children, *STOCKED, quirks=OLD) as emulator:
        yield emulator


def engine_of(server: Emulator, **options: Any) -> LMStudioEngine:
    return LMStudioEngine(server.url, NAMES, context_tokens=WINDOWS, **options)


def owner_loads(server: LMStudio, key: str, window: int = 4096) -> str:
    """Load a model as its owner does; return the name of the copy."""
    body = {"model": key, "context_length": window}
    return str(requests.post(server.url + "/api/v1/models/load", json=body, timeout=60).json()["instance_id"])


def test_a_copy_that_its_owner_loaded_is_used(server: LMStudio, engine: LMStudioEngine) -> None:
    owner_loads(server, A_KEY)
    engine.ensure_loaded(ALPHA)
    told(engine.chat_stream(chat(ALPHA), PATIENT))
    assert server.loads == [A_KEY]


def test_a_copy_with_too_small_a_window_gives_way_to_one_with_ours(server: LMStudio, engine: LMStudioEngine) -> None:
    owner_loads(server, A_KEY, window=512)
    engine.ensure_loaded(ALPHA)
    assert [(copy.id, copy.window) for copy in server.copies] == [(A_KEY, CONTEXT_TOKENS)]


@pytest.mark.parametrize("most", [1024, 16384])
def test_a_window_that_cannot_be_had_is_no_reason_to_load_again(children: Children, most: int) -> None:
    with LMStudio(children, *STOCKED, most=most) as server:
        engine = LMStudioEngine(server.url, NAMES, context_tokens=dict.fromkeys(NAMES, 32768))
        for _ in range(2):
            engine.ensure_loaded(ALPHA)
            told(engine.chat_stream(chat(ALPHA), PATIENT))
        assert server.loads == [A_KEY]


def test_who_only_talks_leaves_a_copy_with_a_small_window_alone(server: LMStudio, engine: LMStudioEngine) -> None:
    owner_loads(server, A_KEY, window=512)
    told(engine.chat_stream(chat(ALPHA), PATIENT))
    assert [(copy.id, copy.window) for copy in server.copies] == [(A_KEY, 512)]


def test_two_processes_that_load_at_the_same_moment_leave_one_copy(children: Children) -> None:
    slow = [replace(stock, load_s=0.2) for stock in STOCKED]
    with LMStudio(children, *slow) as server:
        with ThreadPoolExecutor(2) as processes:
            list(processes.map(lambda _: engine_of(server).ensure_loaded(ALPHA), range(2)))
        assert len(server.copies) == 1
        assert engine_of(server).sizes_gib() == {ALPHA: 2.0}


def test_a_copy_is_asked_by_its_own_name(server: LMStudio, engine: LMStudioEngine) -> None:
    server.copies.append(Copy("my nest", server.stocked[A_KEY], 4096))
    _, completion = told(engine.chat_stream(chat(ALPHA), PATIENT))
    assert completion.answered_by == "my nest"
    assert server.asked("POST", "/v1/chat/completions")[0].body["model"] == "my nest"


def test_any_json_is_asked_for_by_a_schema(server: LMStudio, engine: LMStudioEngine) -> None:
    told(engine.chat_stream(replace(chat(ALPHA), response_format={"type": "json_object"}), PATIENT))
    (seen,) = server.asked("POST", "/v1/chat/completions")
    assert seen.body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "any_object", "schema": {"type": "object"}},
    }


def test_nothing_is_ever_loaded_on_demand(server: LMStudio, engine: LMStudioEngine) -> None:
    told(engine.chat_stream(chat(ALPHA), PATIENT))
    told(engine.chat_stream(chat(BETA), PATIENT))
    assert [(copy.stock.name, copy.ttl_s, copy.window) for copy in server.copies] == [
        (A_KEY, None, CONTEXT_TOKENS),
        (B_KEY, None, CONTEXT_TOKENS),
    ]
    assert not any("ttl" in seen.body for seen in server.asked("POST", "/v1/chat/completions"))


def test_with_loading_on_demand_off_another_model_does_not_answer_for_ours(children: Children) -> None:
    with LMStudio(children, *STOCKED, quirks=Quirks(loads_on_demand=False)) as server:
        owner_loads(server, B_KEY)
        text, _ = told(engine_of(server).chat_stream(chat(ALPHA), PATIENT))
        alpha, beta = (told(engine_of(server).chat_stream(chat(name), PATIENT))[0] for name in (ALPHA, BETA))
    assert text == alpha != beta


def test_all_copies_of_a_model_are_unloaded(server: LMStudio, engine: LMStudioEngine) -> None:
    for key in (A_KEY, A_KEY, B_KEY):
        owner_loads(server, key)
    assert engine.sizes_gib() == {ALPHA: 4.0, BETA: 3.0}
    engine.unload(ALPHA)
    assert engine.list_resident() == [BETA]
    assert server.memory.used_gib == 3.0


def test_a_model_that_was_not_downloaded_is_told_with_those_that_were(engine: LMStudioEngine) -> None:
    with pytest.raises(ModelLoadFailed, match=f"'dodo'.*{A_KEY}"):
        engine.ensure_loaded("dodo")


def test_a_model_that_is_unloaded_while_it_answers_is_a_failure_that_another_try_may_mend(
    server: LMStudio, engine: LMStudioEngine
) -> None:
    stream = begin(engine, ALPHA)
    engine_of(server).unload(ALPHA)
    with pytest.raises(EngineError):
        told(stream)


def test_thinking_comes_as_thinking(children: Children) -> None:
    with LMStudio(children, *STOCKED, quirks=Quirks(thinks=True)) as server:
        said = list(engine_of(server).chat_stream(chat(ALPHA), PATIENT))
    assert Piece("hm ", reasoning=True) in said


def test_capabilities_are_those_of_the_copies_in_memory(server: LMStudio) -> None:
    engine = engine_of(server, slots=2)
    assert (engine.capabilities().slots, engine.capabilities().context_tokens) == (2, CONTEXT_TOKENS)
    owner_loads(server, A_KEY, window=3000)
    assert (engine.capabilities().slots, engine.capabilities().context_tokens) == (server.parallel, 3000)


def test_a_token_that_is_wrong_is_told(children: Children) -> None:
    with LMStudio(children, *STOCKED, key="nest") as server:
        for call in (engine_of(server).list_resident, lambda: engine_of(server, api_key="egg").ensure_loaded(ALPHA)):
            with pytest.raises(EngineRejected, match="API token") as caught:
                call()
            assert "API key" in caught.value.next_step
        assert engine_of(server, api_key="nest").list_resident() == []


@pytest.mark.parametrize("unknown_path_is_200", [True, False])
def test_before_0_4_the_older_listing_is_read(children: Children, unknown_path_is_200: bool) -> None:
    quirks = replace(OLD, unknown_path_is_200=unknown_path_is_200)
    with LMStudio(children, *STOCKED, quirks=quirks) as server:
        engine = engine_of(server)
        assert engine.list_resident() == []
        engine.ensure_loaded(ALPHA)
        assert engine.list_resident() == [ALPHA]
        assert engine.sizes_gib() == {}


def test_before_0_4_asking_is_loading_and_says_for_how_long(old: LMStudio) -> None:
    told(engine_of(old).chat_stream(chat(ALPHA, sampling=Sampling(max_tokens=1)), PATIENT))
    (copy,) = old.copies
    assert (copy.stock.name, copy.ttl_s) == (A_KEY, KEPT_S)


def test_before_0_4_a_model_is_loaded_once_and_evicts_the_one_before(old: LMStudio) -> None:
    engine = engine_of(old)
    for name in (ALPHA, ALPHA, BETA):
        engine.ensure_loaded(name)
    assert old.loads == [A_KEY, B_KEY]
    assert engine.list_resident() == [BETA]


def test_before_0_4_there_is_no_unloading(old: LMStudio) -> None:
    engine = engine_of(old)
    engine.unload(ALPHA)
    engine.ensure_loaded(ALPHA)
    with pytest.raises(EngineRejected, match="unload it at the server itself"):
        engine.unload(ALPHA)


def test_a_server_that_is_no_lm_studio_is_found_out() -> None:
    with OpenAIServer(sends()) as server, pytest.raises(EngineUnavailable, match="check that this is LM Studio"):
        LMStudioEngine(server.url).list_resident()


def test_models_come_and_go_by_themselves_where_that_is_on(old: LMStudio) -> None:
    old.stocked["gone"] = Stock("gone", 1)
    body = {"model": "gone", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1, "ttl": 0}
    assert requests.post(old.url + "/v1/chat/completions", json=body, timeout=60).ok
    assert engine_of(old).list_resident() == []
