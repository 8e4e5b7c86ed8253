from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.contracts.errors import EngineUnavailable
from tasks.contracts.messages import Usage
from workers.engines.chunks import Chunk, clean, parse

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = ["model", "choices", "delta", "content", "reasoning", "finish_reason", "usage", "prompt_tokens", "index"]
COUNTS = {"prompt_tokens": 3, "completion_tokens": 2}
CACHED = {"prompt_tokens": 3, "completion_tokens": None, "prompt_tokens_details": {"cached_tokens": 1}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab\ud83d", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def said(**fields: Any) -> str:
    return json.dumps({"model": "m", **fields})


@pytest.mark.parametrize(
    ("data", "chunk"),
    [
        (said(choices=[{"index": 0, "delta": {"content": "hi"}}]), Chunk("m", "hi")),
        (said(choices=[{"index": 0, "delta": {"role": "assistant", "content": None}}]), Chunk("m")),
        (said(choices=[{"delta": {"reasoning_content": "hm"}}]), Chunk("m", reasoning="hm")),
        (said(choices=[{"delta": {"reasoning": "hm"}}]), Chunk("m", reasoning="hm")),
        (said(choices=[{"delta": {}, "finish_reason": "stop"}]), Chunk("m", finish_reason="stop")),
        (said(choices=[{"index": 1, "delta": {"content": "the second choice"}}]), Chunk("m")),
        (said(choices=[], usage=COUNTS), Chunk("m", usage=Usage(prompt_tokens=3, completion_tokens=2))),
        (said(usage=CACHED), Chunk("m", usage=Usage(prompt_tokens=3, cached_tokens=1))),
        (said(usage=None, error=None), Chunk("m")),
        (said(choices=[{"delta": {"tool_calls": [{"index": 0}]}}]), Chunk("m", calls=[{"index": 0}])),
    ],
)
def test_a_chunk_is_read(data: str, chunk: Chunk) -> None:
    assert parse(data) == chunk


def test_an_error_in_the_stream_is_kept_as_it_was_said() -> None:
    assert parse('{"error": {"code": 500}}').error == {"error": {"code": 500}}


@pytest.mark.parametrize("data", ["", "no json", "[]", '"text"', "[" * 100_000])
def test_what_is_no_object_is_an_unavailable_engine(data: str) -> None:
    with pytest.raises(EngineUnavailable, match="no JSON object"):
        parse(data)


@UNHURRIED
@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_fields_of_any_shape_are_read_without_an_accident(fields: dict[str, Any]) -> None:
    chunk = parse(json.dumps(fields))
    assert isinstance(chunk.text, str)


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert clean("a\ud83d") == "a\ufffd"
    assert clean("🐦\0é") == "🐦\0é"
