from __future__ import annotations

import pytest

from tasks.contracts.errors import ConfigurationError
from tests.emulators.openai_server import OpenAIServer, as_json
from workers.engines.fake import FakeEngine
from workers.engines.llama_router import LlamaRouterEngine
from workers.engines.llamacpp import LlamaCppEngine
from workers.engines.lmstudio import LMStudioEngine
from workers.engines.ollama import OllamaEngine
from workers.engines.openai_compat import OpenAICompatEngine
from workers.engines.opening import open_engine
from workers.engines.vllm import VllmEngine


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("fake", FakeEngine),
        ("fake+scripted", FakeEngine),
        ("http://127.0.0.1:1234", OpenAICompatEngine),
        ("https://[::1]:8443/v1", OpenAICompatEngine),
        ("llamacpp+http://127.0.0.1:8080", LlamaCppEngine),
        ("lmstudio+http://127.0.0.1:1234", LMStudioEngine),
        ("ollama+http://127.0.0.1:11434", OllamaEngine),
        ("vllm+https://127.0.0.1:8000/v1", VllmEngine),
        ("router+http://127.0.0.1:8080", LlamaRouterEngine),
    ],
)
def test_a_spec_opens_an_engine(spec: str, kind: type[object]) -> None:
    assert type(open_engine(spec)) is kind


def test_a_fake_has_the_models_that_are_named() -> None:
    assert open_engine("fake", {"polly": "parrot"}, slots=2).list_resident() == ["polly"]


def test_an_address_may_end_in_v1() -> None:
    engine = open_engine("http://h:1/v1/")
    assert isinstance(engine, OpenAICompatEngine)
    assert engine.base_url == "http://h:1"


@pytest.mark.parametrize(
    "spec", ["", "fakes", "http://", "ftp://h", "llamacpp", "llamacpp+", "vllm+", "http://h:port", "localhost:1"]
)
def test_anything_else_is_told_what_was_wanted(spec: str) -> None:
    with pytest.raises(ConfigurationError, match="http://HOST:PORT"):
        open_engine(spec)


@pytest.mark.parametrize("kind", ["lmstudio", "ollama", "vllm", "router"])
def test_a_prefix_is_no_part_of_the_address_and_models_have_their_names_there(kind: str) -> None:
    with OpenAIServer(as_json({}), listing=({"id": "its"},)) as server:
        engine = open_engine(f"{kind}+{server.url}/v1/", {"ours": "its"}, slots=3)
        assert isinstance(engine, OpenAICompatEngine)
        assert engine.base_url == server.url
        assert repr(engine) == f"{type(engine).__name__}('{server.url}')"
