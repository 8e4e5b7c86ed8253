from __future__ import annotations

import json

from benchmarks.web.dummy import WORDS, answer


def test_it_says_the_same_whole_and_in_pieces() -> None:
    whole = json.loads(answer("/v1/chat/completions", {"model": "m"}).partition(b"\r\n\r\n")[2])
    assert whole["choices"][0]["message"]["content"] == "".join(WORDS)
    pieces = answer("/v1/chat/completions", {"model": "m", "stream": True})
    told = [json.loads(line[6:]) for line in pieces.split(b"\n") if line.startswith(b"data: {")]
    assert "".join(piece["choices"][0]["delta"].get("content", "") for piece in told if piece["choices"]) == "".join(
        WORDS
    )
    assert told[-1]["usage"] == whole["usage"]
    assert pieces.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
