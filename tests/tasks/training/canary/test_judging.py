"""A canary that is worse goes soon; one that is as good hardly ever does, however often it is looked at."""

from __future__ import annotations

import random

import pytest

from tasks.contracts.canary import Served
from tasks.training.canary.evidence import Tally, e_value
from tasks.training.canary.judging import FALSE_ALARMS, MOST_EACH, NEEDED, Judgement, Ruling, Sign, Trial, Wishes, judge

ENOUGH = 200
SERVED = Served(serial=2, current="20261122-aaaaaaaa", canary="20261123-bbbbbbbb", share=0.2)


def trial(at_ms: int, *, canary: bool = False, sign: Sign | None = None, liked: bool | None = None) -> Trial:
    """Make one question; `sign` is what went wrong with it."""
    disliked = True if sign is Sign.REACTIONS else (None if liked is None else not liked)
    return Trial(
        canary=canary,
        replied=sign is not Sign.NOTICES,
        broken=sign is Sign.BROKEN,
        disliked=disliked,
        answered_ms=at_ms,
        judged_ms=at_ms,
    )


def day(random_: random.Random, rates: dict[bool, dict[Sign, float]], canaries: int) -> list[Trial]:
    """Simulate the questions until a canary had so many: one in five, and one in three is judged by people."""
    told: list[Trial] = []
    while sum(one.canary for one in told) < canaries:
        canary = random_.random() < SERVED.share
        rate = rates[canary]
        at_ms = len(told)
        if random_.random() < rate.get(Sign.NOTICES, 0.01):
            told.append(trial(at_ms, canary=canary, sign=Sign.NOTICES))
            continue
        judged = random_.random() < 1 / 3
        disliked = random_.random() < rate.get(Sign.REACTIONS, 0.15)
        broken = random_.random() < rate.get(Sign.BROKEN, 0.005)
        told.append(
            Trial(
                canary=canary,
                replied=True,
                broken=broken,
                disliked=disliked if judged else None,
                answered_ms=at_ms,
                judged_ms=at_ms,
            )
        )
    return told


