"""What may move, and what is advised where there is no room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.errors import Refused
from tasks.contracts.tiers import Tier
from workers.storage.plan import GIB, Space, Stored, makes_room, refuse_beyond_budget, refuse_unmovable

HOT = Path("/ssd")


def lying(name: str, gib: float = 4.0, tier: Tier = Tier.HOT, used_s: float | None = None, *held_by: str) -> Stored:
    return Stored(name, HOT / f"{name}.gguf", tier, int(gib * GIB), used_s, held_by)


def space(used: float, free: float = 100.0, budget: float | None = None) -> Space:
    return Space(HOT, int(used * GIB), int(free * GIB), None if budget is None else int(budget * GIB))


OTHERS = [lying("lately", 4, Tier.HOT, 900.0), lying("long ago", 4, Tier.HOT, 100.0), lying("never", 1)]


def test_what_fits_is_not_refused():
    refuse_beyond_budget(lying("m", 4, Tier.ARCHIVE), 4 * GIB, Tier.HOT, space(9, budget=13), OTHERS)


def test_beyond_the_budget_the_reason_and_what_to_archive_is_told_longest_unused_first():
    with pytest.raises(Refused) as caught:
        refuse_beyond_budget(lying("m", 4, Tier.ARCHIVE), 4 * GIB, Tier.HOT, space(9, budget=10), OTHERS)
    assert caught.value.message == (
        "there is no room for 'm', which takes 4.0 GiB: data.hot_gib is 10.0, and 9.0 are taken"
    )
    assert (
        caught.value.next_step == "first `rookery storage archive 'never'`, then `rookery storage archive 'long ago'`"
    )


def test_a_full_disk_counts_whatever_the_budget_says():
    with pytest.raises(Refused, match=r"2\.0 GiB are free on the disk of /ssd"):
        refuse_beyond_budget(lying("m"), 4 * GIB, Tier.ARCHIVE, space(9, free=2, budget=100), OTHERS)


def test_where_nothing_would_help_nothing_is_advised():
    with pytest.raises(Refused) as caught:
        refuse_beyond_budget(lying("m", 40), 40 * GIB, Tier.HOT, space(9, budget=10), OTHERS)
    assert "archive" not in caught.value.next_step


def test_what_is_in_memory_or_in_the_archive_makes_no_room():
    others = [lying("in use", 8, Tier.HOT, 1.0, "anvil"), lying("away", 8, Tier.ARCHIVE, 1.0), lying("here", 8)]
    assert [each.name for each in makes_room(GIB, others)] == ["here"]


@pytest.mark.parametrize(
    ("stored", "one", "told"),
    [
        (lying("m"), True, "the same folder"),
        (Stored("m", HOT / "m.gguf", Tier.HOT, None), False, "is not there"),
        (lying("m", 4, Tier.ELSEWHERE), False, "neither in data.hot nor"),
        (lying("m", 4, Tier.HOT, None, "anvil", "forge"), False, "in memory on anvil, forge"),
    ],
    ids=["one folder", "missing", "elsewhere", "in use"],
)
def test_what_cannot_move_is_refused_with_the_reason(stored, one, told):
    with pytest.raises(Refused, match=told) as caught:
        refuse_unmovable(stored, Tier.ARCHIVE, one=one)
    assert caught.value.next_step
