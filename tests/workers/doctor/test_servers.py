"""Which server is which. llama-server is a real one; of the others the listings are emulated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulators.openai_server import OpenAIServer, hangs, refuses
from tests.served import served
from tests.tiny_model import write_tiny_gguf
from tests.workers.doctor import emulated
from tests.workers.doctor.emulated import LM_STUDIOS_UNKNOWN, SOON, Emulated, lm_studio_model, openai_list
from workers.doctor.listings import Kind, Offer, Server
from workers.doctor.servers import identify

QWEN = lm_studio_model("qwen/qwen3-8b", loaded=True, context_length=16384, parallel=2)
GEMMA = lm_studio_model("google/gemma-3-12b", loaded=False)
NOMIC = lm_studio_model("text-embedding-nomic", loaded=False, kind="embedding")


def seen(pages: emulated.Pages, **options: object) -> Server | None:
    with Emulated(pages, **options) as server:
        return identify(server.url)


def offers(server: Server | None) -> dict[str, bool]:
    assert server is not None
    return {offer.key: offer.loaded for offer in server.offers}


def test_a_real_llama_server_is_known_by_its_answers(tmp_path: Path):
    with served(write_tiny_gguf(tmp_path / "tiny.gguf", seed=1), model="tiny") as url:
        found = identify(url)
    assert found is not None
    assert (found.kind, found.url, found.names) == (Kind.LLAMACPP, url, {"tiny"})
    assert found.offers == (Offer("tiny", loaded=True, context_tokens=2048, slots=1),)


def test_lm_studio_tells_what_was_downloaded_and_what_is_in_memory():
    found = seen(emulated.lm_studio(QWEN, GEMMA, NOMIC), unknown=LM_STUDIOS_UNKNOWN)
    assert (found.kind, found.loads_by_itself) == (Kind.LM_STUDIO, True)
    assert found.offers == (Offer("qwen/qwen3-8b", True, 16384, 2), Offer("google/gemma-3-12b", False))


def test_lm_studio_that_loads_nothing_by_itself_offers_what_it_can_be_asked_to_load():
    found = seen(emulated.lm_studio(QWEN, GEMMA, jit=False), unknown=LM_STUDIOS_UNKNOWN)
    assert (found.loads_by_itself, offers(found)) == (False, {"qwen/qwen3-8b": True, "google/gemma-3-12b": False})
    assert {"qwen/qwen3-8b", "google/gemma-3-12b"} <= found.names


def test_lm_studio_with_everything_in_memory_does_not_tell_whether_it_would_load():
    found = seen(emulated.lm_studio(QWEN), unknown=LM_STUDIOS_UNKNOWN)
    assert (found.kind, found.loads_by_itself) == (Kind.LM_STUDIO, None)


def test_an_older_lm_studio_is_known_by_its_older_listing():
    found = seen(
        emulated.old_lm_studio(llama="loaded", phi="not-loaded", embedder="not-loaded"), unknown=LM_STUDIOS_UNKNOWN
    )
    assert (found.kind, offers(found)) == (Kind.LM_STUDIO, {"llama": True, "phi": False})


def test_ollama_is_known_by_its_version_and_tags():
    found = seen(emulated.ollama("llama3.2:3b", "phi4:latest", embeddings="nomic:latest", running="llama3.2:3b"))
    assert (found.kind, offers(found)) == (Kind.OLLAMA, {"llama3.2:3b": True, "phi4:latest": False})
    assert {"phi4", "phi4:latest", "nomic"} <= found.names
    assert found.unloads_at is not None
    assert found.unloads_at.isoformat() == SOON.replace("Z", "+00:00")


def test_ollama_without_a_model_is_known_too():
    found = seen(emulated.ollama())
    assert (found.kind, found.offers) == (Kind.OLLAMA, ())


def test_vllm_offers_its_model_and_answers_to_its_adapters():
    found = seen(emulated.vllm("meta/llama", "poet"), unknown=(404, {"detail": "Not Found"}))
    assert (found.kind, found.offers) == (Kind.VLLM, (Offer("meta/llama", True, 16384),))
    assert found.names == {"meta/llama", "poet"}


@pytest.mark.parametrize("autoload", [True, False])
def test_a_router_tells_which_of_its_models_are_loaded_and_whether_it_loads_more(autoload: bool):
    found = seen(emulated.router(autoload=autoload, a="loaded", b="unloaded"))
    assert (found.kind, offers(found)) == (Kind.LLAMACPP_ROUTER, {"a": True, "b": False})
    assert found.loads_by_itself is autoload


def test_a_router_without_a_model_is_known_too():
    assert seen(emulated.router()).kind is Kind.LLAMACPP_ROUTER


def test_any_other_server_with_openais_listing_is_called_that():
    found = seen({"/v1/models": openai_list({"id": "mystery", "owned_by": "somebody"})})
    assert (found.kind, offers(found)) == (Kind.OPENAI, {"mystery": True})


def test_a_server_that_wants_a_key_is_told_from_none():
    pages = emulated.vllm("m")
    assert seen(pages, key="abc").kind is Kind.LOCKED
    with Emulated(pages, key="abc") as server:
        assert identify(server.url, "abc").kind is Kind.VLLM


def test_an_address_with_its_v1_is_the_same_server():
    with Emulated(emulated.vllm("m")) as server:
        assert identify(f"{server.url}/v1/") == identify(server.url)


@pytest.mark.parametrize(
    "pages", [{}, {"/v1/models": {"detail": "hello"}}, {"/v1/models": ["a"]}, {"/v1/models": "hi"}]
)
def test_what_has_no_listing_is_no_inference_server_and_is_asked_nothing_more(pages: emulated.Pages):
    with Emulated(pages) as server:
        assert identify(server.url) is None
    assert server.asked == ["/v1/models"]


@pytest.mark.parametrize(
    "pages",
    [
        {"/v1/models": {"data": [{"id": 7}, "x", None, {}]}},
        {"/v1/models": openai_list({"id": "m", "owned_by": "vllm", "max_model_len": "long"})},
        {"/v1/models": openai_list({"id": "m", "owned_by": "llamacpp", "meta": [], "status": 3}), "/props": {}},
        {"/v1/models": openai_list({"id": "m"}), "/api/v1/models": {"models": [{"key": "m", "loaded_instances": [3]}]}},
        {"/v1/models": openai_list({"id": "m"}), "/api/version": {"version": 1}, "/api/tags": {"models": [1, {}]}},
    ],
)
def test_listings_that_make_no_sense_break_nothing(pages: emulated.Pages):
    assert isinstance(seen(pages), Server)


def test_nothing_at_an_address_is_none(free_port: Callable[[], int]):
    assert identify(f"http://127.0.0.1:{free_port()}") is None


def test_a_server_that_never_answers_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("workers.doctor.servers.ONE_QUESTION_S", 0.05)
    with OpenAIServer(hangs()) as server:
        server._listing = hangs()
        assert identify(server.url) is None


def test_a_redirect_is_not_followed():
    with Emulated(emulated.vllm("m")) as elsewhere, OpenAIServer(hangs()) as server:
        server._listing = refuses(302, "", location=f"{elsewhere.url}/v1/models")
        assert identify(server.url) is None
    assert elsewhere.asked == []
