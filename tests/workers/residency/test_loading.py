"""What may follow what in a load."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.residency.loading import Begun, Failed, Failure, Gone, Loaded, Loading, Serving, Stage, advance, is_late

FAILURE = Failure("ModelLoadFailed", "broken")
CLAIMED = Loading("new", began_s=100.0)


def after(*events, load=CLAIMED):
    for at, event in enumerate(events, start=1):
        load = advance(load, event, 100.0 + at)
    return load


def test_a_load_into_free_memory_goes_straight_through():
    stages = [after(*events).stage for events in ([], [Begun()], [Begun(), Loaded()], [Begun(), Loaded(), Serving()])]
    assert stages == [Stage.CLAIMED, Stage.LOADING, Stage.STARTING, Stage.DONE]


def test_a_load_waits_for_every_victim_before_it_takes_memory():
    draining = after(Begun(frozenset("ab")), Gone("a"))
    assert (draining.stage, draining.awaited) == (Stage.DRAINING, frozenset("b"))
    assert after(Gone("c"), Loaded(), Serving(), load=draining).stage is Stage.DRAINING
    assert after(Gone("b"), load=draining).stage is Stage.LOADING


def test_load_time_is_that_of_loading_alone():
    load = after(Begun(frozenset("a")), Gone("a"), Loaded(), Serving())
    assert (load.stage, load.load_s) == (Stage.DONE, 1.0)


EVENTS = st.sampled_from([Begun(), Begun(frozenset("a")), Gone("a"), Loaded(), Serving(), Failed(FAILURE)])
ORDER = [Stage.CLAIMED, Stage.DRAINING, Stage.LOADING, Stage.STARTING, Stage.DONE, Stage.FAILED]


@given(st.lists(EVENTS, max_size=12))
def test_no_order_of_events_leads_back_or_out_of_an_end(events):
    load = CLAIMED
    for event in events:
        before, load = load, advance(load, event, 1.0)
        assert ORDER.index(load.stage) >= ORDER.index(before.stage)
        assert not before.ended or load is before
        assert (load.failure is None) == (load.stage is not Stage.FAILED)


@pytest.mark.parametrize("events", [[], [Begun(frozenset("a"))], [Begun()], [Begun(), Loaded()]])
def test_a_failure_ends_a_load_at_every_stage(events):
    load = after(*events, Failed(FAILURE))
    assert (load.stage, load.failure) == (Stage.FAILED, FAILURE)


def test_only_what_the_engine_and_the_worker_take_can_be_late():
    draining = after(Begun(frozenset("a")))
    assert not is_late(draining, 10_000.0, 60.0)
    loading = after(Begun())
    assert not is_late(loading, 161.0, 60.0)
    assert is_late(loading, 161.5, 60.0)
    assert not is_late(after(Loaded(), Serving(), load=loading), 10_000.0, 60.0)
