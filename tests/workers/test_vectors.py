"""A model that is made to embed, from its GGUF file to a reply: a host's own processes and the llama.cpp between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.jobs import Cause, Outcome
from tasks.contracts.vectors import unpacked
from tests.tiny_model import HIDDEN, Habit, write_tiny_gguf
from tests.workers.household import Household

FLEET = """
[[model]]
name = "Vectors"
gguf = "vectors.gguf"
slots = 1
[[host]]
name = "home"
"""


def test_a_gguf_file_that_is_made_to_embed_does_so_without_a_word_about_it(redis_server: Any, tmp_path: Path):
    write_tiny_gguf(tmp_path / "vectors.gguf", 1, habit=Habit.EMBEDS)
    redis_server.ensure()
    house = Household(tmp_path, redis_server.url, FLEET)
    house.flock.client.flushall()
    try:
        house.ensure()
        asked = {"model": "Vectors", "deadline_s": 60.0, "work": "embed"}
        view = house.answered(house.flock.submit("", inputs=("egg", "nest", "egg"), **asked))
        assert (view.outcome, view.answered_by, view.host) == (Outcome.REPLY, "Vectors", "home")
        egg, nest, again = unpacked(view.text)
        assert len(egg) == HIDDEN
        assert egg == pytest.approx(again, abs=1e-5)
        assert egg != pytest.approx(nest, abs=1e-2)
        assert view.usage.prompt_tokens > 0
        assert house.answered(house.flock.submit("", inputs=("word " * 9000,), **asked)).cause is Cause.TOO_LONG
    finally:
        house.close()
