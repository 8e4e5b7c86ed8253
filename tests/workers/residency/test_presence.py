"""What a host holds without a claim: its start, its pins, and an engine with a mind of its own."""

from __future__ import annotations

import pytest

from tasks.jobs.fleet_values import Took
from tests.workers.residency.rig import BROKEN, Rig, fleet

SIZES = {"a": 4.0, "b": 4.0, "c": 4.0}


@pytest.fixture
def server(tmp_path):
    """A host in front of a server that loads one model at a time, and has said nothing yet."""
    return Rig(tmp_path, fleet(SIZES, 8.0), watched=True, at_once=1)


def test_at_the_start_all_is_loaded_that_fits_side_by_side_and_without_a_claim(tmp_path):
    rig = Rig(tmp_path, fleet(SIZES, 8.0), preload=True)
    rig.go(1)
    assert not rig.presence.settled
    rig.go(2)
    assert (rig.serving, rig.presence.settled) == (["a", "b"], True)
    assert rig.claims() == []
    assert [said for said in rig.ledger.said if said[0] == "hold"] == [("hold", "a"), ("hold", "b")]


def test_pinned_models_come_first_whatever_was_to_be_preloaded(tmp_path):
    rig = Rig(tmp_path, fleet(SIZES, 8.0, pins=["c"]), preload=True)
    rig.go(3)
    assert rig.serving == ["a", "c"]


def test_a_pinned_model_that_was_lost_comes_back_by_itself(tmp_path):
    rig = Rig(tmp_path, fleet(SIZES, 8.0, pins=["a"]))
    rig.go(3)
    rig.memory.lost_ones["a"] = BROKEN
    rig.go(0.2)
    assert rig.serving == []
    rig.memory.lost_ones.clear()
    rig.go(6)
    assert rig.serving == ["a"]


def test_a_start_that_fails_is_tried_as_often_as_is_allowed_and_never_counts_as_settled(tmp_path):
    rig = Rig(tmp_path, fleet({"a": 4.0}, 8.0), preload=True)
    rig.memory.failing["a"] = BROKEN
    rig.go(1)
    assert rig.mover.setbacks.by_slug["a"].count == 1
    rig.memory.failing.clear()
    rig.go(4)
    assert (rig.serving, rig.presence.settled) == (["a"], True)
    hopeless = Rig(tmp_path, fleet({"a": 4.0}, 8.0), preload=True)
    hopeless.memory.failing["a"] = BROKEN
    hopeless.go(30)
    assert (hopeless.mover.setbacks.by_slug["a"].count, hopeless.presence.settled) == (3, False)
    assert hopeless.presence.holdable() == [], "others are to have its jobs"


def test_nothing_is_decided_before_the_server_has_said_what_it_holds(server):
    server.ledger.wait("a")
    server.go(5)
    assert server.claims() == []
    server.engine_lists()
    server.go(4)
    assert server.serving == ["a"]


def test_what_a_server_holds_is_served_at_once_and_loaded_by_nobody(server):
    server.memory.load_s = 0.0
    server.engine_lists("a", sizes={"a": 4.0})
    server.go(0.5)
    assert (server.serving, server.claims()) == (["a"], [])
    assert server.catalogue.load_s("a") > 1, "that it was there says nothing of a load"


def test_a_model_that_vanished_from_a_server_is_served_no_more_and_its_jobs_find_another_way(server):
    server.memory.load_s = 0.0
    server.engine_lists("a", "b")
    server.go(1)
    server.engine_lists("b")
    server.go(0.2)
    assert server.serving == ["b"]
    assert server.mover.holding.budget.used_gib == 4.0
    server.memory.load_s = 2.0
    server.ledger.wait("a")
    server.go(5)
    assert server.serving == ["a", "b"]


def test_a_listing_from_before_a_load_ended_takes_nothing_away(server):
    server.engine_lists()
    server.ledger.wait("a")
    server.go(1)
    before = server.memory.said
    server.go(4)
    assert server.serving == ["a"]
    server.memory.said = type(before)(before.asked_s, before.names, {}, loads=True)
    server.go(1)
    assert server.serving == ["a"]


def test_what_was_just_unloaded_is_not_found_again_in_an_older_listing(server):
    server.memory.load_s = 0.0
    server.engine_lists("a")
    server.go(1)
    server.mover.let_go("a", "for the test")
    asked = server.clock.now_s
    server.go(1)
    assert server.mover.holding.by_slug == {}
    server.memory.said = type(server.memory.said)(asked, frozenset("a"), {}, loads=True)
    server.go(1)
    assert server.mover.holding.by_slug == {}


def test_what_the_owner_of_the_machine_loads_is_charged_and_idle_models_give_way(server):
    server.memory.load_s = 0.0
    server.engine_lists("a", "b", sizes={"a": 4.0, "b": 4.0})
    server.go(2)
    server.engine_lists("a", "b", "theirs", sizes={"a": 4.0, "b": 4.0, "theirs": 3.0})
    server.go(0.1)
    assert server.mover.holding.budget.free_gib == -3.0
    server.go(2)
    assert len(server.serving) == 1
    assert server.mover.holding.budget.free_gib == 1.0


def test_a_model_at_work_stays_whatever_the_owner_loads(server):
    server.memory.load_s = 0.0
    server.ledger.busy.update(a=1, b=1)
    server.engine_lists("a", "b", "theirs", sizes={"theirs": 3.0})
    server.go(5)
    assert server.serving == ["a", "b"]


