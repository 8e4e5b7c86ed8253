"""Whose memories are whose, which hold some words, and in which order they are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.memory.rights import owned
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import Memory, Role
from tests.tasks.memory.conftest import keep

MINE = Memory("j:0", "discord:g", "discord:5", "I like tea", 1, name="Ann", user="discord:5")


def test_a_persons_memories_are_found_in_every_tenant_and_page(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owned, "A_PAGE", 2)
    several = [replace(MINE, source=f"j{number}:0", tenant=f"t{number % 2}") for number in range(5)]
    keep(store, *several, replace(MINE, source="k:0", user="discord:6"))
    assert sorted(one.source for one in owned.of("discord:5", store)) == [f"j{number}:0" for number in range(5)]


@pytest.mark.parametrize(
    ("words", "text", "holds"),
    [
        ("birthday", "My birthdays are in May.", True),
        ("birthday may", "My birthday is in June.", False),
        ("Müller", "frau muller", True),
        ("is it", "is it far?", False),
        ("is it", "Is  it", True),
    ],
)
def test_words_are_held_in_any_form_but_all_of_them(words: str, text: str, holds: bool) -> None:
    assert owned.about(words)(text) is holds


def test_pages_go_on_where_the_one_before_ended_also_at_the_same_moment() -> None:
    memories = [replace(MINE, source=f"j{number}:0", at_ms=number // 2) for number in range(6)]
    seen, after = [], ""
    for _ in range(3):
        page, after = owned.newest(iter(memories), 2, after)
        seen += page
    assert (len({one.id for one in seen}), after, [one.at_ms for one in seen]) == (6, "", [2, 2, 1, 1, 0, 0])


@pytest.mark.parametrize("after", ["x", "1", "x:y"])
def test_a_page_after_nothing_is_refused(after: str) -> None:
    with pytest.raises(ValueError, match=r"a list goes on|invalid literal"):
        owned.newest(iter([MINE]), 2, after)


def test_its_owner_is_called_you_and_others_by_their_names() -> None:
    answer = replace(MINE, author="wren", name="Wren", role=Role.PERSONA)
    assert [owned.kept(one).author for one in (MINE, answer)] == ["you", "Wren"]
