from __future__ import annotations

import pytest

from bots.delivery.fences import LANGUAGE_CHARS, blocks_of, opens_or_closes


def test_a_block_is_opened_again_with_its_language_alone():
    (block,) = blocks_of("```python title=x\nx = 1\n```")
    assert (block.opening, block.closing) == ("```python\n", "\n```")


def test_a_language_that_is_none_is_cut():
    (block,) = blocks_of("```" + "x" * 60 + "\n```")
    assert len(block.language) == LANGUAGE_CHARS


def test_only_as_many_marks_of_the_same_kind_close_a_block():
    text = "````\n```\n~~~~\n````\nafter"
    (block,) = blocks_of(text)
    assert text[block.end :] == "\nafter"


def test_a_block_that_is_never_closed_reaches_beyond_the_end():
    text = "before\n~~~\nwords"
    (block,) = blocks_of(text)
    assert block.end > len(text)
    assert block.is_cut_at(text.index("words") + 1)


def test_a_cut_through_the_first_or_last_line_hurts():
    text = "a\n```py\nx\ny\n```\nb"
    (block,) = blocks_of(text)
    hurt = [position for position in range(len(text) + 1) if block.is_hurt_at(position)]
    assert hurt == [3, 4, 5, 6, 7, 8, 12, 13, 14]


@pytest.mark.parametrize("line", ["`code`", "``", "```a`b", "text ```", "`" * 40])
def test_what_is_no_fence_is_none(line: str):
    assert blocks_of(line) == []
    assert not opens_or_closes(line, 0)
