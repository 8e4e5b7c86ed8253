"""What is in the memories, counted."""

from __future__ import annotations

from dataclasses import replace

from tasks.memory.rendering import rendered
from tasks.memory.tiers.audit import Audit, audited
from tasks.memory.values import Found
from tests.tasks.memory.tiers.people import FIRST_MS, turn


def test_what_says_nothing_says_it_again_or_was_recalled_is_junk() -> None:
    tea = turn(1, "I like green tea")
    back = turn(5, rendered([Found(tea, 1.0)], FIRST_MS, 400))
    said = [tea, turn(2, "lol"), turn(3, "I like green tea"), turn(4, "I like black tea"), back]
    found = audited(said)
    assert found == Audit(5, (("short", 5),), junk=3, duplicates=1, recalled=1)
    assert found.junk_share == 0.6


def test_what_is_pinned_is_no_junk_and_nothing_has_none() -> None:
    assert audited([replace(turn(1, "ok"), pinned=True)]).junk == 0
    assert audited([]).junk_share == 0.0


def test_what_two_people_say_is_no_duplicate() -> None:
    assert audited([turn(1, "I like tea"), turn(2, "I like tea", user="bob")]).duplicates == 0
