from __future__ import annotations

import pytest

from bots.reception import limits
from tasks.contracts.fleet import parse
from tasks.jobs.quotas import Admission, Charge
from tests.bots.reception.counter import heard

FLEET = parse({"limits": {"user_minute": 3, "channel_hour": 50, "persona_day": 9}}, "test")


def test_a_message_counts_against_whatever_is_bounded() -> None:
    persona = FLEET.personas[0].model_copy(update={"per_minute": 2})
    assert limits.charges(heard(chat="12", parent="10"), persona, FLEET) == (
        Charge("user:discord:7", minute=3),
        Charge("channel:discord:10", hour=50),
        Charge("persona:rookery", minute=2, day=9),
    )
    assert limits.charges(heard(), FLEET.personas[0], parse({}, "test")) == ()


@pytest.mark.parametrize(
    ("charge", "said"),
    [
        (Charge("user:discord:7", minute=3), "You have had your 3 answers of this minute. Please ask again in 20 s."),
        (Charge("channel:discord:1", minute=4), "This channel has had its 4 answers of this minute."),
        (Charge("persona:Ada", minute=5), "Ada has given all of its 5 answers of this minute."),
        (Charge("all", minute=6), "I have given all of my 6 answers of this minute."),
    ],
)
def test_who_has_to_wait_is_told_for_what_and_for_how_long(charge: Charge, said: str) -> None:
    assert limits.refusal(Admission(False, charge.scope, "minute", 0, 19_001), (charge,)).startswith(said)


def test_what_is_left_is_told() -> None:
    assert limits.left(Admission(True)) == "You may ask as much as you like."
    assert limits.left(Admission(True, "all", "hour", 2)) == "You may ask 2 more this hour."
    assert limits.left(Admission(False, "all", "day", 0, 7_200_001)) == "You may ask again in 3 h."
