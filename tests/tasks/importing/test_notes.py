from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.importing.notes import MOST_CHARS, notes_of


@pytest.mark.parametrize(
    ("page", "notes"),
    [
        ("", []),
        ("# Only a heading\n\n---\n", []),
        ("Some *plain* words.\nIn two lines.", ["Some plain words. In two lines."]),
        ("# Page\n## Tea\n- green\n- **never** black", ["Tea: green", "Tea: never black"]),
        ("## Tea\n### Green\n- Sencha\n## Food\n- cake", ["Tea / Green: Sencha", "Food: cake"]),
        ("- one\n  that goes on\n- two", ["one that goes on", "two"]),
        ("1. first\n2) second\n- [x] done\n* [ ] open", ["first", "second", "done", "open"]),
        ("---\ntitle: x\n---\nsaid", ["said"]),
        ("a <!-- not\nthis --> b", ["a b"]),
        ("```\n# no heading\n- no item\n```", ["# no heading - no item"]),
        ("snake_case and 2 * 3 stay", ["snake_case and 2 * 3 stay"]),
    ],
)
def test_a_page_is_told_in_notes(page: str, notes: list[str]) -> None:
    assert list(notes_of(page)) == notes


@pytest.mark.parametrize(
    "page",
    ["- **Name:**", "- **Notes:** ", "_(What do they care about?)_", "_Learn about them. Update it._", "- _(none)_"],
)
def test_what_a_template_left_to_be_filled_in_is_no_note(page: str) -> None:
    assert list(notes_of(page)) == []


def test_what_is_too_long_is_several_notes_between_sentences() -> None:
    parts = list(notes_of("They said so. " * 200))
    assert len(parts) > 1
    assert all(part.endswith("so.") and len(part) <= MOST_CHARS for part in parts)
    assert [len(part) for part in notes_of("x" * (MOST_CHARS + 5))] == [MOST_CHARS, 5]


@given(st.text(st.sampled_from("ab #-*_`\n:.1<!>"), max_size=120))
def test_any_page_is_notes_of_one_line(page: str) -> None:
    for note in notes_of(page):
        assert note.strip()
        assert "\n" not in note
