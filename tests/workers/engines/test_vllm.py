"""What vLLM alone does, against its emulator; what every engine promises stands in test_contract.py."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.contracts.errors import EngineRejected, EngineStalled, EngineUnavailable, ModelLoadFailed, WrongModel
from tasks.services import Patience
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.vllm import EmulatedVllm, Switches
from tests.workers.engines.asking import PATIENT, chat, told
from workers.engines.vllm import VllmEngine, versioned

BASE = Stock("org/Alpha-7B", seed=1)
NAMES = {"alpha": BASE.name}


@contextlib.contextmanager
def served(children: Children, **switches: object) -> Iterator[tuple[EmulatedVllm, VllmEngine]]:
    with EmulatedVllm(children, BASE, switches=Switches(**switches)) as server:  # type: ignore[arg-type]
        yield server, VllmEngine(server.url, NAMES, slots=2)


def test_a_server_that_cannot_sleep_loads_nothing_and_unloads_nothing(children: Children) -> None:
    with served(children, sleep=False) as (_, engine):
        assert not engine.capabilities().loads
        assert engine.list_resident() == ["alpha"]
        with pytest.raises(EngineRejected, match="cannot be asked to unload"):
            engine.unload("alpha")


def test_unloading_is_sleep_from_which_the_same_weights_wake(children: Children) -> None:
    with served(children) as (server, engine):
        engine.unload("alpha")
        assert server.asked("POST", "/sleep")[0].query == {"level": ["1"]}
        assert engine.list_resident() == []
        engine.ensure_loaded("alpha")
        assert engine.list_resident() == ["alpha"]


def test_an_engine_that_died_behind_a_well_server_is_no_loaded_model(children: Children) -> None:
    with served(children, engine_dead=True) as (_, engine):
        assert engine.list_resident() == ["alpha"]
        with pytest.raises(EngineUnavailable, match="EngineCore"):
            engine.ensure_loaded("alpha")


def test_a_model_that_is_listed_and_cannot_be_served_may_be_tried_on_another_host(children: Children) -> None:
    with served(children, lists_what_it_cannot_serve=True) as (_, engine):
        for ask in (lambda: engine.ensure_loaded("alpha"), lambda: told(engine.chat_stream(chat("alpha"), PATIENT))):
            with pytest.raises(ModelLoadFailed, match="does not exist"):
                ask()


def test_waking_that_never_ends_is_given_up(children: Children) -> None:
    with served(children, awake=False, wakes_never=True) as (server, _):
        engine = VllmEngine(server.url, NAMES, load_s=0.3)
        with pytest.raises(ModelLoadFailed, match="did not wake"):
            told(engine.chat_stream(chat("alpha"), PATIENT))
        with pytest.raises(EngineStalled):
            told(VllmEngine(server.url, NAMES).chat_stream(chat("alpha"), Patience(total_s=0.3)))


# Adapters


def test_the_words_prove_which_adapter_answered(children: Children) -> None:
    with served(children) as (_, engine):
        plain, _ = told(engine.chat_stream(chat("alpha"), PATIENT))
        engine.load_adapter("alpha", "pirate", "/adapters/pirate/1")
        spoken, completion = told(engine.chat_stream(chat("alpha", adapter="pirate"), PATIENT))
    assert spoken != plain
    assert completion.answered_by == versioned("pirate", "/adapters/pirate/1")


def test_a_new_version_has_a_new_name_and_the_old_one_goes(children: Children) -> None:
    with served(children) as (server, engine):
        for path in ("/adapters/pirate/1", "/adapters/pirate/2", "/adapters/pirate/2"):
            engine.load_adapter("alpha", "pirate", path)
        assert list(server.adapters) == [versioned("pirate", "/adapters/pirate/2")]
        assert len(server.asked("POST", "/v1/load_lora_adapter")) == 2
        assert all("load_inplace" not in seen.body for seen in server.asked("POST", "/v1/load_lora_adapter"))


def test_another_process_finds_the_adapter_by_its_name(children: Children) -> None:
    with served(children) as (server, engine):
        engine.load_adapter("alpha", "pirate", "/adapters/pirate/1")
        assert told(VllmEngine(server.url, NAMES).chat_stream(chat("alpha", adapter="pirate"), PATIENT))[0]


def test_what_rides_on_a_base_is_told_and_goes_when_it_is_told_to(children: Children) -> None:
    old, new = "pirate@20261101-0a0a0a0a", "pirate@20261122-ab12cd34"
    with served(children) as (server, engine):
        assert set(engine.adapters("alpha")) == set()
        for name in (old, new):
            engine.load_adapter("alpha", name, f"/adapters/{name}")
        assert set(engine.adapters("alpha")) == {old, new}
        assert told(engine.chat_stream(chat("alpha", adapter=old), PATIENT))[0]
        for _ in range(2):
            engine.unload_adapter("alpha", old)
        assert set(engine.adapters("alpha")) == {new}
        assert set(engine.adapters("beta")) == set()
        assert list(server.adapters) == [versioned(new, f"/adapters/{new}")]


def test_adapters_are_no_models(children: Children) -> None:
    with served(children) as (_, engine):
        engine.load_adapter("alpha", "pirate", "/adapters/pirate/1")
        assert engine.list_resident() == ["alpha"]


def test_an_adapter_whose_folder_is_not_there_is_told(children: Children) -> None:
    with served(children) as (_, engine), pytest.raises((ModelLoadFailed, EngineRejected), match="/missing"):
        engine.load_adapter("alpha", "pirate", "/missing/1")


def test_a_server_without_runtime_adapters_says_so(children: Children) -> None:
    with served(children, adapters=False) as (_, engine):
        assert not engine.capabilities().hot_adapters
        with pytest.raises(EngineRejected, match="'pirate'"):
            engine.load_adapter("alpha", "pirate", "/adapters/pirate/1")


def test_a_server_that_was_started_again_has_lost_its_adapters_and_gets_them_again(children: Children) -> None:
    with served(children) as (server, engine):
        engine.load_adapter("alpha", "pirate", "/adapters/pirate/1")
        server.restart()
        assert told(engine.chat_stream(chat("alpha"), PATIENT))[0]
        with pytest.raises(EngineRejected, match="'pirate'"):
            told(engine.chat_stream(chat("alpha", adapter="pirate"), PATIENT))
        engine.load_adapter("alpha", "pirate", "/adapters/pirate/1")
        assert told(engine.chat_stream(chat("alpha", adapter="pirate"), PATIENT))[0]


def test_an_adapter_that_answers_under_the_base_models_name_is_another_model(children: Children) -> None:
    with served(children, answers_as=BASE.name) as (_, engine):
        engine.load_adapter("alpha", "pirate", "/adapters/pirate/1")
        with pytest.raises(WrongModel):
            told(engine.chat_stream(chat("alpha", adapter="pirate"), PATIENT))


def test_many_who_wake_it_wake_it_once(children: Children) -> None:
    with served(children, awake=False) as (server, engine):
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: engine.ensure_loaded("alpha"), range(4)))
        assert len(server.asked("POST", "/wake_up")) == 1
