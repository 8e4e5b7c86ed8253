from __future__ import annotations

import pytest

from bots.delivery.graphemes import LONGEST, boundary


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("abc", 2, 2),
        ("ae\N{COMBINING ACUTE ACCENT}f", 2, 1),
        ("a👩\N{ZERO WIDTH JOINER}👧b", 2, 1),
        ("a👩\N{ZERO WIDTH JOINER}👧b", 3, 1),
        ("a👍🏽b", 2, 1),
        ("a🇩🇪🇫🇷", 2, 1),
        ("🇩🇪🇫🇷", 2, 2),
        ("🇩🇪🇫🇷", 3, 2),
    ],
)
def test_a_cut_is_before_what_belongs_together(text: str, position: int, expected: int):
    assert boundary(text, position) == expected


def test_a_heap_of_marks_is_cut_after_all():
    assert boundary("a" + "\N{COMBINING ACUTE ACCENT}" * 5 * LONGEST, 4 * LONGEST) == 4 * LONGEST
