"""Turns that a model sums up: they stay until it has, and people's own words stand in where it does not."""

from __future__ import annotations

import threading

import pytest

from tasks.contracts.jobs import JobState
from tasks.contracts.queues import MEMORY
from tasks.jobs.forgetting import Tombstones
from tasks.memory.tiers import commissioning
from tasks.memory.tiers.channels import source_of
from tasks.memory.tiers.digests import EXTRACT, SUMMARY
from tasks.memory.tiers.night import OFFICE
from tasks.memory.values import Kind, Memory, Tier, Whole
from tests.tasks.memory.conftest import keep
from tests.tasks.memory.hall import Hall
from tests.tasks.memory.tiers.nights import Nights
from tests.tasks.memory.tiers.people import exchanges, reply, turn
from tests.tasks.memory.tiers.test_asking import fleet


@pytest.fixture
def nights(hall: Hall) -> Nights:
    return Nights(hall, fleet(summaries="extracts"))


@pytest.fixture
def modelled(hall: Hall) -> Nights:
    made = Nights(hall, fleet())
    made.live()
    hall.host = hall.flock.host("nest", "crow")
    keep(hall.store, *exchanges(3), *[turn(9, "It rains a lot in Ghent"), reply(9, "So it does.")])
    made.at(2)
    made.live()
    return made


def answered(nights: Nights, text: str, *, hand_back: bool = False) -> tuple[str, tuple[str, ...]]:
    """Have the host answer, and return what the continuation is told."""
    claim = nights.hall.flock.take(nights.hall.host, model="crow")
    if hand_back:
        nights.hall.flock.give_back(claim, "rejected")
    else:
        nights.hall.flock.finish(claim, text)
    assert claim.request.then is not None
    assert nights.hall.flock.hear(MEMORY)
    return claim.job, claim.request.then.args


SUMMED = "Ann: paid 7, 8 and 9 to Bob\nAnn: it rains in Ghent"


def test_a_model_sums_up_and_the_turns_stay_until_it_has(modelled: Nights) -> None:
    assert modelled.tiers() == [Tier.SHORT] * 8
    job, ids = answered(modelled, SUMMED)
    assert modelled.tiers() == [Tier.SHORT] * 8
    modelled.tidier.noted(job, ids)
    [made] = modelled.hall.remembered()
    assert (made.text, made.tags, set(made.sources)) == (SUMMED, (SUMMARY,), set(ids))
    assert modelled.hall.flock.state(job) == JobState.DELIVERED
    modelled.tidier.noted(job, ids)  # a bell that was rung twice
    assert modelled.hall.remembered() == [made]


def test_what_comes_while_somebody_else_is_at_the_memories_is_put_in_place_by_whoever_is_next(
    modelled: Nights,
) -> None:
    alone = threading.Lock()
    second = modelled.anew(alone=alone)
    modelled.hall.flock.client.delete(modelled.hall.flock.store.key("lead", OFFICE))
    job, ids = answered(modelled, SUMMED)
    with alone:
        second.noted(job, ids)
    assert modelled.tiers() == [Tier.SHORT] * 8
    second.tidy()
    assert modelled.tiers() == [Tier.WORKING]


def test_a_model_that_lost_too_much_is_refused_and_peoples_own_words_stand(modelled: Nights) -> None:
    modelled.tidier.noted(*answered(modelled, "They talked about money."))
    [made] = modelled.hall.remembered()
    assert made.tags == (EXTRACT,)
    assert "Ann: I paid 8 to Bob" in made.text


def test_a_model_that_fails_changes_nothing_and_is_asked_again_the_next_night(modelled: Nights) -> None:
    job, ids = answered(modelled, "", hand_back=True)
    modelled.tidier.noted(job, ids)
    assert modelled.tiers() == [Tier.SHORT] * 8
    assert modelled.hall.flock.state(job) == JobState.DELIVERED
    modelled.at(3)
    modelled.live()
    again, ids = answered(modelled, SUMMED)
    assert again != job
    modelled.tidier.noted(again, ids)
    assert modelled.tiers() == [Tier.WORKING]


def test_the_same_night_again_asks_nobody_twice(modelled: Nights) -> None:
    modelled.live("day")
    assert modelled.hall.flock.claim(modelled.hall.host, model="crow") is not None
    assert modelled.hall.flock.claim(modelled.hall.host, model="crow") is None


def test_after_three_nights_without_an_answer_peoples_own_words_do(modelled: Nights) -> None:
    modelled.at(4)
    modelled.live()
    assert modelled.tiers() == [Tier.SHORT] * 8
    modelled.at(5)
    modelled.live()
    assert modelled.tiers() == [Tier.WORKING]
    job, ids = answered(modelled, SUMMED)  # and what comes late finds nothing to do
    modelled.tidier.noted(job, ids)
    assert [memory.tags for memory in modelled.hall.remembered()] == [(EXTRACT,)]


def test_of_a_busy_day_so_much_is_asked_for_in_a_night_and_the_rest_the_next(
    modelled: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commissioning, "MOST_A_NIGHT", 2)
    keep(modelled.hall.store, *exchanges(20, 1, begin=40))
    modelled.at(3)
    modelled.live()
    assert modelled.hall.flock.bells("model.crow") == 3  # one of the night before
    assert modelled.tiers() == [Tier.SHORT] * 48


def test_what_was_forgotten_meanwhile_is_in_no_summary(modelled: Nights) -> None:
    job, ids = answered(modelled, SUMMED)
    modelled.hall.store.delete(Whole(), ids=[ids[0]])
    modelled.tidier.noted(job, ids)
    assert modelled.tiers() == [Tier.SHORT] * 7


# ---------------------------------------------------------------- a channel
def summary_job(nights: Nights, model: str) -> str:
    job = nights.hall.flock.submit("sum this up", model=model, persona="wren", recall=False)
    nights.hall.host = nights.hall.flock.host("nest", model)
    nights.hall.flock.finish(nights.hall.flock.take(nights.hall.host, model=model), "They ship on Friday.")
    return job


def of_channel(nights: Nights) -> list[Memory]:
    return [memory for memory in nights.hall.remembered() if memory.tenant == "api:c"]


def test_a_channel_that_was_summed_up_is_kept_with_its_sources_once(nights: Nights) -> None:
    job = summary_job(nights, "crow")
    for _ in range(2):
        nights.tidier.summarized(job, "api:c", ["m1", "m2"])
    [made] = of_channel(nights)
    assert (made.text, made.kind, made.tags, len(made.sources)) == ("They ship on Friday.", Kind.DIGEST, (SUMMARY,), 2)


def test_the_demo_models_words_are_none_so_what_was_said_stands_in(nights: Nights) -> None:
    job = summary_job(nights, "demo")
    nights.tidier.summarized(job, "api:c", ["j1"])
    assert of_channel(nights) == []
    keep(nights.hall.store, turn(1, "We ship 40 boxes.", tenant="api:c", channel="api:c", direct=False))
    nights.tidier.summarized(job, "api:c", ["j1"])
    [made] = [memory for memory in of_channel(nights) if memory.kind is Kind.DIGEST]
    assert (made.text, made.tags) == ("Ann: We ship 40 boxes.", (EXTRACT,))


def test_of_what_was_forgotten_meanwhile_no_summary_is_kept(nights: Nights) -> None:
    job = summary_job(nights, "crow")
    Tombstones(nights.hall.flock.store).bury([source_of("api:c", "m2")], nights.now_ms)
    nights.tidier.summarized(job, "api:c", ["m1", "m2"])
    assert of_channel(nights) == []
    assert nights.hall.flock.state(job) == JobState.DELIVERED
