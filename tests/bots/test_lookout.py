from __future__ import annotations

import asyncio
from typing import Any

from bots.lookout import FRESH_S, UNKNOWN, Lookout, Prospect, prospect_of
from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.jobs import JobState, JobView
from tasks.jobs.values import HostSeen, Status


def holding(state: str, *, live: bool = True, name: str = "home", model: str = "Big One") -> HostSeen:
    return HostSeen(name, live, 1, {"models": [{"name": model, "slug": "big-one", "state": state}]})


def status(*hosts: HostSeen) -> Status:
    return Status(now_ms=1, heartbeat_ms=0, live=0, dead=0, backlogs=(), hosts=hosts)


class Ledger:
    """Says what it is told to, and counts who asks."""

    def __init__(self, *answers: Status | None) -> None:
        self.answers, self.asked = list(answers), 0

    async def run(self, _move: Any) -> Status:
        self.asked += 1
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if answer is None:
            raise StoreUnavailable("away")
        return answer


def test_a_job_may_hope_for_hosts_that_live_and_know_its_model() -> None:
    assert prospect_of("Big One", ()) == UNKNOWN
    assert prospect_of("Big One", (holding("starting"),)) == Prospect(loading="home")
    assert prospect_of("Big One", (holding("waiting"), holding("ready", name="attic"))) == Prospect("home", ready=True)
    assert prospect_of("Big One", (holding("starting", live=False), holding("stopping"))) == UNKNOWN
    assert prospect_of("other", (holding("ready"),)) == UNKNOWN


def test_many_who_ask_at_once_look_once_and_again_when_it_has_aged() -> None:
    ledger, clock = Ledger(status(), status(holding("ready")), None), ManualClock()

    async def scene() -> None:
        lookout = Lookout(ledger, clock)  # type: ignore[arg-type]
        assert await asyncio.gather(*(lookout.status() for _ in range(5))) == [status()] * 5
        clock.sleep(FRESH_S)
        assert await lookout.status() == status(holding("ready"))
        clock.sleep(FRESH_S)
        assert await lookout.status() is None, "Redis is away, and what was seen before no longer counts"

    asyncio.run(scene())
    assert ledger.asked == 3


def test_only_for_who_waits_for_a_host_is_there_anything_to_see() -> None:
    ledger = Ledger(status(holding("starting")))
    views = [JobView(job="j", state=state, fence=1, model="Big One", session="s") for state in JobState]

    async def scene() -> None:
        lookout = Lookout(ledger, ManualClock())  # type: ignore[arg-type]
        seen = {view.state: await lookout.prospect(view) for view in views}
        assert seen.pop(JobState.QUEUED) == Prospect(loading="home")
        assert set(seen.values()) == {UNKNOWN}

    asyncio.run(scene())
