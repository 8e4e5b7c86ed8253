from __future__ import annotations

import pytest

from tasks.contracts.canary import Served
from tasks.training.canary import pointing
from tasks.training.registry.events import Event, Kind

A, B, C = "20261122-aaaaaaaa", "20261123-bbbbbbbb", "20261124-cccccccc"
ON_TRIAL = Served(serial=4, current=B, previous=A, canary=C, share=0.1, unrated=True)


def last(kind: Kind) -> Event:
    return Event(kind=kind, version=A, at_ms=1)


def test_what_is_promoted_answers_everybody_and_the_one_before_is_kept() -> None:
    assert pointing.promoted(Served(), A) == Served(serial=1, current=A)
    assert pointing.promoted(Served(serial=1, current=A), B) == Served(serial=2, current=B, previous=A)
    assert pointing.promoted(ON_TRIAL, C) == Served(serial=5, current=C, previous=B)


def test_promoting_another_one_ends_a_canary() -> None:
    assert pointing.promoted(ON_TRIAL, A) == Served(serial=5, current=A, previous=B)
    assert pointing.promoted(ON_TRIAL, B) == Served(serial=5, current=B, previous=A)


def test_a_canary_changes_nothing_for_the_others() -> None:
    tried = pointing.tried(Served(serial=3, current=B, previous=A), C, 0.1, unrated=True)
    assert tried == ON_TRIAL
    assert pointing.without_canary(tried) == Served(serial=5, current=B, previous=A)


@pytest.mark.parametrize(
    ("served", "before", "after"),
    [
        (Served(), None, None),
        (Served(serial=1, current=A), last(Kind.PROMOTED), Served(serial=2)),
        (Served(serial=2, current=B, previous=A), last(Kind.PROMOTED), Served(serial=3, current=A)),
        (Served(serial=3, current=A), last(Kind.ROLLED_BACK), None),
        (Served(serial=3), last(Kind.ROLLED_BACK), None),
        (ON_TRIAL, last(Kind.CANARY), Served(serial=5, current=B, previous=A)),
        (Served(serial=5, current=B, previous=A), last(Kind.DEMOTED), Served(serial=6, current=A)),
    ],
)
def test_a_rollback_goes_one_back_and_no_farther_when_it_is_said_again(
    served: Served, before: Event | None, after: Served | None
) -> None:
    assert pointing.back(served, before) == after


def test_who_says_where_to_goes_there() -> None:
    rolled_back = Served(serial=3, current=A)
    assert pointing.back_to(rolled_back, "") == Served(serial=4)
    assert pointing.back_to(ON_TRIAL, A) == Served(serial=5, current=A)
    assert pointing.back_to(rolled_back, A) is None
