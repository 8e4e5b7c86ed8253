"""From the digests of a week to what is known for long."""

from __future__ import annotations

from tasks.contracts.facts import kept
from tasks.memory.tiers.digests import EXTRACT, digests
from tasks.memory.tiers.extracts import extracted
from tasks.memory.tiers.settling import settled
from tasks.memory.values import Memory, Tier
from tests.tasks.memory.tiers.people import exchanges, turn


def of(*said: Memory) -> list[Memory]:
    return digests(said, extracted(said), EXTRACT)


def week() -> list[Memory]:
    return [made for day in range(7) for made in of(*exchanges(5, day, begin=day * 5))]


def test_each_thing_is_there_once_dated_scored_and_tagged() -> None:
    become = settled(week(), [])
    assert {one.tier for one in become.made} == {Tier.LONG}
    assert become.made[0].text.startswith("[6 October 2024] Ann: I paid 7 to Bob\n")
    assert all(0 < one.importance <= 1 and EXTRACT in one.tags and "bob" in one.tags for one in become.made)
    assert len(become.made) < len(become.replaced) == 7
    assert {id_ for one in become.made for id_ in one.sources} == {id_ for one in week() for id_ in one.sources}
    assert kept("\n".join(one.text for one in become.replaced), "\n".join(one.text for one in become.made)) == 1.0


def test_what_is_said_again_in_another_week_is_known_once_from_both() -> None:
    [known] = settled(of(turn(1, "The boiler costs 300.")), []).made
    again = of(turn(2, "The boiler costs 300.", 8))
    become = settled(again, [known])
    assert become.made == ()
    [grown] = become.amended
    assert (grown.id, set(grown.sources)) == (known.id, {*known.sources, *again[0].sources})
    assert become.replaced == tuple(again)


def test_statements_stay_as_they_are_and_those_that_state_the_same_have_one_with_all_sources() -> None:
    first, second = of(turn(1, "I live in Porto.")), of(turn(2, "I live in Porto!", 3))
    become = settled([*first, *second], [])
    assert (become.made, become.replaced) == ((), tuple(second))
    [changed] = become.amended
    assert (changed.id, changed.tier, "home" in changed.tags) == (first[0].id, Tier.LONG, True)
    assert set(changed.sources) == {*first[0].sources, *second[0].sources}
    assert settled(second, become.amended) == become


def test_what_is_important_stands_apart_from_what_will_go() -> None:
    said = of(turn(1, "Remember: the key lies under Bob's mat."), turn(2, "It rained in the garden."))
    become = settled(said, [])
    assert [("mat" in one.text, one.importance > 0.5) for one in become.made] == [(True, True), (False, False)]


def test_the_same_digests_become_the_same() -> None:
    assert settled(week(), []) == settled(week()[::-1], [])
