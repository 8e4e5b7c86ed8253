"""Whatever is written reads back as what it was."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.tomltext import written

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8))
def test_what_is_written_reads_back(value: object) -> None:
    assert tomllib.loads(f"x = {written(value)}") == {"x": value}


@pytest.mark.parametrize(
    ("value", "text"),
    [("a\x7fb", '"a\\u007fb"'), ("🙂", '"🙂"'), ({}, "{}"), ((), "[]"), (1e16, "1e+16"), ("a\nb", '"a\\nb"')],
)
def test_a_value_stands_on_one_line(value: object, text: str) -> None:
    assert written(value) == text
