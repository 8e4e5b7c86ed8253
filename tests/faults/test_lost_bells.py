"""Bells get lost on the way; the sweeper rings again for what nobody heard."""

from __future__ import annotations

import contextlib
import time

import pytest
import redis

from tasks.contracts.jobs import Outcome
from tasks.contracts.queues import model_queue
from tasks.jobs.sweeper import LOOK_EVERY_S
from tests.faults.alongside import Alongside
from tests.faults.house import House, until
from tests.faults.invariants import check
from tests.faults.load import Talk
from tests.faults.settings import MODEL, PATIENT_S

pytestmark = pytest.mark.faults
QUEUE = model_queue(MODEL)
KEEPS_ONE_IN = 2  # of those that it gets: three workers wait beside it, so that is about a tenth of all
LEAST_STOLEN, LEAST_SHARE = 8, 0.05
THEFT_S = 60.0
WAIT_S = 2.0  # longer than workers that stay at the queue listen at a time: whoever waits longest hears the next bell
NOBODY, FOR_LONG_S = "nobody", 60


class Thief(Alongside):
    """Waits for bells like a worker, and keeps some."""

    def __init__(self, url: str, keeps_one_in: int) -> None:
        super().__init__()
        self._url, self._keeps_one_in = url, keeps_one_in
        self.stolen = self.heard = 0

    def _run(self) -> None:
        with contextlib.closing(redis.Redis.from_url(self._url)) as client:
            while not self._stop.is_set():
                taken = client.brpop([QUEUE], timeout=WAIT_S)
                if taken is None:
                    continue
                self.heard += 1
                if self.heard % self._keeps_one_in == 0:
                    self.stolen += 1
                else:
                    client.rpush(QUEUE, taken[1])


def test_a_tenth_of_all_bells_may_get_lost(house: House):
    with Talk(house.chat, deadline_s=PATIENT_S) as talk, Thief(house.redis_url, KEEPS_ONE_IN) as thief:
        until(lambda: thief.stolen >= max(LEAST_STOLEN, LEAST_SHARE * len(talk.messages)), THEFT_S)
    house.await_answers(talk.messages)
    views = check(house, talk.messages)
    assert [view.outcome for view in views] == [Outcome.REPLY] * len(views)


@pytest.mark.slow
def test_without_a_sweeper_a_lost_bell_is_never_heard(house: House):
    house.store.client.set(house.store.key("sweeper"), NOBODY, ex=FOR_LONG_S)
    with Thief(house.redis_url, keeps_one_in=1) as thief:
        message = house.chat.say("psst")
        while not thief.stolen:
            if house.await_state(message, "queued", "delivered").answered:  # a worker was before the thief
                message = house.chat.say("psst")
    time.sleep(4 * LOOK_EVERY_S)
    assert house.view(message).state == "queued"
    house.store.client.delete(house.store.key("sweeper"))
    house.await_answers([message])
    check(house, [message])
