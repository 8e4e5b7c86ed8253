from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.contracts.errors import EngineUnavailable
from tasks.contracts.messages import Usage
from workers.engines.chunks import Chunk
from workers.engines.ollama_chunks import parse


def end(**fields: Any) -> dict[str, Any]:
    return {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, **fields}


@pytest.mark.parametrize(
    ("line", "chunk"),
    [
        ({"model": "m", "message": {"content": "hi"}, "done": False}, Chunk("m", "hi")),
        ({"model": "m", "message": {"content": "", "thinking": "hm"}, "done": False}, Chunk("m", reasoning="hm")),
        (
            end(done_reason="length", prompt_eval_count=3, eval_count=2),
            Chunk("m", finish_reason="length", usage=Usage(prompt_tokens=3, completion_tokens=2), done=True),
        ),
        (end(eval_count=2), Chunk("m", finish_reason="stop", usage=Usage(completion_tokens=2), done=True)),
        (
            {"model": "m", "message": {"content": "", "tool_calls": [{"function": {}}]}, "done": False},
            Chunk("m", calls=[{"function": {}}]),
        ),
        ({"error": "boom"}, Chunk(error={"error": "boom"})),
        ({"message": None, "model": 7, "done": "yes"}, Chunk()),
        ({}, Chunk()),
    ],
)
def test_a_line_is_read(line: dict[str, Any], chunk: Chunk) -> None:
    assert parse(json.dumps(line)) == chunk


@pytest.mark.parametrize("line", ["[]", "nonsense", '"text"'])
def test_a_line_that_is_no_object_is_no_answer(line: str) -> None:
    with pytest.raises(EngineUnavailable):
        parse(line)
