from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workers.residency.views import LONG_S, RULES, held_by, resident, view, waiting, wanted
from workers.residency.policy import decide
from workers.residency.view import Candidate, Decision, HostView, Load, Mode, Reserve, ResidentState

HOUR_S = 3_600.0


def loaded(decision: Decision) -> Load:
    assert isinstance(decision, Load), decision
    return decision


def decided(*candidates: Candidate, over: HostView) -> Decision:
    return decide(replace(over, candidates=candidates), RULES)


FREE = view()
IDLE = view(resident("old", 20.0))
FULL = view(resident("used", 20.0, busy=2, ready_for_s=10.0))


def test_nobody_waits_and_nothing_happens() -> None:
    assert decided(over=IDLE) is None


def test_a_model_that_people_wait_for_comes_into_free_memory_at_once() -> None:
    load = loaded(decided(wanted("new", 0.0), over=FREE))
    assert (load.slug, load.evict, load.mode) == ("new", (), Mode.ANY)
    assert load.why == "1 waits for it, up to 0 s; it fits into free memory"


def test_nothing_is_begun_while_a_load_is_under_way() -> None:
    assert decided(wanted("new", 50.0), over=replace(FREE, loading=True)) is None


def test_a_model_larger_than_the_host_is_never_loaded_there() -> None:
    assert decided(wanted("vast", 90.0, size_gib=25.0, turn_s=HOUR_S), over=FREE) is None


def test_who_waits_longest_goes_first() -> None:
    assert loaded(decided(wanted("young", 3.0), wanted("old", 5.0), over=FREE)).slug == "old"


# ---------------------------------------------------------------- over idle models
@pytest.mark.parametrize(("ages_s", "swaps"), [((1.0,), False), ((15.0,), False), ((16.5,), True), ((6.0,) * 3, True)])
def test_an_idle_model_goes_once_the_waiting_has_paid_for_its_reload(ages_s: tuple[float, ...], swaps: bool) -> None:
    fresh = view(resident("old", 20.0, unused_for_s=0.0))  # worth its 4 s of loading, four times over
    decision = decided(wanted("new", *ages_s), over=fresh)
    assert (decision is not None) == swaps
    if swaps:
        assert loaded(decision).evict == ("old",)


def test_the_longer_a_model_is_unused_the_sooner_it_goes() -> None:
    assert decided(wanted("new", 5.0), over=view(resident("old", 20.0, unused_for_s=0.0))) is None
    assert decided(wanted("new", 5.0), over=view(resident("old", 20.0, unused_for_s=120.0))) is not None


def test_no_more_goes_than_has_to() -> None:
    full = view(resident("a", 4.0), resident("b", 9.0), resident("c", 11.0, unused_for_s=0.0))
    assert loaded(decided(wanted("new", 50.0, size_gib=9.0), over=full)).evict == ("b",)


def test_as_many_go_as_have_to() -> None:
    full = view(*(resident(slug, 6.0) for slug in "abcd"))
    assert len(loaded(decided(wanted("new", 50.0, size_gib=17.0), over=full)).evict) == 3


def test_what_another_host_holds_too_goes_first() -> None:
    full = view(resident("only", 12.0, unused_for_s=60.0), resident("copy", 12.0, unused_for_s=30.0, copies=2))
    assert loaded(decided(wanted("new", 50.0), over=full)).evict == ("copy",)


@pytest.mark.parametrize(
    "kept", [{"pinned": True}, {"state": ResidentState.LOADING}, {"state": ResidentState.DRAINING}]
)
def test_what_is_pinned_comes_or_goes_already_is_no_victim(kept: dict[str, bool]) -> None:
    assert decided(wanted("new", 119.0), over=view(resident("kept", 20.0, **kept))) is None


def test_a_place_under_max_models_is_made_too() -> None:
    roomy = view(resident("a", 2.0, unused_for_s=600.0), resident("b", 2.0), max_models=2)
    assert loaded(decided(wanted("new", 50.0), over=roomy)).evict == ("b",)
    assert loaded(decided(wanted("new", 50.0), over=replace(roomy, max_models=3))).evict == ()


