"""A message that kills every worker that reads it."""

from __future__ import annotations

import pytest

from tasks.contracts.jobs import NOTICES, Cause, Outcome
from tests.faults.house import House
from tests.faults.invariants import check

pytestmark = pytest.mark.faults
TRIES = 3
OTHERS = 8


def test_a_poisonous_message_is_given_up_and_harms_nobody_else(house: House):
    others = [house.chat.say(f"hello {number} !slow 0.1") for number in range(OTHERS // 2)]
    poison = house.chat.say("drink this !poison")
    others += [house.chat.say(f"hello {number} !slow 0.1") for number in range(OTHERS // 2, OTHERS)]
    house.await_answers([poison, *others])
    dead, *well = check(house, [poison, *others])
    # On a very busy machine its lease may lapse before the agent has seen the worker's death: a try, but no crash.
    cause = Cause.CRASHED if dead.crashes == TRIES else Cause.FAILED
    assert (dead.outcome, dead.cause, dead.text) == (Outcome.NOTICE, cause, NOTICES[cause])
    assert 0 < dead.crashes <= dead.attempts == TRIES
    assert [view.outcome for view in well] == [Outcome.REPLY] * OTHERS
