from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.residency.views import resident, view
from workers.residency.eviction import Room, fewest

SIZES = st.lists(st.floats(0.5, 40.0), max_size=8)


@pytest.mark.parametrize(
    ("size_gib", "max_models", "room"),
    [(4.0, None, Room(0.0, 0)), (5.0, None, Room(1.0, 0)), (4.0, 2, Room(0.0, 1)), (4.0, 3, Room(0.0, 0))],
)
def test_a_load_may_lack_memory_and_a_place(size_gib: float, max_models: int | None, room: Room) -> None:
    host = view(resident("a", 10.0), resident("b", 10.0), max_models=max_models)
    assert Room.for_load(host, size_gib) == room


@given(SIZES, st.floats(0.0, 100.0), st.integers(0, 4))
def test_what_goes_makes_room_and_none_of_it_goes_in_vain(sizes: list[float], gib: float, places: int) -> None:
    order = [resident(f"m{number}", size) for number, size in enumerate(sizes)]
    room = Room(gib, places)
    gone = fewest(order, room, lambda each: each.size_gib)
    if gone is None:
        assert not room.made_by(order)
    else:
        assert room.made_by(gone)
        assert not any(room.made_by([other for other in gone if other is not each]) for each in gone)