def test_a_server_that_cannot_load_is_asked_for_nothing(server):
    server.memory.load_s = 0.0
    server.engine_lists("a", loads=False)
    server.ledger.wait("b")
    server.go(5)
    assert (server.serving, server.claims()) == (["a"], [])
    assert server.presence.holdable() == ["a"]


def test_a_server_that_does_not_answer_is_told_once_and_what_it_had_is_kept(server):
    server.memory.load_s = 0.0
    server.engine_lists("a")
    server.go(1)
    for _ in range(3):
        server.engine_lists(trouble="connection refused")
        server.go(0.5)
    assert server.serving == ["a"], "its worker finds out by itself, and what it holds is tried elsewhere"
    assert [line for line in server.told if "refused" in line] == ["the engine does not answer: connection refused"]
    assert (server.presence.trouble, server.presence.can_load) == ("connection refused", False)
    server.engine_lists()
    server.go(0.5)
    assert (server.serving, server.presence.trouble) == ([], "")


def test_what_failed_while_the_server_was_away_is_tried_at_once_when_it_is_back(server):
    server.engine_lists()
    server.memory.failing["a"] = BROKEN
    server.ledger.wait("a")
    server.go(30)
    assert server.mover.setbacks.by_slug["a"].gave_up
    server.engine_lists(trouble="connection refused")
    server.go(1)
    server.memory.failing.clear()
    server.engine_lists()
    server.go(4)
    assert server.serving == ["a"]


def test_a_model_that_came_by_itself_while_its_load_was_claimed_is_not_loaded_twice(server):
    server.memory.load_s = 0.0
    server.engine_lists()
    server.ledger.wait("a")
    claim = server.ledger.claim

    def meanwhile(*args, **how):
        server.mover.adopt("a")
        return claim(*args, **how)

    server.ledger.claim = meanwhile
    server.go(2)
    assert (server.serving, server.done()) == (["a"], [("a", True, "")])
    assert [line for line in server.told if line.startswith("a is")] == ["a is in memory already"]


def test_a_load_that_another_host_was_given_leaves_the_start_alone(server):
    server.ledger.answer = Took.TAKEN
    server.engine_lists()
    server.ledger.wait("a")
    server.go(3)
    assert server.mover.holding.by_slug == {}


def test_models_that_have_to_come_back_do_so_only_as_far_as_they_fit_together(tmp_path):
    rig = Rig(tmp_path, fleet({"a": 4.0, "b": 6.0}, 8.0, pins=["a", "b"]), watched=True, at_once=1)
    rig.memory.load_s = 0.5
    rig.engine_lists()
    rig.go(2)
    assert rig.serving == ["a"]
    rig.memory.resident.clear()
    rig.engine_lists()  # somebody restarted the server
    rig.go(4)
    assert rig.serving == ["a"]
    assert rig.memory.most_gib <= 8.0


def test_a_pinned_model_takes_no_room_that_is_being_made_for_another(tmp_path):
    rig = Rig(tmp_path, fleet({"a": 4.0, "b": 2.0, "big": 8.0}, 8.0, pins=["b"]))
    rig.memory.failing["b"] = BROKEN
    rig.go(0.2)
    rig.mover.load("a", claimed=False)
    rig.go(3)
    rig.ledger.busy["a"] = 1
    rig.mover.load("big", ["a"])
    rig.memory.failing.clear()
    rig.go(10)
    rig.ledger.busy.clear()
    rig.go(4)
    assert rig.memory.most_gib <= 8.0
    assert rig.serving == ["big"]


def test_a_pinned_model_that_comes_back_leaves_at_most_as_many_as_may_be(tmp_path):
    rig = Rig(tmp_path, fleet(SIZES, 100.0, host="max_models = 1\n", pins=["a"]))
    rig.memory.failing["a"] = BROKEN
    rig.go(0.2)
    rig.mover.load("b", claimed=False)
    rig.ledger.busy["b"] = 1
    rig.memory.failing.clear()
    rig.go(8)
    assert rig.serving == ["b"]
    rig.mover.let_go("b", "for the test")
    rig.ledger.busy.clear()
    rig.go(4)
    assert rig.serving == ["a"]


def test_an_engine_of_our_own_that_denies_its_model_is_ended_and_gives_its_memory_back(tmp_path):
    rig = Rig(tmp_path, fleet({"a": 4.0}, 8.0), preload=True)
    rig.go(3)
    rig.mover.let_go("a", "the engine has let it go", vanished=True)
    rig.go(1)
    assert rig.memory.resident == {}


def test_a_model_that_is_in_memory_and_cannot_be_served_takes_its_room_all_the_same(server):
    server.memory.failing["a"] = BROKEN
    server.engine_lists("a", sizes={"a": 3.0})
    server.go(0.2)
    assert server.mover.holding.by_slug == {}
    server.engine_lists("a", "b", sizes={"a": 3.0})
    server.go(0.2)
    assert server.mover.holding.budget.free_gib == 1.0, "three of it, four of the one that is served"
    server.memory.failing.clear()
    server.go(1)
    server.engine_lists("a", "b", sizes={"a": 3.0})
    server.go(4)
    assert server.serving == ["a", "b"]
    assert server.mover.holding.budget.free_gib == 0.0, "it is counted once"
