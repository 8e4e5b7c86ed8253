from __future__ import annotations

from typing import Any

import pytest

from workers.engines.lmstudio_models import Downloaded, Instance, read, read_v0

LOADED = {"id": "qwen:2", "config": {"context_length": 8192, "parallel": 4}}


def test_a_model_is_read_with_its_copies() -> None:
    entry = {"type": "llm", "key": "qwen", "size_bytes": 5, "format": "mlx", "loaded_instances": [LOADED]}
    assert read({"models": [entry]}) == [Downloaded("qwen", (Instance("qwen:2", 8192, 4),), 5, "mlx")]


@pytest.mark.parametrize("entry", [{"key": "qwen"}, {"key": "qwen", "loaded_instances": None, "size_bytes": "?"}])
def test_what_is_not_said_is_not_made_up(entry: dict[str, Any]) -> None:
    assert read({"models": [entry]}) == [Downloaded("qwen")]


def test_entries_without_a_key_are_left_out() -> None:
    assert read({"models": ["?", None, {"type": "llm"}]}) == []


@pytest.mark.parametrize("said", [{}, {"error": "Unexpected endpoint or method. (GET /api/v1/models)"}, {"models": 1}])
def test_what_is_no_listing_is_none(said: dict[str, Any]) -> None:
    assert read(said) is None
    assert read_v0(said) is None


def test_the_older_listing_says_what_is_in_memory() -> None:
    entries = [{"id": "a", "state": "loaded", "compatibility_type": "gguf"}, {"id": "b", "state": "not-loaded"}]
    assert read_v0({"data": entries}) == [Downloaded("a", (Instance("a"),), format="gguf"), Downloaded("b")]


def test_openais_listing_is_not_taken_for_the_older_one() -> None:
    assert read_v0({"object": "list", "data": [{"id": "a", "object": "model"}]}) is None


@pytest.mark.parametrize(
    ("window", "found"), [(0, "small"), (512, "small"), (513, "large"), (8192, "large"), (9999, "")]
)
def test_a_copy_with_a_large_enough_window_is_found(window: int, found: str) -> None:
    model = Downloaded("m", (Instance("small", 512), Instance("large", 8192)))
    copy = model.instance(window)
    assert (copy.id if copy else "") == found


def test_a_copy_with_the_longest_window_that_the_model_can_have_will_do() -> None:
    model = Downloaded("m", (Instance("m", 4096),), most_context_tokens=4096)
    assert model.instance(9999) == Instance("m", 4096)


def test_a_copy_that_does_not_tell_its_window_will_do() -> None:
    assert Downloaded("m", (Instance("m"),)).instance(9999) == Instance("m")
