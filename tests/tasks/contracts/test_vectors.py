from __future__ import annotations

import base64
import struct

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.vectors import base64_of, packed, unpacked

SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(st.lists(SINGLES, min_size=1, max_size=5), max_size=4))
def test_vectors_are_the_same_after_their_way(vectors: list[list[float]]) -> None:
    assert unpacked(packed(vectors)) == vectors


def test_they_travel_as_little_endian_singles() -> None:
    (text,) = base64_of(packed([[0.5, -1.0, 3.0]]))
    assert base64.b64decode(text) == struct.pack("<3f", 0.5, -1.0, 3.0)


def test_a_vector_of_384_numbers_takes_two_kilobytes() -> None:
    assert len(packed([[0.1] * 384])) < 2100
