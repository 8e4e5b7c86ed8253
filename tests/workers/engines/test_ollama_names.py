"""An adapter is called at Ollama so that it can be told from every other model, and what it is can be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.engines.ollama_names import MOST_CHARS, adapter_of, made_of

VERSION = "20261122-ab12cd34"
#: What Ollama takes for the name of a model; nothing may be quoted in it.
TAKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
BASES = st.sampled_from(["llama3", "llama3.2:3b", "org/tiny:q8", "hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M"])


@given(BASES, st.text(min_size=1, max_size=24))
def test_whatever_a_persona_is_called_its_name_is_one_that_ollama_takes_and_says_it(base: str, persona: str) -> None:
    adapter = f"{persona}@{VERSION}"
    name = made_of(base, adapter)
    if name:
        assert TAKEN.fullmatch(name)
        assert len(name) <= MOST_CHARS
        assert adapter_of(base, name) == adapter_of(base, f"{name}:latest") == adapter


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("llama3", f"llama3-pirate-rook-{VERSION}"),  # of a model llama3-pirate
        ("llama3", f"llama-rook-{VERSION}"),
        ("llama3", "llama3-rook-20261122"),
        ("llama3", "llama3-rook-latest"),
        ("llama3", "llama3"),
        ("llama3", f"somebody/llama3-rook-{VERSION}"),
        ("llama3", f"llama3-rook.zz-{VERSION}"),
    ],
)
def test_what_is_called_otherwise_is_somebody_elses(base: str, name: str) -> None:
    assert adapter_of(base, name) == ""


def test_two_long_names_that_begin_alike_are_two() -> None:
    one, other = ("hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:" + kind for kind in ("Q4_K_M", "Q8_0"))
    assert adapter_of(other, made_of(one, f"rook@{VERSION}")) == ""


@pytest.mark.parametrize("adapter", ["rook", f"@{VERSION}", "rook@1", f"{'r' * 60}@{VERSION}"])
def test_what_no_name_can_say_has_none(adapter: str) -> None:
    assert made_of("llama3", adapter) == ""
