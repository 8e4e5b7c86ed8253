"""What llama-server as a router alone does, against its emulator; what every engine promises: test_contract.py."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from tasks.contracts.errors import (
    EngineRejected,
    EngineUnavailable,
    ModelLoadFailed,
    OutOfMemory,
)
from tasks.services import Capabilities
from tests.emulators.engines.children import SLOTS, Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.llama_router import EmulatedRouter, Running, Switches
from tests.emulators.openai_server import OpenAIServer, sends
from tests.tiny_model import CONTEXT_TOKENS
from tests.workers.engines.asking import PATIENT, chat, told
from workers.engines.llama_router import LlamaRouterEngine

ALPHA, BETA = Stock("alpha", seed=1, size_gib=3.0), Stock("beta", seed=2)


@contextlib.contextmanager
def served(
    children: Children, *stocked: Stock, fresh: tuple[Stock, ...] = (), **switches: object
) -> Iterator[tuple[EmulatedRouter, LlamaRouterEngine]]:
    made = Switches(**switches)  # type: ignore[arg-type]
    with EmulatedRouter(children, *(stocked or (ALPHA, BETA)), fresh=fresh, switches=made) as server:
        yield server, LlamaRouterEngine(server.url, slots=2)


def test_a_load_is_over_when_the_model_is_there_and_not_when_it_was_begun(children: Children) -> None:
    with served(children, Stock("alpha", seed=1, load_s=0.2)) as (server, engine):
        engine.ensure_loaded("alpha")
        assert server.running["alpha"] == Running("loaded")


def test_a_load_that_somebody_else_began_is_waited_for(children: Children, eventually: Callable[..., None]) -> None:
    with served(children, Stock("alpha", seed=1, load_s=0.2)) as (server, engine):
        other = threading.Thread(target=LlamaRouterEngine(server.url).ensure_loaded, args=("alpha",))
        other.start()
        eventually(lambda: server.running["alpha"].value == "loading", "the other load")
        engine.ensure_loaded("alpha")
        assert engine.list_resident() == ["alpha"]
        other.join()


def test_what_is_asked_never_loads_by_itself(children: Children) -> None:
    with served(children, autoload=True) as (server, engine):
        engine.ensure_loaded("alpha")
        told(engine.chat_stream(chat("alpha"), PATIENT))
        assert server.asked("POST", "/v1/chat/completions")[0].query == {"autoload": ["false"]}
        assert server.running["beta"].value == "unloaded"


@pytest.mark.parametrize(
    ("switches", "error"), [({"memory_gone": True}, OutOfMemory), ({"load_fails": True}, ModelLoadFailed)]
)
def test_a_process_that_ended_is_told_with_its_exit_code(
    children: Children, switches: dict[str, bool], error: type[Exception]
) -> None:
    with served(children, **switches) as (_, engine), pytest.raises(error, match=r"code (137|1)\b"):
        engine.ensure_loaded("alpha")


def test_a_load_that_failed_may_be_tried_again(children: Children) -> None:
    with served(children, load_fails=True) as (server, engine):
        with pytest.raises(ModelLoadFailed):
            engine.ensure_loaded("alpha")
        server.switches.load_fails = False
        engine.ensure_loaded("alpha")
        assert engine.list_resident() == ["alpha"]


def test_a_load_that_never_ends_is_given_up_and_taken_back(children: Children) -> None:
    with served(children, loads_for_ever=True) as (server, _):
        with pytest.raises(ModelLoadFailed, match=r"within 0\.1 s"):
            LlamaRouterEngine(server.url, load_s=0.1).ensure_loaded("alpha")
        assert server.running["alpha"].value == "unloaded"


def test_a_file_that_is_new_in_its_folder_is_found(children: Children) -> None:
    with served(children, ALPHA, fresh=(BETA,)) as (_, engine):
        engine.ensure_loaded("beta")
        assert engine.list_resident() == ["beta"]


def test_a_model_that_sleeps_is_not_in_memory_and_wakes_when_it_is_wanted(children: Children) -> None:
    with served(children) as (server, engine):
        engine.ensure_loaded("alpha")
        server.sleep("alpha")
        assert engine.list_resident() == []
        assert engine.sizes_gib() == {}
        engine.ensure_loaded("alpha")
        assert engine.list_resident() == ["alpha"]
        assert len(server.asked("POST", "/models/load")) == 1


def test_a_model_that_sleeps_can_be_unloaded(children: Children) -> None:
    with served(children) as (server, engine):
        engine.ensure_loaded("alpha")
        server.sleep("alpha")
        engine.unload("alpha")
        assert server.running["alpha"].value == "unloaded"


@pytest.mark.parametrize("tells", [True, False])
def test_sizes_are_told_where_the_server_does(children: Children, tells: bool) -> None:
    with served(children, tells_sizes=tells) as (_, engine):
        engine.ensure_loaded("alpha")
        assert engine.sizes_gib() == ({"alpha": 3.0} if tells else {})


def test_slots_and_window_are_those_of_a_model_in_memory(children: Children) -> None:
    with served(children) as (_, engine):
        assert engine.capabilities() == Capabilities(2, CONTEXT_TOKENS, loads=True)
        engine.ensure_loaded("alpha")
        assert engine.capabilities() == Capabilities(SLOTS, CONTEXT_TOKENS, loads=True)


def test_a_model_that_is_listed_and_cannot_be_served_may_be_tried_on_another_host(children: Children) -> None:
    with served(children, lists_what_it_cannot_serve=True) as (_, engine):
        engine.ensure_loaded("alpha")
        with pytest.raises(ModelLoadFailed, match="not found"):
            told(engine.chat_stream(chat("alpha"), PATIENT))


def test_a_router_that_was_started_again_has_nothing_in_memory_and_loads_before_it_answers(children: Children) -> None:
    with served(children) as (server, engine):
        engine.ensure_loaded("alpha")
        server.running["alpha"] = Running()
        assert engine.list_resident() == []
        assert told(engine.chat_stream(chat("alpha"), PATIENT))[0]
        assert engine.list_resident() == ["alpha"]


def test_a_model_that_nobody_knows_is_refused_for_good(children: Children) -> None:
    with served(children) as (_, engine), pytest.raises(EngineRejected, match="'dodo'"):
        engine.ensure_loaded("dodo")


def test_a_llama_server_with_one_model_is_no_router() -> None:
    with OpenAIServer(sends()) as server, pytest.raises(EngineUnavailable, match="no router") as caught:
        LlamaRouterEngine(server.url).list_resident()
    assert "router+" in caught.value.next_step


def test_a_model_that_is_still_being_fetched_is_waited_for(children: Children, eventually: Callable[..., None]) -> None:
    with served(children) as (server, engine):
        server.running["alpha"] = Running("downloading")
        waiting = threading.Thread(target=engine.ensure_loaded, args=("alpha",))
        waiting.start()
        eventually(lambda: len(server.asked("GET", "/models")) > 2, "the load to be waited for")
        server.running["alpha"] = Running("loaded")
        waiting.join()
        assert engine.list_resident() == ["alpha"]
