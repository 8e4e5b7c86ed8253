"""The scheduler of the emulated Ollama: which models are in memory, who may use them, and who goes for whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.engines.frame import STEP_S, Call, Stock
from tests.emulators.engines.memory import Memory

FOR_EVER_S = 9.2e9  # Go's longest duration, some 290 years
DEFAULT_KEEP_S = 300.0
DEFAULT_CONTEXT = 4096


@dataclass(frozen=True)
class Quirks:
    """What Ollama does. The first six are its habits; the rest is what can go wrong.

    From 0.34.1 on it makes no models with adapters, and goes on running those that were made before.
    """

    ignores_keep_alive_on_v1: bool = True
    reloads_for_another_window: bool = True
    one_load_at_a_time: bool = True
    finishes_before_it_unloads: bool = True
    omits_zero_counts: bool = True
    cuts_long_prompts: bool = True
    thinks: bool = False
    answers_as_another: bool = False
    load_fails: bool = False
    loads_forever: bool = False
    too_little_memory: bool = False
    too_many_wait: bool = False
    ends_in_the_middle: bool = False
    takes_no_adapters: bool = False


@dataclass
class Runner:
    """A model in memory, or on its way there."""

    stock: Stock
    window: int
    keep_s: float
    users: int = 0
    loading: bool = True
    leaving: bool = False
    idle_since_s: float = field(default_factory=time.monotonic)


class Refusal(Exception):
    """An answer that is none."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Scheduler:
    """Loads one model at a time, and has everybody else wait who needs a load."""

    def __init__(
        self, quirks: Quirks, memory: Memory, parallel: int, most_loaded: int, starts: Callable[[Stock], bool]
    ) -> None:
        """`starts` says whether the runner of a model comes up."""
        self.runners: dict[str, Runner] = {}
        self.loads: list[tuple[str, int]] = []
        self._quirks, self._memory = quirks, memory
        self._parallel, self._most_loaded, self._starts = parallel, most_loaded, starts
        self._turn = threading.Condition()

    def running(self) -> list[Runner]:
        """Return what is in memory, whoever stays longest first."""
        with self._turn:
            self._expire()
            there = [runner for runner in self.runners.values() if not runner.loading]
        return sorted(there, key=lambda runner: -runner.keep_s)

    def take(self, call: Call, stock: Stock, body: Mapping[str, Any], keep_s: float | None) -> Runner:
        """Return the runner of a model, with a place in it; loads it, and makes room, if need be."""
        if self._quirks.too_many_wait:
            raise Refusal(503, "server busy, please try again.  maximum pending requests exceeded")
        window = int(body.get("options", {}).get("num_ctx", DEFAULT_CONTEXT))
        with self._turn:
            while True:
                self._expire()
                runner = self.runners.get(stock.name)
                usable = (
                    runner is not None
                    and not runner.leaving
                    and runner.stock == stock
                    and (runner.window == window or not self._quirks.reloads_for_another_window)
                )
                if runner is not None and usable and not runner.loading and runner.users < self._parallel:
                    break
                if not usable and not self._is_loading():
                    self._load(call, stock, window)
                else:
                    self._wait(call)
            runner.users += 1
            runner.keep_s = runner.keep_s if keep_s is None else keep_s
            return runner

    def give_back(self, runner: Runner) -> None:
        """Leave a runner; it goes when it was to go."""
        with self._turn:
            runner.users -= 1
            runner.idle_since_s = time.monotonic()
            self._expire()
            self._turn.notify_all()

    def expire_soon(self, stock: Stock) -> None:
        """Unload a model once nobody uses it."""
        with self._turn:
            if (runner := self.runners.get(stock.name)) is not None:
                runner.leaving = True
                runner.keep_s = 0.0
                if not self._quirks.finishes_before_it_unloads:
                    runner.users = 0
                self._expire()

    def _load(self, call: Call, stock: Stock, window: int) -> None:
        """Load a model while nobody else may; `_turn` is given up meanwhile."""
        runner = Runner(stock, window, DEFAULT_KEEP_S)
        self._make_room(call, stock, window)
        self.loads.append((stock.name, window))
        if not self._memory.take(stock.name, stock.size_gib):
            size, left = stock.size_gib, self._memory.free_gib
            words = f"model requires more system memory ({size:.1f} GiB) than is available ({left:.1f} GiB)"
            raise Refusal(500, words)
        self.runners[stock.name] = runner
        done = False
        try:
            self._let_go(lambda: call.pause(FOR_EVER_S if self._quirks.loads_forever else stock.load_s))
            done = not self._quirks.load_fails and self._starts(stock)
        finally:
            runner.loading = False
            if not done:
                self._drop(runner)
            self._turn.notify_all()
        if not done:
            raise Refusal(500, "llama runner process has terminated: error loading model: missing tensor 'output'")

    def _make_room(self, call: Call, stock: Stock, window: int) -> None:
        while True:
            self._expire()
            same = self.runners.get(stock.name)
            short = len(self.runners) >= self._most_loaded or (
                stock.size_gib > self._memory.free_gib and bool(self.runners)
            )
            if same is None and not short:
                return
            victim = same or min(self.runners.values(), key=lambda each: (each.users > 0, each.keep_s, each.stock.name))
            victim.leaving, victim.keep_s = True, 0.0
            if victim.users:
                self._wait(call)

    def _is_loading(self) -> bool:
        return self._quirks.one_load_at_a_time and any(runner.loading for runner in self.runners.values())

    def _expire(self) -> None:
        now_s = time.monotonic()
        for runner in list(self.runners.values()):
            if not runner.users and not runner.loading and now_s >= runner.idle_since_s + runner.keep_s:
                self._drop(runner)

    def _drop(self, runner: Runner) -> None:
        self.runners.pop(runner.stock.name, None)
        self._memory.free(runner.stock.name)

    def _wait(self, call: Call) -> None:
        self._turn.wait(STEP_S)
        call.check()

    def _let_go(self, act: Callable[[], None]) -> None:
        self._turn.release()
        try:
            act()
        finally:
            self._turn.acquire()