def ever_demoted(trials: list[Trial], looks: int = 10) -> Judgement | None:
    """Look as often as the watch does while the replies come in, and return the first look that ends it."""
    for look in range(1, looks + 1):
        found = judge(SERVED, trials[: len(trials) * look // looks], Wishes(ENOUGH + 1))
        if found.ruling is Ruling.DEMOTE:
            return found
    return None


def test_of_canaries_that_are_as_good_one_in_twenty_is_taken_away_at_most() -> None:
    random_ = random.Random(7)
    usual: dict[Sign, float] = {}
    worst = {Sign.REACTIONS: 0.4, Sign.NOTICES: 0.1, Sign.BROKEN: 0.05}
    days = 30
    for rates in (usual, worst):
        wrong = sum(ever_demoted(day(random_, {True: rates, False: rates}, ENOUGH)) is not None for _ in range(days))
        assert wrong <= FALSE_ALARMS * days


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
def test_looking_after_every_reply_raises_no_more_false_alarms(rate: float) -> None:
    random_ = random.Random(3)
    alarms, tries = 0, 100
    for _ in range(tries):
        canary = before = 0
        for replies in range(1, ENOUGH + 1):
            canary += random_.random() < rate
            before += sum(random_.random() < rate for _ in range(MOST_EACH))
            wrong = canary * MOST_EACH * replies > before * replies  # else nothing speaks against it
            if wrong and e_value(Tally(canary, replies), Tally(before, MOST_EACH * replies)) >= 1 / FALSE_ALARMS:
                alarms += 1
                break
    assert alarms <= FALSE_ALARMS * tries


@pytest.mark.parametrize(("sign", "rate"), [(Sign.REACTIONS, 0.5), (Sign.NOTICES, 0.15), (Sign.BROKEN, 0.15)])
def test_a_planted_regression_is_found_within_two_hundred_replies(sign: Sign, rate: float) -> None:
    random_ = random.Random(11)
    days = 20
    found = [ever_demoted(day(random_, {True: {sign: rate}, False: {}}, ENOUGH)) for _ in range(days)]
    caught = [one for one in found if one is not None]
    assert len(caught) >= 0.95 * days
    assert all(one.replies <= ENOUGH and one.figures[f"{sign.value}_e"] >= NEEDED for one in caught)


def test_why_it_goes_is_told_in_figures() -> None:
    told = [trial(at, canary=True, sign=Sign.BROKEN if at % 2 else None) for at in range(40)]
    told += [trial(at) for at in range(160)]
    found = judge(SERVED, told, Wishes(ENOUGH))
    assert (found.ruling, found.words) == (
        Ruling.DEMOTE,
        "50% (20 of 40) of its replies were broken, and 0% (0 of 160) of those before",
    )
    assert (found.figures["broken"], found.figures["broken_before"], found.replies) == (0.5, 0.0, 40)


def test_before_enough_replies_nothing_is_decided() -> None:
    told = [trial(at, canary=True, liked=True) for at in range(ENOUGH - 1)]
    found = judge(SERVED, told, Wishes(ENOUGH))
    assert (found.ruling, found.words) == (Ruling.WAIT, "199 of 200 replies")


def test_nothing_against_it_in_enough_replies_promotes_it() -> None:
    told = [trial(at, canary=True, liked=True if at < 5 else None) for at in range(ENOUGH)]
    found = judge(SERVED, told, Wishes(ENOUGH))
    assert (found.ruling, found.ratings) == (Ruling.PROMOTE, 5)


def test_a_persona_that_waits_for_people_waits_for_enough_of_them() -> None:
    told = [trial(at, canary=True, liked=True if at < 5 else None) for at in range(ENOUGH)]
    found = judge(SERVED, told, Wishes(ENOUGH, 30))
    assert (found.ruling, found.words) == (Ruling.WAIT, "5 of 30 ratings by people")


def test_a_machine_that_fails_both_is_held_against_neither() -> None:
    told = [trial(at, canary=at % 10 == 0, sign=Sign.NOTICES if at % 2 else None) for at in range(2_000)]
    assert judge(SERVED, told, Wishes(ENOUGH + 1)).ruling is Ruling.WAIT


def test_what_was_before_counts_only_where_nothing_else_is_answered_meanwhile() -> None:
    earlier = [Trial(False, True, False, None, at, earlier=True) for at in range(100)]
    told = [*earlier, *(trial(100 + at, canary=True, sign=Sign.BROKEN) for at in range(100))]
    assert judge(SERVED, told, Wishes(ENOUGH)).ruling is Ruling.WAIT
    assert judge(SERVED.model_copy(update={"share": 1.0}), told, Wishes(ENOUGH)).ruling is Ruling.DEMOTE


def test_one_who_judges_late_counts_when_they_do() -> None:
    """The order is that of the judgements, so what was looked at before is never another thing afterwards."""
    early = [trial(at, canary=at % 5 == 0, liked=True) for at in range(100)]
    late = Trial(canary=True, replied=True, broken=False, disliked=True, answered_ms=0, judged_ms=1_000)
    found = judge(SERVED, [late, *early], Wishes(ENOUGH))
    assert found.figures["reactions_e"] == judge(SERVED, early, Wishes(ENOUGH)).figures["reactions_e"]


@pytest.mark.parametrize(
    ("wishes", "judged", "ruling", "words"),
    [
        (Wishes(200, late="7 days"), 0, Ruling.PROMOTE, "3 replies, all that there were in 7 days; unrated by people"),
        (Wishes(200, late="7 days"), 2, Ruling.PROMOTE, "all that there were in 7 days, 2 of them judged by people"),
        (Wishes(200, 30, "7 days"), 2, Ruling.DEMOTE, "2 of 30 ratings by people after 7 days"),
        (Wishes(200, 2, "7 days"), 2, Ruling.PROMOTE, "2 of them judged by people"),
        (Wishes(200), 2, Ruling.WAIT, "3 of 200 replies"),
    ],
)
def test_what_is_tried_for_too_long_is_decided_by_what_there_is(
    wishes: Wishes, judged: int, ruling: Ruling, words: str
) -> None:
    told = [trial(number, canary=True, liked=True if number < judged else None) for number in range(3)]
    found = judge(SERVED, told, wishes)
    assert found.ruling is ruling
    assert words in found.words
