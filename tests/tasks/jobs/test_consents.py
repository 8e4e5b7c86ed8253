from __future__ import annotations

import pytest

from tasks.backup import ledger
from tasks.jobs import consents
from tasks.jobs.consents import Consent, Consents
from tests.tasks.jobs.flock import Flock

ADA, BOB, ROOM = "discord:1", "web:local", "discord:77"


def test_nobody_agreed_who_said_nothing(flock: Flock) -> None:
    assert flock.store.run(consents.every()) == Consents()
    assert flock.store.run(consents.look(ADA, ROOM)) == consents.Standing(None, closed=False)
    assert not flock.store.run(consents.every()).allow([ADA])


def test_who_agreed_keeps_that_consent_until_it_is_taken_back(flock: Flock) -> None:
    first = flock.store.run(consents.agree(ADA))
    assert abs(first.at_ms - flock.store.now_ms()) < 60_000
    assert flock.store.run(consents.agree(ADA)) == first == flock.store.run(consents.look(ADA)).agreed
    other = flock.store.run(consents.agree(BOB))
    known = flock.store.run(consents.every())
    assert known.people == {ADA: first, BOB: other}
    assert known.ids([BOB, ADA, ADA, "discord:9"]) == tuple(sorted([first.id, other.id]))
    assert [flock.store.run(consents.withdraw(ADA)) for _ in range(2)] == [True, False]
    assert not flock.store.run(consents.every()).allow([ADA])
    assert flock.store.run(consents.agree(ADA)).id != first.id


def test_a_channel_says_no_for_all_in_it_and_never_yes(flock: Flock) -> None:
    flock.store.run(consents.agree(ADA))
    assert [flock.store.run(consents.close(ROOM, "the admin")) for _ in range(2)] == [True, False]
    known = flock.store.run(consents.every())
    assert (known.allow([ADA], ROOM), known.allow([ADA], "discord:78")) == (False, True)
    assert flock.store.run(consents.look(ADA, ROOM)).closed
    assert [flock.store.run(consents.reopen(ROOM)) for _ in range(2)] == [True, False]
    known = flock.store.run(consents.every())
    assert (known.allow([ADA], ROOM), known.allow([ADA, BOB], ROOM)) == (True, False)


@pytest.mark.parametrize("person", ["telegram:-5", 'feed:"Ann" of x y', "key:ä"])
def test_what_was_agreed_to_outlives_a_redis_that_is_gone(flock: Flock, person: str) -> None:
    given = flock.store.run(consents.agree(person))
    flock.store.run(consents.close(person, "an admin of two words"))
    kept = list(ledger.dump(flock.store))
    flock.client.flushall()
    ledger.load(flock.store, kept)
    known = flock.store.run(consents.every())
    assert known == Consents({person: Consent(given.id, given.at_ms)}, frozenset({person}))
