"""Text that must not be longer than there is room for."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts import shortening
from tasks.contracts.shortening import shortened


def test_the_examples_hold() -> None:
    ran = doctest.testmod(shortening)
    assert (ran.failed, ran.attempted > 0) == (0, True)


@given(st.text(max_size=30), st.integers(1, 40))
def test_a_text_that_fits_is_left_alone_and_another_fills_its_room(text: str, most: int) -> None:
    short = shortened(text, most)
    assert (
        short == text
        if len(text) <= most
        else (len(short) == most and short[-1] == "…" and text.startswith(short[:-1]))
    )


def test_where_there_is_no_room_only_the_sign_is_left() -> None:
    assert [shortened("twigs", most) for most in (1, 0, -3)] == ["…", "…", "…"]
