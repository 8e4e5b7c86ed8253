"""The keeper brings about what was decided: with nothing cut off, nothing promised twice, nothing loading for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet
from tasks.contracts.residency import Residency
from tasks.jobs import claims
from tasks.jobs.fleet_values import Took
from tasks.jobs.values import Word
from tests.workers.residency.rig import BROKEN, NO_ROOM, Rig, fleet
from workers.residency import telling
from workers.residency.keeper import BID_MOST_S, wait_s
from workers.residency.strategies import following
from workers.residency.view import Load, Mode

SIZES = {"a": 4.0, "b": 4.0, "c": 4.0}


@pytest.fixture
def rig(tmp_path):
    return Rig(tmp_path, fleet(SIZES, 8.0))


def filled(rig, *slugs):
    """Have these models held, the first one unused for longest."""
    for slug in slugs:
        rig.ledger.wait(slug)
        rig.go(4)
        del rig.ledger.demands[slug]
        rig.go(2)
    assert rig.serving == sorted(slugs)
    rig.ledger.said.clear()


def test_a_model_that_people_wait_for_is_claimed_loaded_and_served(rig):
    rig.ledger.wait("a")
    rig.go(1)
    assert (rig.claims(), rig.serving) == ([("a", ())], [])
    rig.go(3)
    assert rig.serving == ["a"]
    assert rig.done() == [("a", True, "")]


def test_small_models_stay_side_by_side(rig):
    filled(rig, "a", "b")
    assert rig.memory.resident.keys() == {"a", "b"}


def test_the_least_recently_used_idle_model_makes_room_and_memory_is_never_taken_twice(rig):
    filled(rig, "a", "b")
    rig.ledger.busy["a"] = 1
    rig.go(1)
    rig.ledger.busy.clear()
    rig.go(1)
    rig.ledger.wait("c")
    rig.go(5)
    assert rig.claims() == [("c", ("b",))]
    assert rig.serving == ["a", "c"]
    assert rig.memory.most_gib == 8.0


def test_a_victim_finishes_what_it_holds_before_its_memory_is_taken(rig):
    filled(rig, "a")
    rig.ledger.busy["a"] = 1
    rig.mover.load("c", ["a"])
    rig.go(30)
    assert rig.memory.resident.keys() == {"a"}, "it is still at work"
    assert rig.serving == [], "and begins nothing"
    rig.ledger.busy.clear()
    rig.go(3)
    assert (rig.serving, rig.memory.resident.keys()) == (["c"], {"c"})


def test_a_swap_takes_as_long_as_its_victim_still_needs_and_a_load_only_what_the_engine_does(rig):
    filled(rig, "a")
    rig.ledger.busy["a"] = 1
    rig.mover.load("c", ["a"])
    rig.go(30)
    rig.ledger.busy.clear()
    rig.go(3)
    load_s, whole_s = rig.ledger.took_s["c"]
    assert load_s < 3
    assert 30 <= whole_s < 33


def test_as_many_go_as_are_needed_and_pinned_ones_stay(tmp_path):
    rig = Rig(tmp_path, fleet({"a": 2.0, "b": 2.0, "c": 2.0, "big": 4.0}, 6.0, pins=["a"]))
    rig.go(3)
    filled(rig, "a", "b", "c")
    rig.ledger.wait("big")
    rig.go(6)
    assert rig.serving == ["a", "big"]


def test_a_model_larger_than_the_budget_is_never_tried(tmp_path):
    rig = Rig(tmp_path, fleet({"a": 4.0, "huge": 9.0}, 8.0))
    rig.ledger.wait("huge", waited_s=100.0, turn_s=1_000.0)
    rig.go(20)
    assert rig.ledger.said == []
    assert rig.presence.too_large() == ["huge"]


@pytest.mark.parametrize("word", [Took.TAKEN, Took.CHANGED, Took.FENCED])
def test_a_claim_that_is_not_ours_moves_nothing(rig, word):
    filled(rig, "a", "b")
    rig.ledger.answer = word
    rig.ledger.wait("c")
    rig.go(3)
    assert rig.claims()
    assert rig.serving == ["a", "b"]
    rig.ledger.answer = Took.OURS
    rig.go(4)
    assert "c" in rig.serving


def test_one_load_at_a_time(rig):
    rig.ledger.wait("a")
    rig.ledger.wait("b")
    rig.go(1.5)
    assert len(rig.claims()) == 1
    rig.go(6)
    assert rig.serving == ["a", "b"]


def test_a_load_that_fails_is_told_frees_its_memory_and_rests_longer_each_time(rig):
    rig.memory.failing["a"] = BROKEN
    rig.ledger.wait("a")
    rig.go(1)
    assert rig.done() == [("a", False, BROKEN.reason)]
    assert rig.memory.resident == {}
    assert rig.mover.holding.budget.free_gib == 8.0
    assert not rig.mover.loads
    rig.go(60)
    assert len(rig.claims()) == 3, "as often as is allowed"
    assert rig.mover.setbacks.by_slug["a"].gave_up
    rig.memory.failing.clear()
    rig.go(600)
    assert rig.serving == ["a"]
    assert not rig.mover.setbacks.by_slug


def test_after_a_failure_another_model_has_its_turn(rig):
    rig.memory.failing["a"] = BROKEN
    rig.ledger.wait("a", waited_s=30)
    rig.ledger.wait("b", waited_s=10)
    rig.go(8)
    assert rig.serving == ["b"]


def test_a_load_that_takes_for_ever_is_given_up(rig):
    rig.memory.load_s = 1e9
    rig.ledger.wait("a")
    rig.go(59)
    assert rig.done() == []
    rig.go(3)
    assert rig.done()[0][1] is False
    assert "not ready after 60 s" in rig.done()[0][2]


def test_a_worker_that_does_not_start_is_a_failed_load(rig):
    rig.crew.failing["a"] = BROKEN
    rig.ledger.wait("a")
    rig.go(2.7)
    assert rig.done()[0] == ("a", False, BROKEN.reason)
    assert rig.memory.resident == {}


def test_what_did_not_fit_is_known_to_be_larger(rig):
    rig.memory.failing["a"] = NO_ROOM
    rig.ledger.wait("a")
    rig.go(1)
    assert rig.catalogue.size("a").gib == 5.0
    rig.memory.failing.clear()
    rig.go(6)
    assert rig.serving == ["a"]
    assert rig.catalogue.size("a").gib == 4.0, "it fitted after all"


def test_a_victim_that_the_engine_keeps_is_served_on_and_the_load_fails(rig):
    filled(rig, "a")
    rig.memory.stuck["a"] = BROKEN
    rig.mover.load("c", ["a"])
    rig.go(4)
    assert rig.serving == ["a"]
    assert rig.done() == [("c", False, "a could not be unloaded: the file is broken")]


def test_a_file_that_is_gone_since_the_start_is_a_failed_load_and_no_end_of_the_agent(rig, monkeypatch):
    def gone(_slug):
        raise ConfigurationError("model 'a': there is no file a.gguf")

    monkeypatch.setattr(rig.catalogue, "station", gone)
    rig.ledger.wait("a")
    rig.go(1)
    assert rig.done() == [("a", False, "model 'a': there is no file a.gguf")]
    assert rig.mover.holding.by_slug == {}


def test_while_redis_is_away_loads_go_on_and_their_end_is_told_later(rig):
    rig.ledger.wait("a")
    rig.go(1)
    rig.ledger.away = True
    rig.go(5)
    assert rig.serving == ["a"]
    assert rig.done() == []
    rig.ledger.away = False
    rig.go(1)
    assert rig.done() == [("a", True, "")]


def test_an_unused_model_is_unloaded_after_its_delay_and_not_before(tmp_path):
    rig = Rig(tmp_path, fleet(SIZES, 8.0, host="unload_after_s = 300\n"))
    filled(rig, "a")
    rig.go(290, step_s=0.5)
    assert rig.serving == ["a"]
    rig.ledger.busy["a"] = 1
    rig.go(1)
    rig.ledger.busy.clear()
    rig.go(298, step_s=0.5)
    assert rig.serving == ["a"], "use resets the delay"
    rig.go(5)
    assert (rig.serving, rig.memory.resident) == ([], {})
    assert ("unhold", "a") in rig.ledger.said


def test_at_most_so_many_models_and_the_least_recently_used_goes(tmp_path):
    rig = Rig(tmp_path, fleet(dict.fromkeys("abcd", 1.0), 100.0, host="max_models = 3\n"))
    filled(rig, "a", "b", "c")
    rig.ledger.busy["a"] = 1
    rig.go(1)
    rig.ledger.busy.clear()
    rig.go(30)
    rig.ledger.wait("d")
    rig.go(6)
    assert rig.serving == ["a", "c", "d"]


def test_what_training_claims_is_made_room_for_and_stays_free_until_it_is_given_back(rig):
    filled(rig, "a", "b")
    rig.ledger.busy["b"] = 1
    rig.ledger.claimed_gib = 3.0
    rig.go(5)
    assert rig.serving == ["b"], "the one that nobody uses goes"
    told = telling.memory(rig.keeper, rig.mover, rig.presence, rig.clock.monotonic_s())
    assert claims.is_granted({"memory": told})
    assert (told["foreign"], told["free_gib"]) == ({"training": 3.0}, 1.0)
    rig.ledger.wait("a")
    rig.go(5)
    assert rig.serving == ["b"], "there is no room for it meanwhile"
    rig.ledger.claimed_gib = 0.0
    rig.go(5)
    assert rig.serving == ["a", "b"]


def test_models_in_use_stay_whatever_training_claims(rig):
    filled(rig, "a", "b")
    rig.ledger.busy = {"a": 1, "b": 1}
    rig.ledger.claimed_gib = 100.0
    rig.go(5)
    assert rig.serving == ["a", "b"]
    assert not claims.is_granted({"memory": telling.memory(rig.keeper, rig.mover, rig.presence, 0.0)})
    rig.ledger.busy.clear()
    rig.go(5)
    assert rig.serving == []
    assert claims.is_granted({"memory": telling.memory(rig.keeper, rig.mover, rig.presence, 0.0)}), (
        "it has all there is"
    )


def test_a_paused_host_keeps_its_models_and_serves_none_until_it_resumes(rig):
    filled(rig, "a", "b")
    rig.ledger.word = Word.PAUSE
    rig.ledger.wait("c")
    rig.go(5)
    assert (rig.serving, rig.memory.resident.keys(), rig.claims()) == ([], {"a", "b"}, [])
    del rig.ledger.demands["c"]
    rig.ledger.word = Word.RUN
    rig.go(2)
    assert rig.serving == ["a", "b"]


def test_a_drained_host_gives_its_memory_back_once_it_has_finished(rig):
    filled(rig, "a", "b")
    rig.ledger.busy["a"] = 1
    rig.ledger.word = Word.DRAIN
    rig.go(5)
    assert (rig.serving, rig.memory.resident.keys()) == ([], {"a"})
    rig.ledger.busy.clear()
    rig.go(1)
    assert rig.memory.resident == {}


def test_an_engine_that_keeps_dying_is_let_go_and_tried_later(rig):
    filled(rig, "a")
    rig.memory.lost_ones["a"] = NO_ROOM
    rig.go(0.2)
    assert rig.serving == []
    rig.memory.lost_ones.clear()
    rig.ledger.wait("a")
    rig.go(8)
    assert rig.serving == ["a"]


def test_a_starving_model_that_fits_nowhere_is_reserved_for(rig):
    filled(rig, "a", "b")
    rig.ledger.busy.update(a=1, b=1)
    for slug in "ab":
        rig.ledger.wait(slug, count=5)
    rig.ledger.wait("c", waited_s=50.0, turn_s=500.0)
    rig.go(2)
    assert ("reserve", "c") in rig.ledger.said
    assert rig.keeper.reserved == "c"


def test_the_dearer_a_load_the_longer_its_host_holds_back():
    free = Load("m", (), bid=0.5, mode=Mode.ANY, why="")
    waits = [wait_s(replace(free, bid=bid), 0.0) for bid in (0.0, 0.5, 3.0, 1_000.0)]
    assert waits == sorted(waits)
    assert waits[0] == 0.0
    assert waits[-1] == BID_MOST_S


@pytest.mark.parametrize(("told", "after_s"), [("", 300), ("[residency]\nunload_after_s = 40\n", 40)])
def test_what_came_because_somebody_asked_goes_after_the_delay_of_the_flock(tmp_path, told, after_s):
    rig = Rig(tmp_path, told + fleet(SIZES, 8.0))
    filled(rig, "a")
    rig.go(after_s - 10, step_s=0.5)
    assert rig.serving == ["a"]
    rig.go(15, step_s=0.5)
    assert (rig.serving, rig.memory.resident) == ([], {})


def test_what_was_wanted_from_the_start_or_is_its_owners_stays_until_its_room_is_needed(tmp_path):
    told = "[residency]\nunload_after_s = 40\n" + fleet(SIZES, 8.0)
    wanted, owners = Rig(tmp_path, told, preload=True), Rig(tmp_path, told, watched=True, at_once=1)
    owners.memory.load_s = 0.0
    owners.engine_lists("a")
    for rig in (wanted, owners):
        rig.go(60, step_s=0.5)
    assert (wanted.serving, owners.serving) == (["a", "b"], ["a"])


def test_a_strategy_that_changes_while_the_host_works_decides_from_the_next_look_on(tmp_path):
    told = [Fleet()]
    rig = Rig(tmp_path, fleet(SIZES, 8.0), decide=following(lambda: told[-1]))
    filled(rig, "a", "b")
    rig.ledger.wait("c", waited_s=0.1)
    rig.go(2)
    assert rig.claims() == [], "one who has just come is no reason to let a model go"
    told.append(Fleet(residency=Residency(strategy="least-loaded")))
    rig.go(5)
    assert (rig.claims(), rig.serving) == ([("c", ("a",))], ["b", "c"])


def test_a_host_that_resumes_while_an_answer_is_in_hand_serves_again_once_it_is_given(rig):
    filled(rig, "a", "b")
    rig.ledger.busy["a"] = 1
    rig.ledger.word = Word.PAUSE
    rig.go(2)
    rig.ledger.word = Word.RUN
    rig.go(2)
    assert rig.serving == ["b"]
    rig.ledger.busy.clear()
    rig.go(2)
    assert rig.serving == ["a", "b"]


def test_the_end_of_a_load_is_told_again_until_the_ledger_knows_the_host_once_more(rig):
    rig.ledger.wait("a")
    rig.go(1)
    rig.ledger.knows = False
    rig.go(5)
    assert (rig.serving, rig.done()) == (["a"], [])
    rig.ledger.knows = True
    rig.go(1)
    assert rig.done() == [("a", True, "")]


def test_a_host_that_starts_while_it_is_paused_loads_nothing(tmp_path):
    rig = Rig(tmp_path, fleet(SIZES, 8.0, pins=["c"]), preload=True)
    rig.ledger.word = Word.PAUSE
    rig.go(3)
    assert (rig.memory.resident, rig.keeper.settled) == ({}, True)
    rig.ledger.word = Word.RUN
    rig.go(4)
    assert rig.serving == ["a", "c"]


def test_a_drain_that_is_taken_back_while_an_answer_is_in_hand_brings_back_what_was_preloaded(tmp_path):
    rig = Rig(tmp_path, fleet(SIZES, 8.0), preload=True)
    rig.go(3)
    rig.ledger.busy["a"] = 1
    rig.ledger.word = Word.DRAIN
    rig.go(2)
    rig.ledger.word = Word.RUN
    rig.go(2)
    rig.ledger.busy.clear()
    rig.go(4)
    assert rig.serving == ["a", "b"]
