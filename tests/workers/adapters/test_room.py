"""An adapter that takes as much as a model comes where there is room beside all models that would be there together."""

from __future__ import annotations

import math

import pytest

from tasks.contracts.fleet import Model
from workers.adapters.room import Room, has_room
from workers.children import Station
from workers.residency.budget import Budget
from workers.residency.footprint import Size
from workers.residency.held import Held, Holding
from workers.supervision.child import ChildSpec

ONE, OTHER = "one", "other"


@pytest.mark.parametrize(
    ("total_gib", "here_gib", "riding_gib", "absent_gib", "room"),
    [
        (10, 4, 0, 0, True),
        (7, 4, 0, 0, False),
        (12, 4, 0, 4, True),  # both models and the adapter
        (11, 4, 0, 4, False),  # both models, and then not the adapter
        (9, 4, 0, 6, True),  # never both models: they take turns, and the adapter goes with its own
        (15, 4, 4, 4, False),  # both models and the adapter that is there
        (math.inf, 4, 0, 400, True),  # nobody knows; the server will say
    ],
)
def test_nobody_is_swapped_for_an_adapter(
    total_gib: float, here_gib: float, riding_gib: float, absent_gib: float, room: bool
) -> None:
    budget = Budget(total_gib, {ONE: here_gib + riding_gib})
    assert has_room(budget, here_gib, absent_gib, riding_gib) is room


class Sizes:
    """Two models of four GiB."""

    slugs = (ONE, OTHER)

    def size(self, name: str) -> Size:
        return Size(4.0, "told")


def held(slug: str) -> Held:
    worker = ChildSpec(slug, ("worker",), {})
    return Held(Station(Model(name=slug, gguf="m.gguf"), slug, 1, None, worker, ""), Size(4.0, "told"), 1.0)


def test_what_adapters_take_is_charged_to_their_model_and_goes_with_it() -> None:
    holding = Holding(13.0, {ONE: held(ONE), OTHER: held(OTHER)})
    room = Room(holding, Sizes())
    assert room.fits("One")
    room.charge("One", 4.0)
    assert holding.budget.free_gib == 1.0
    assert not room.fits(OTHER)
    del holding.by_slug[ONE]
    assert holding.budget.free_gib == 9.0
    room.charge("One", 4.0)
    assert (room.size_gib("One"), room.size_gib(OTHER)) == (0.0, 4.0)


def test_a_model_that_is_not_there_or_goes_is_given_none() -> None:
    holding = Holding(100.0, {ONE: held(ONE)})
    room = Room(holding, Sizes())
    holding.by_slug[ONE].leaves = "it makes room"
    assert not room.fits(ONE)
    assert not room.fits(OTHER)
