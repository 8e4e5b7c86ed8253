"""Keys of the HTTP API: what opens, what has ceased to, and what the ledger knows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tasks.contracts.errors import BadInput
from tasks.jobs import keys
from tasks.jobs.keys import Key, Limits, Scope
from tasks.jobs.store import Store
from tests.tasks.jobs import clock
from tests.tasks.jobs.clock import RedisClock
from tests.tasks.jobs.flock import Flock

CHAT = frozenset({Scope.CHAT})
Cut = Callable[..., str]


@pytest.fixture
def store(flock: Flock) -> Store:
    return flock.store


@pytest.fixture
def time(flock: Flock) -> Iterator[RedisClock]:
    with clock.held(flock) as made:
        yield made


@pytest.fixture
def cut(store: Store) -> Cut:
    """Call it with a name for a key of the ledger."""

    def cut_one(name: str, scopes: frozenset[Scope] = CHAT, life_s: float = 0.0, **limits: int) -> str:
        secret, key_id = keys.fresh()
        assert store.run(keys.add(Key(key_id, name, scopes, Limits(**limits)), secret, life_s))
        return secret

    return cut_one


def found(store: Store, secret: str) -> Key | None:
    return store.run(keys.find(keys.digest(secret)))


def test_a_key_opens_also_where_redis_has_no_room_to_note_its_use(store: Store, flock: Flock, cut: Cut) -> None:
    secret = cut("ada")
    flock.client.config_set("maxmemory", 1)
    try:
        assert found(store, secret) is not None
    finally:
        flock.client.config_set("maxmemory", 0)
    assert found(store, secret) is not None
    (noted,) = store.run(keys.every()).keys
    assert noted.used_ms > 0


def test_a_key_opens_what_it_was_made_for(store: Store, cut: Cut) -> None:
    known = found(store, cut("ada", frozenset({Scope.CHAT, Scope.EMBED}), minute=3))
    assert known is not None
    assert (known.name, known.scopes, known.limits) == ("ada", {Scope.CHAT, Scope.EMBED}, Limits(minute=3))
    assert known.created_ms > 0


def test_no_two_keys_are_alike_and_none_can_be_guessed() -> None:
    made = {keys.fresh() for _ in range(100)}
    assert len({secret for secret, _ in made}) == len({key_id for _, key_id in made}) == 100
    assert all(secret.startswith(keys.PREFIX) and len(secret) > 50 for secret, _ in made)


def test_what_is_kept_of_a_key_is_not_the_key(store: Store, cut: Cut) -> None:
    secret = cut("ada")
    held = [store.client.hgetall(name) for name in store.client.scan_iter("*keys*")]
    assert held
    assert secret not in str(held)
    assert secret.removeprefix(keys.PREFIX) not in str(held)


@pytest.mark.parametrize("shown", ["", "rk_", "rk_" + "a" * 52, "ada", "\ud800", "x" * 10_000])
def test_another_word_opens_nothing(store: Store, cut: Cut, shown: str) -> None:
    cut("ada")
    assert found(store, shown) is None


def test_a_key_that_is_revoked_opens_nothing_and_its_name_is_free(store: Store, cut: Cut) -> None:
    secret = cut("ada")
    known = found(store, secret)
    assert known is not None
    assert store.run(keys.revoke("ada")) == known.key_id
    assert found(store, secret) is None
    assert store.run(keys.revoke("ada")) == ""
    other = cut("ada")
    again = found(store, other)
    assert again is not None
    assert store.run(keys.revoke(again.key_id)) == again.key_id
    assert store.run(keys.every()).keys == ()


def test_a_name_that_is_taken_makes_no_second_key(store: Store, cut: Cut) -> None:
    secret = cut("ada")
    assert not store.run(keys.add(Key("other", "ada", CHAT), "rk_other"))
    assert found(store, "rk_other") is None
    assert found(store, secret) is not None


def test_a_key_expires_by_the_clock_of_redis_and_then_gives_its_name_away(
    store: Store, time: RedisClock, cut: Cut
) -> None:
    brief, lasting = cut("brief", life_s=60), cut("lasting")
    time.later(59_000)
    assert found(store, brief) is not None
    time.later(2_000)
    assert found(store, brief) is None
    assert found(store, lasting) is not None
    ring = store.run(keys.every())
    assert [key.name for key in ring.keys] == ["brief", "lasting"]
    assert [key.name for key in ring.valid] == ["lasting"]
    assert found(store, cut("brief")) is not None
    assert len(store.run(keys.every()).keys) == 2


def test_the_last_use_is_known_to_the_hour(store: Store, time: RedisClock, cut: Cut) -> None:
    secret = cut("ada")
    uses = []
    for wait_ms in (0, 60_000, keys.USE_COARSE_MS):
        time.later(wait_ms)
        found(store, secret)
        uses.append(store.run(keys.every()).keys[0].used_ms)
    assert uses[0] == uses[1] > 0
    assert uses[2] - uses[0] >= keys.USE_COARSE_MS


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "naïve", "a\n", "../.."])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="cannot be called"):
        keys.add(Key("id", name, CHAT), "rk_x")


def test_a_key_without_scopes_is_refused() -> None:
    with pytest.raises(BadInput, match="good for nothing"):
        keys.add(Key("id", "ada", frozenset()), "rk_x")
