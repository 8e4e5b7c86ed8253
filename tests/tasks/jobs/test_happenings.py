"""What hosts did, as the ledger keeps it."""

from __future__ import annotations

import pytest

from tasks.jobs import fleet_moves, happenings
from tasks.jobs.fleet_values import Tripped
from tasks.jobs.happenings import MAX_WHY_CHARS, Happening, Kind, words
from tasks.jobs.values import HostCard, Word
from tests.tasks.jobs.flock import LONG_MS, MODEL, Flock


def told(flock: Flock, at_most: int = 100) -> list[tuple[str, str, str]]:
    """Return what the timeline has, in order: kind, host, model."""
    found = flock.store.run(happenings.latest(at_most))
    return [(each.kind.value, each.host, each.model) for each in reversed(found)]


def begin(flock: Flock, *models: str) -> HostCard:
    """Have a host that holds some models, and a timeline that begins after that."""
    host = flock.host("anvil", *models)
    flock.store.run(fleet_moves.may_hold("anvil", host.fence, [*models, "crow"]))
    flock.client.delete(flock.store.key("timeline"))
    return host


def test_a_host_that_comes_says_what_it_holds(flock: Flock) -> None:
    flock.host("anvil", "owl", "wren")
    assert told(flock) == [("joined", "anvil", ""), ("ready", "anvil", "owl"), ("ready", "anvil", "wren")]


def test_beats_that_say_nothing_new_leave_nothing(flock: Flock) -> None:
    host = begin(flock, "owl")
    for _ in range(3):
        flock.store.run(fleet_moves.host_beat("anvil", host.fence, LONG_MS, "{}", ["owl"]))
    assert told(flock) == []


def test_a_load_that_takes_the_place_of_another_model_is_told_from_eviction_to_end(flock: Flock) -> None:
    host = begin(flock, "owl")
    flock.store.run(fleet_moves.claim_load("anvil", host.fence, "crow", evict=["owl"], ttl_ms=LONG_MS))
    flock.store.run(fleet_moves.host_beat("anvil", host.fence, LONG_MS, "{}", ["crow"]))  # before the end of the load
    flock.store.run(fleet_moves.load_done("anvil", host.fence, "crow", ok=True, load_s=4.2, size_gib=3.1))
    assert told(flock) == [("evicted", "anvil", "owl"), ("loading", "anvil", "crow"), ("loaded", "anvil", "crow")]
    loaded, _, evicted = flock.store.run(happenings.latest(3))
    assert (loaded.took_s, loaded.gib) == (4.2, 3.1)
    assert evicted.for_model == "crow"


def test_a_load_that_fails_says_why_without_the_address_of_the_server(flock: Flock) -> None:
    host = begin(flock)
    flock.store.run(fleet_moves.claim_load("anvil", host.fence, "crow", ttl_ms=LONG_MS))
    why = "http://ada:secret@10.0.0.7:1234/v1 says: out of memory"
    flock.store.run(fleet_moves.load_done("anvil", host.fence, "crow", ok=False, why=why))
    (failed,) = flock.store.run(happenings.latest(1))
    assert (failed.kind, failed.why) == (Kind.LOAD_FAILED, "its server says: out of memory")


def test_what_is_given_up_for_reasons_of_its_own_says_them_and_may_stay_after_all(flock: Flock) -> None:
    host = begin(flock, "owl")
    flock.store.run(fleet_moves.unhold("anvil", host.fence, ["owl"], "nobody used it"))
    flock.store.run(fleet_moves.hold("anvil", host.fence, {"owl": 2}))
    kept, evicted = flock.store.run(happenings.latest(2))
    assert (evicted.kind, evicted.model, evicted.why) == (Kind.EVICTED, "owl", "nobody used it")
    assert (kept.kind, kept.model) == (Kind.KEPT, "owl")


def test_a_claim_that_is_taken_back_keeps_who_was_to_go(flock: Flock) -> None:
    host = begin(flock, "owl")
    flock.store.run(fleet_moves.claim_load("anvil", host.fence, "crow", evict=["owl"], ttl_ms=LONG_MS))
    flock.store.run(fleet_moves.take_back("anvil", host.fence, "crow"))
    assert told(flock)[-1] == ("kept", "anvil", "owl")


def test_a_model_that_was_there_from_the_start_is_told_once(flock: Flock) -> None:
    host = begin(flock)
    flock.store.run(fleet_moves.hold("anvil", host.fence, {"owl": 2}))
    flock.store.run(fleet_moves.host_beat("anvil", host.fence, LONG_MS, "{}", ["owl"]))
    assert told(flock) == [("ready", "anvil", "owl")]


def test_a_model_that_was_loaded_though_nobody_waited_is_told_with_how_long_that_took(flock: Flock) -> None:
    host = begin(flock)
    flock.store.run(fleet_moves.hold("anvil", host.fence, {"owl": 2}, load_s=3.5, size_gib=2.0))
    (loaded,) = flock.store.run(happenings.latest(5))
    assert (loaded.kind, loaded.model, loaded.took_s, loaded.gib) == (Kind.LOADED, "owl", 3.5, 2.0)


