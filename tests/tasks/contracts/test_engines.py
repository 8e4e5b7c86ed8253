"""How `engine` in the fleet file is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.engines import AT_AN_ADDRESS, FORMATS, EngineAt, Kind, read_engine
from tests.examples.packages import install


@pytest.mark.parametrize(
    ("text", "kind", "address"),
    [
        ("llamacpp", Kind.LLAMACPP, ""),
        ("fake", Kind.FAKE, ""),
        ("lmstudio+http://mac.local:1234", Kind.LM_STUDIO, "http://mac.local:1234"),
        ("ollama+http://[::1]:11434", Kind.OLLAMA, "http://[::1]:11434"),
        ("vllm+https://rack:8000/v1", Kind.VLLM, "https://rack:8000/v1"),
        ("router+http://10.0.0.5:8080", Kind.ROUTER, "http://10.0.0.5:8080"),
        ("http://10.0.0.5:1234", Kind.OPENAI, "http://10.0.0.5:1234"),
    ],
)
def test_an_engine_is_a_kind_and_where_it_needs_one_an_address(text: str, kind: Kind, address: str) -> None:
    assert read_engine(text) == EngineAt(kind, address)
    assert str(read_engine(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ollama",
        "vllm+",
        "vllm+localhost:8000",
        "openai+http://x",
        "llamacpp+http://x",
        "Ollama+http://x",
        "http:///",
    ],
)
def test_anything_else_is_told_what_was_wanted(text: str) -> None:
    with pytest.raises(ValueError, match=r"ollama\+"):
        read_engine(text)


def test_an_engine_of_another_package_is_known_by_its_name() -> None:
    engine = read_engine("tgi+http://10.0.0.5:80")
    assert engine == EngineAt(Kind.PACKAGE, "http://10.0.0.5:80", "tgi")
    assert (str(engine), engine.called) == ("tgi+http://10.0.0.5:80", "tgi")


def test_one_without_an_address_is_wanted_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"ollama\+"):
        read_engine("parrot")
    install("parrot_engine", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert read_engine("parrot") == EngineAt(Kind.PACKAGE, "", "parrot")
    assert str(read_engine("parrot")) == "parrot"


@pytest.mark.parametrize("text", ["olama+http://h:1", "llamacp", "package", "tgi+", "Parrot", "parrot+localhost:1"])
def test_one_of_ours_that_is_misspelt_is_none_of_another_package(text: str) -> None:
    with pytest.raises(ValueError, match=r"ollama\+"):
        read_engine(text)


def test_every_kind_has_formats_and_a_server_has_an_address() -> None:
    assert set(FORMATS) == set(Kind)
    assert set(AT_AN_ADDRESS) == set(Kind) - {Kind.LLAMACPP, Kind.FAKE}
