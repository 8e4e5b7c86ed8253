from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.errors import EngineUnavailable
from workers.engines.lines import LineParser

LINES = ['{"a": 1}', '{"b": "\\n"}', "é"]
STREAM = "\n".join(["", *LINES, ""]).encode()


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_lines_are_told_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    parser = LineParser()
    at = [0, *sorted(cuts), len(STREAM)]
    assert [line for begin, end in pairwise(at) for line in parser.feed(STREAM[begin:end])] == LINES


def test_a_line_that_has_not_ended_waits() -> None:
    parser = LineParser()
    assert parser.feed(b'{"a"') == []
    assert parser.feed(b": 1}\r\n") == ['{"a": 1}']


def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(EngineUnavailable, match="longer than 10 bytes"):
        LineParser(10).feed(b"x" * 11)
