from __future__ import annotations

import pytest

from bots.listening.spoken import END_CHARS, LOOKED_AT_CHARS, spoken


@pytest.mark.parametrize(("text", "said"), [
    ("see https://a.example/x?y=1, ok", "see ok"),
    ("看https://a.example/x看", "看 看"),
    ("a `b` c", "a c"),
    ("a ```b\nc``` d", "a d"),
    ("a ```never closed", "a"),
    ("> quoted\nmine", "mine"),
    ("2 > 1", "2 > 1"),
    ("write to a.b+c@d.example now", "write to now"),
    ("at 5 @ Ada's", "at 5 @ Ada's"),
])  # fmt: skip
def test_code_addresses_and_quoted_lines_are_left_out(text: str, said: str) -> None:
    assert spoken(text) == said


def test_of_a_long_message_one_looks_at_the_beginning_and_the_end() -> None:
    text = "a" * LOOKED_AT_CHARS + "b" * LOOKED_AT_CHARS
    assert spoken(text) == "a" * (LOOKED_AT_CHARS - END_CHARS) + "\n" + "b" * END_CHARS
