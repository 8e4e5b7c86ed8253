from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workers.residency.views import RULES, waiting
from workers.residency.usable import NOBODY, PATIENCE_MOST, usable


def test_nobody_waits_where_there_is_no_demand() -> None:
    assert usable(None, 0.0, RULES) == NOBODY
    assert usable(waiting("m"), 0.0, RULES).count == 0


def test_those_count_who_can_still_start_after_the_load() -> None:
    found = usable(waiting("m", 115.0, 50.0, 10.0, service_s=20.0), 6.0, RULES)
    assert (found.count, found.weight, found.oldest_s, found.waited_s) == (2, 2.0, 50.0, 60.0)


@pytest.mark.parametrize(("age_s", "counts"), [(95.9, True), (96.0, False)])
def test_the_last_moment_leaves_the_load_and_the_usual_time(age_s: float, counts: bool) -> None:
    assert bool(usable(waiting("m", age_s, service_s=20.0), 4.0, RULES).count) is counts


def test_the_usual_time_takes_at_most_half_of_a_life() -> None:
    assert usable(waiting("m", 59.0, service_s=900.0), 0.0, RULES).count == 1
    assert usable(waiting("m", 61.0, service_s=900.0), 0.0, RULES).count == 0


def test_a_job_weighs_as_much_less_as_it_may_wait_longer() -> None:
    found = usable(waiting("m", 600.0, 300.0, life_s=1_200.0), 0.0, RULES)
    assert (found.count, found.weight, found.waited_s) == (2, pytest.approx(0.2), pytest.approx(90.0))
    assert (found.oldest_s, found.patience) == (60.0, 10.0)
    assert not found.urgent


def test_patience_has_an_end() -> None:
    found = usable(waiting("m", 6_000.0, life_s=14_400.0), 0.0, RULES)
    assert (found.oldest_s, found.patience) == (600.0, PATIENCE_MOST)


def test_one_person_among_batch_work_makes_a_model_urgent() -> None:
    batch, chat = waiting("m", 900.0, life_s=14_400.0), waiting("m", 5.0)
    both = type(chat)("m", 2, batch.ages_s + chat.ages_s, batch.lefts_s + chat.lefts_s)
    assert usable(both, 0.0, RULES).urgent


def test_where_more_wait_than_are_looked_at_each_stands_for_several() -> None:
    crowd = replace(waiting("m", 118.0, 60.0, 20.0, service_s=10.0), count=300, stands_for=(100.0,) * 3)
    found = usable(crowd, 0.0, RULES)
    assert (found.count, found.weight, found.oldest_s, found.waited_s) == (200.0, 200.0, 60.0, 8_000.0)
