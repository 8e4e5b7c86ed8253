from __future__ import annotations

import pytest

from tasks.contracts.errors import ConfigurationError
from workers.engines.fake import FakeEngine
from workers.engines.llamacpp import LlamaCppEngine
from workers.engines.openai_compat import OpenAICompatEngine
from workers.engines.opening import open_engine


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("fake", FakeEngine),
        ("fake+scripted", FakeEngine),
        ("http://127.0.0.1:1234", OpenAICompatEngine),
        ("https://[::1]:8443/v1", OpenAICompatEngine),
        ("llamacpp+http://127.0.0.1:8080", LlamaCppEngine),
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


@pytest.mark.parametrize("spec", ["", "fakes", "http://", "ftp://h", "llamacpp+", "http://h:port", "localhost:1234"])
def test_anything_else_is_told_what_was_wanted(spec: str) -> None:
    with pytest.raises(ConfigurationError, match="http://HOST:PORT"):
        open_engine(spec)
