"""People who talk at a steady rate, and somebody who kills processes meanwhile."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tasks.contracts.jobs import JobState, JobView
from tests.faults.alongside import Alongside
from tests.faults.chat import Chat, now_ms
from tests.faults.house import READY_S, REDIS, House, kill, until
from tests.faults.invariants import check
from tests.faults.judging import RECOVERS
from tests.faults.notebook import NOTEBOOK
from tests.faults.report import spread
from tests.faults.settings import DEADLINE_S, RECOVERY_S
from workers.supervision.supervise import Phase

MESSAGES_PER_S = 17.0  # a thousand a minute
SESSIONS, USERS = 40, 16
WORD_S = 0.04  # how long the fake engine takes for each of its few words
PAUSE_S = (0.0, 0.3)  # between two deaths
LAST_ONE_SHARE = 0.35  # of all deaths, at the time of which a single host may be at work
AGENT_SHARE = 0.2
LEAST_REPLIES = 0.1  # of all messages, on the busiest machine: one that only apologised would keep all other promises
TELL_EVERY = 20  # kills
LOST = ("died", "lapsed")  # why a job went back to the queue


class Talk(Alongside):
    """Says something new until the block ends; `messages` is all that was said."""

    def __init__(self, chat: Chat, *, deadline_s: float = DEADLINE_S) -> None:
        super().__init__()
        self._chat, self._deadline_s = chat, deadline_s
        self.messages: list[int] = []

    def _run(self) -> None:
        began_s = time.monotonic()
        while not self._stop.is_set():
            number = len(self.messages)
            names = {"session": f"talk{number % SESSIONS}-{id(self)}", "user": f"person{number % USERS}"}
            self.messages.append(self._chat.say(words(number), deadline_s=self._deadline_s, **names))
            self._stop.wait(max(0.0, began_s + len(self.messages) / MESSAGES_PER_S - time.monotonic()))


@dataclass
class Killer:
    """Kills a process chosen by chance, again and again."""

    chance: random.Random
    at_ms: list[int] = field(default_factory=list)

    def kill_some(self, house: House, count: int) -> None:
        """Kill `count` workers and agents, at work or not yet, mostly while two hosts are at work."""
        while len(self.at_ms) < count:
            needed = 1 if self.chance.random() < LAST_ONE_SHARE else 2
            until(lambda: sum(map(house.serves, house.hosts)) >= needed, READY_S)  # noqa: B023 (called here and now)
            time.sleep(self.chance.uniform(*PAUSE_S))
            victims = house.agents() if self.chance.random() < AGENT_SHARE else house.workers()
            if victims and kill(self.chance.choice(victims)):
                self.at_ms.append(now_ms())
                if len(self.at_ms) % TELL_EVERY == 0:
                    NOTEBOOK.progress(f"{len(self.at_ms)} of {count} kills")


def restart_redis(house: House) -> int:
    """Kill Redis, wait until it is back with all that it had, and return when it was killed, in ms."""
    killed_ms = now_ms()
    house.kill(REDIS)
    until(lambda: house.supervisor.states()[REDIS].phase is Phase.READY, READY_S)
    return killed_ms


def survive_kills(house: House, count: int) -> None:
    """Kill `count` processes while people talk, assert every promise, and note what there is to say about it."""
    seed = random.SystemRandom().getrandbits(32)
    killer = Killer(random.Random(seed))
    NOTEBOOK.page.tell(seed=seed)
    with Talk(house.chat) as talk:
        killer.kill_some(house, count)
    house.await_answers(talk.messages)
    views = check(house, talk.messages)
    outcomes = Counter(view.cause.value if view.cause else "reply" for view in views)
    NOTEBOOK.page.tell(kills=len(killer.at_ms), wait_in_ms=spread(waits_ms(house, views)), **outcomes)
    recovered_soon(recoveries_ms(views, killer.at_ms))
    assert outcomes["reply"] > LEAST_REPLIES * len(views), outcomes


def recovered_soon(took_ms: list[int]) -> None:
    """Assert that no job went without a worker for too long, and write it down."""
    late = [ms for ms in took_ms if ms > RECOVERY_S * 1000]
    NOTEBOOK.page.judge(RECOVERS, len(took_ms), len(late))
    NOTEBOOK.page.recovered(took_ms)
    assert not late


def words(number: int) -> str:
    """Return what is said as the message of this number."""
    return f"number {number} of many !slow {WORD_S}"


def recoveries_ms(views: Iterable[JobView], killed_ms: Iterable[int]) -> list[int]:
    """Return how long each job that a kill took from its worker went without a new one."""
    killed = sorted(killed_ms)
    found = []
    for view in views:
        lost_ms = 0
        for mark in view.marks:
            if mark.state is JobState.QUEUED and any(word in mark.why for word in LOST):
                lost_ms = max([at for at in killed if at <= mark.at_ms], default=mark.at_ms)
            elif mark.state is JobState.CLAIMED and lost_ms:
                found.append(mark.at_ms - lost_ms)
                lost_ms = 0
    return found


def waits_ms(house: House, views: Iterable[JobView]) -> list[int]:
    """Return how long each person waited for their answer."""
    posted = {post.job: post.at_ms for post in house.chat.posts()}
    return [posted[view.job] - view.received_ms for view in views]