def test_memory_that_somebody_else_took_is_not_there() -> None:
    squeezed = view(resident("old", 12.0), memory_gib=24.0, free_gib=-4.0)
    assert decided(wanted("new", 119.0, size_gib=9.0), over=squeezed) is None
    assert loaded(decided(wanted("new", 50.0, size_gib=8.0), over=squeezed)).evict == ("old",)


# ---------------------------------------------------------------- over models in use
def test_a_model_in_use_stays_until_somebody_has_waited_too_long() -> None:
    settled = view(resident("used", 20.0, busy=1))
    assert decided(wanted("new", RULES.aging_s - 1), over=settled) is None
    load = loaded(decided(wanted("new", RULES.aging_s + 1), over=settled))
    assert load.evict == ("used",)
    assert load.bid >= 1000
    assert "it has waited long enough" in load.why


def test_a_model_in_use_stays_for_its_minimum_residence() -> None:
    def used(ready_for_s: float) -> HostView:
        return view(resident("used", 20.0, busy=1, ready_for_s=ready_for_s))

    residence_s = RULES.residence_loads * 4.0
    assert decided(wanted("new", 70.0), over=used(residence_s - 1)) is None
    assert decided(wanted("new", 70.0), over=used(residence_s + 1)) is not None


@pytest.mark.parametrize(("waits", "swaps"), [(1, False), (2, True), (3, True)])
def test_a_model_in_use_goes_only_for_one_that_at_least_as_many_wait_for(waits: int, swaps: bool) -> None:
    settled = view(resident("used", 20.0, busy=4, demand=waiting("used", 9.0, 5.0)))
    decision = decided(wanted("new", *(70.0 for _ in range(waits))), over=settled)
    assert (decision is not None) == swaps


def test_among_models_in_use_the_one_that_fewest_wait_for_goes() -> None:
    settled = view(
        resident("much", 12.0, busy=4, demand=waiting("much", 9.0, 8.0, 7.0)),
        resident("little", 12.0, busy=4, demand=waiting("little", 9.0)),
    )
    assert loaded(decided(wanted("new", 70.0, 60.0, 50.0), over=settled)).evict == ("little",)


def test_who_can_no_longer_be_answered_in_time_counts_for_nothing() -> None:
    assert decided(wanted("new", 117.0), over=FREE) is None  # 3 s are left, and loading takes 4
    assert decided(wanted("new", 90.0, service_s=30.0), over=FREE) is None
    assert decided(wanted("new", 85.0, service_s=30.0), over=FREE) is not None


def test_a_usual_time_that_is_far_too_long_does_not_stop_a_model_for_good() -> None:
    assert decided(wanted("new", 40.0, service_s=1_000.0), over=FREE) is not None


# ---------------------------------------------------------------- further copies
def test_what_another_host_holds_is_not_loaded_while_that_host_will_do() -> None:
    assert decided(wanted("hot", 50.0, 40.0, service_s=4.0, holders=held_by("forge")), over=FREE) is None


def test_nothing_is_loaded_twice_at_a_time() -> None:
    crowd = [50.0] * 40
    assert decided(wanted("hot", *crowd, holders=held_by("forge", ready=False)), over=FREE) is None
    assert decided(wanted("hot", *crowd, holders=held_by("forge")), over=FREE) is not None


def test_a_copy_takes_no_last_copy_unless_the_crowd_is_large() -> None:
    last, spare = view(resident("last", 20.0)), view(resident("spare", 20.0, copies=2))

    def hot(count: int) -> Candidate:
        return wanted("hot", *[50.0] * count, service_s=4.0, holders=held_by("forge"))

    assert decided(hot(8), over=last) is None
    assert loaded(decided(hot(8), over=spare)).mode is Mode.COPIES
    assert loaded(decided(hot(16), over=last)).mode is Mode.ANY


# ---------------------------------------------------------------- models that starve
def test_a_model_that_starves_goes_before_who_waits_longer() -> None:
    starving = wanted("tail", 3.0, turn_s=RULES.starving_after_s + 1)
    assert loaded(decided(wanted("head", 80.0), starving, over=FREE)).slug == "tail"