def test_a_host_that_falls_silent_is_told_once_and_again_when_it_is_back(flock: Flock) -> None:
    host = begin(flock, "owl")
    flock.client.zadd(flock.store.key("hosts"), {"anvil": flock.client.time()[0] * 1000 - 10})
    flock.sweep()
    flock.sweep()
    flock.store.run(fleet_moves.host_beat("anvil", host.fence, LONG_MS, "{}", ["owl"]))
    flock.store.run(fleet_moves.host_beat("anvil", host.fence, LONG_MS, "{}", ["owl"]))
    assert told(flock) == [("lost", "anvil", ""), ("back", "anvil", "")]


def test_a_host_that_leaves_on_purpose_is_not_lost(flock: Flock) -> None:
    host = begin(flock)
    flock.store.run(fleet_moves.host_leave("anvil", host.fence, []))
    flock.sweep()
    assert told(flock) == [("left", "anvil", "")]


def test_one_that_was_lost_and_starts_anew_can_be_lost_again(flock: Flock) -> None:
    begin(flock)
    for _ in range(2):
        flock.client.zadd(flock.store.key("hosts"), {"anvil": 1})
        flock.sweep()
        flock.host("anvil")
    assert [kind for kind, _, _ in told(flock)] == ["lost", "joined", "lost", "joined"]


def test_breakers_and_words_are_told_where_they_change(flock: Flock) -> None:
    host = begin(flock, MODEL)

    def trip(kind: Tripped) -> None:
        flock.store.run(fleet_moves.trip("anvil", host.fence, MODEL, LONG_MS, kind))

    trip(Tripped.PROBATION)
    trip(Tripped.PROBATION)
    trip(Tripped.OPEN)
    flock.store.run(fleet_moves.mend("anvil", host.fence, MODEL))
    flock.store.run(fleet_moves.mend("anvil", host.fence, MODEL))
    for word in (Word.PAUSE, Word.PAUSE, Word.RUN):
        flock.store.run(fleet_moves.control("anvil", word))
    assert [kind for kind, _, _ in told(flock)] == ["probation", "breaker_open", "mended", "pause", "run"]


def test_the_latest_come_first_and_older_ones_by_the_page(flock: Flock) -> None:
    for name in ("a", "b", "c"):
        flock.store.run(fleet_moves.host_join(name, "m", LONG_MS))
    first = flock.store.run(happenings.latest(2))
    rest = flock.store.run(happenings.latest(2, first[-1].id))
    assert [each.host for each in (*first, *rest)] == ["c", "b", "a"]
    assert [each.host for each in flock.store.run(happenings.since(rest[-1].id, 10))] == ["b", "c"]


def test_the_timeline_is_bounded(flock: Flock) -> None:
    flock.client.eval(
        "for i = 1, 5000 do redis.call('XADD', KEYS[1], '*', 'kind', 'left', 'host', i, 'model', '') end",
        1,
        flock.store.key("timeline"),
    )
    flock.store.run(fleet_moves.host_join("anvil", "m", LONG_MS))
    assert flock.client.xlen(flock.store.key("timeline")) < 2_500


def test_who_listens_hears_of_it_at_once(flock: Flock) -> None:
    with flock.client.pubsub() as ear:
        ear.subscribe(flock.store.key("happened"))
        assert ear.get_message(timeout=5)["type"] == "subscribe"
        flock.store.run(fleet_moves.host_join("anvil", "m", LONG_MS))
        said = ear.get_message(timeout=5)
    assert (happenings.heard(said["data"]),) == flock.store.run(happenings.latest(1))


def test_a_kind_that_a_newer_version_wrote_is_left_out(flock: Flock) -> None:
    flock.client.xadd(flock.store.key("timeline"), {"kind": "dreamt", "host": "anvil", "model": ""})
    assert flock.store.run(happenings.latest(5)) == ()


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_words(kind: Kind) -> None:
    said = words(Happening("1-0", kind, "anvil", "crow"))
    assert said
    assert "{" not in said


@pytest.mark.parametrize(
    ("happening", "said"),
    [
        (Happening("1-0", Kind.LOADED, "a", "crow", took_s=61.0, gib=3.14), "loaded crow in 1 min 1 s, 3.1 GiB"),
        (Happening("1-0", Kind.EVICTED, "a", "owl", for_model="crow"), "let owl go to make room for crow"),
        (Happening("1-0", Kind.EVICTED, "a", "owl", why="nobody used it"), "let owl go: nobody used it"),
    ],
)
def test_what_is_known_besides_is_in_the_sentence(happening: Happening, said: str) -> None:
    assert words(happening) == said


def test_what_an_engine_says_at_length_is_cut() -> None:
    assert len(happenings.without_address("no " * 500)) == MAX_WHY_CHARS
