"""Who dies, and when: at points chosen by chance, or at any moment."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

from bots.delivery.rounds import PLACEHOLDERS_AT_ONCE
from tasks.jobs.crashpoints import POINTS, SHOWING_POINTS
from tests.faults.alongside import Alongside
from tests.faults.house import BOT, House, kill

BOT_POINTS = ("submitted", "delivery.begun", "delivery.sent", "delivery.recorded", *SHOWING_POINTS)
WORKER_POINTS = tuple(point for point in POINTS if point not in BOT_POINTS)
BETWEEN = ("placeholder.sent", "delivery.sent")  # the post is out, and nobody has written that down
CRASHES = 75  # of the bot, and as many of workers
LONG_S = 60.0  # that a machine which is busy otherwise may have more for all of them to die
LOOK_S = 0.5
# Placeholders that the death of a bot may leave behind, on average: a bot that is killed once a second does little but
# catch up, and 75 kills at any moment left ten of them on Telegram (0.13), three by webhooks. What is aimed at the
# moment between a post and its record leaves one each time, and perhaps the other one that is out.
LEFT_BEHIND = 0.2
UNSEEN_S = 3.0  # after which nobody seems to come by a point


class Crashes(Alongside):
    """Has somebody die at points drawn by chance, each as often as the others, over and over; `died` counts them."""

    def __init__(
        self, house: House, points: Sequence[str], chance: random.Random, *, most: int = CRASHES, pause_s: float = 0.0
    ) -> None:
        super().__init__()
        self._house, self._points, self._chance = house, points, chance
        self._most, self._pause_s = most, pause_s
        self.died: Counter[str] = Counter()

    @property
    def over(self) -> bool:
        """Whether enough have died."""
        return self.died.total() >= self._most

    def _run(self) -> None:
        round_: list[str] = []
        while not self._stop.is_set() and not self.over:
            round_ = round_ or self._chance.sample(self._points, len(self._points))
            point = round_.pop()
            self._house.arm(point)
            give_up_s = time.monotonic() + UNSEEN_S
            while self._house.armed(point) and time.monotonic() < give_up_s and not self._stop.wait(0.01):
                pass
            if self._house.armed(point):
                (self._house.crash_dir / point).unlink(missing_ok=True)
            else:
                self.died[point] += 1
                self._stop.wait(self._pause_s)


def most_left_behind(died: Counter[str]) -> float:
    """Return how many placeholders may be left behind by a bot that died at these points."""
    return PLACEHOLDERS_AT_ONCE * sum(died[point] for point in BETWEEN) + LEFT_BEHIND * died.total()


def await_deaths(*crashes: Crashes, answered: Callable[[], bool]) -> None:
    """Wait until enough have died, while there is something left to die of."""
    give_up_s = time.monotonic() + LONG_S
    while not all(each.over for each in crashes) and not answered() and time.monotonic() < give_up_s:
        time.sleep(LOOK_S)


class Kills(Alongside):
    """Kills the bot and workers at any moment, whatever they are doing."""

    def __init__(self, house: House, chance: random.Random, pause_s: tuple[float, float], most: int) -> None:
        super().__init__()
        self._house, self._chance, self._pause_s, self._most = house, chance, pause_s, most
        self.died: Counter[str] = Counter()

    def _run(self) -> None:
        while self.died.total() < self._most and not self._stop.wait(self._chance.uniform(*self._pause_s)):
            who = self._chance.choice((BOT, "worker"))
            bot = self._house.pid(BOT)
            victims = self._house.workers() if who == "worker" else [bot] if bot is not None else []
            if victims and kill(self._chance.choice(victims)):
                self.died[who] += 1