def test_a_model_that_starves_needs_no_backlog_and_only_a_quarter_of_a_deadline() -> None:
    crowd = waiting("used", *[50.0] * 9)
    starving = wanted("tail", 3.0, turn_s=RULES.starving_after_s + 1)
    fresh = view(resident("used", 20.0, busy=4, ready_for_s=29.0, demand=crowd))
    due = view(resident("used", 20.0, busy=4, ready_for_s=31.0, demand=crowd))
    assert decided(starving, over=fresh) == Reserve("tail", 1.0)
    assert loaded(decided(starving, over=due)).evict == ("used",)


def test_a_host_that_keeps_its_next_load_begins_no_other() -> None:
    reserved = replace(FREE, reserved="tail")
    assert decided(wanted("head", 80.0), over=reserved) is None
    assert loaded(decided(wanted("head", 80.0), wanted("tail", 1.0), over=reserved)).slug == "tail"


def test_one_host_keeps_its_load_for_it_and_the_others_go_on() -> None:
    tail = wanted("tail", 3.0, size_gib=20.0, turn_s=HOUR_S, reserved_by="forge")
    half = view(resident("used", 12.0, busy=4, ready_for_s=5.0))
    assert loaded(decided(tail, wanted("small", 1.0), over=half)).slug == "small"


def test_no_load_is_kept_where_pinned_models_leave_no_room() -> None:
    tail = wanted("tail", 3.0, size_gib=20.0, turn_s=HOUR_S)
    assert decided(tail, over=view(resident("pinned", 12.0, pinned=True))) is None


def test_a_model_that_is_held_somewhere_does_not_starve() -> None:
    held = wanted("held", 3.0, turn_s=HOUR_S, holders=held_by("forge"))
    assert decided(held, over=FULL) is None


# ---------------------------------------------------------------- which host goes first
def test_free_memory_bids_before_idle_memory_before_memory_in_use() -> None:
    new = wanted("new", 70.0)
    hosts = [FREE, view(resident("old", 20.0)), view(resident("used", 20.0, busy=1))]
    bids = [loaded(decided(new, over=host)).bid for host in hosts]
    assert bids == sorted(bids)
    assert bids[0] < 1 <= bids[1] < 1000 <= bids[2]


def test_a_fast_host_with_free_memory_goes_before_a_slow_one() -> None:
    fast, slow = replace(FREE, reads_gib_s=1_400.0), replace(FREE, reads_gib_s=600.0)
    assert loaded(decided(wanted("new", 1.0), over=fast)).bid < loaded(decided(wanted("new", 1.0), over=slow)).bid


# ---------------------------------------------------------------- work that is in no hurry
def test_batch_work_rides_what_is_there_and_forces_no_swap_early() -> None:
    batch = wanted("batch", *[300.0] * 50, life_s=14_400.0)
    assert decided(batch, over=view(resident("used", 20.0, busy=1))) is None
    assert decided(batch, over=FREE) is not None


def test_batch_work_has_its_turn_too() -> None:
    used = view(resident("used", 20.0, busy=1, ready_for_s=LONG_S))
    batch = wanted("batch", 700.0, life_s=14_400.0)
    assert loaded(decided(batch, over=used)).evict == ("used",)


def test_a_crowd_of_batch_work_holds_no_place_against_a_person() -> None:
    batch = waiting("batch", *[3_000.0] * 60, life_s=14_400.0)
    fresh = view(resident("batch", 20.0, busy=1, ready_for_s=1.0, demand=batch))
    assert decided(wanted("chat", 9.0), over=fresh) is None  # its reload is not paid for yet
    assert loaded(decided(wanted("chat", 9.0, 8.0), over=fresh)).evict == ("batch",)
    assert decided(wanted("other", *[500.0] * 60, life_s=14_400.0), over=fresh) is None


def test_what_nobody_can_be_answered_in_time_by_is_no_reason_to_think_them_patient() -> None:
    hopeless = view(resident("used", 20.0, busy=1, ready_for_s=1.0, demand=waiting("used", 119.0, service_s=20.0)))
    assert decided(wanted("chat", 30.0), over=hopeless) is None
