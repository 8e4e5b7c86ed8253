"""The trust that a worker's threads have in their engine: before each job they ask it, and each try is told to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import (
    EngineRejected,
    EngineStalled,
    EngineTruncated,
    EngineUnavailable,
    EngineWedged,
    ModelLoadFailed,
    OutOfMemory,
    RookeryError,
    WrongModel,
)
from tasks.services import Engine
from workers.engines.probe import PROBE_S, probe
from workers.health.breaker import Breaker, Limits, Permission, Standing, weight_of
from workers.health.bulletin import Bulletin
from workers.health.endings import ENGINE_STUCK, MODEL_GONE
from workers.health.pace import Lap, Pace
from workers.health.trial import EngineTrial

LOOK_AGAIN_S = 0.25  # whoever waits for the engine notices within this that the worker is to end
DEFAULT_LIMITS = Limits()
TELL_EVERY_S = 1.0  # figures; a change of standing is told at once
GONE = (EngineUnavailable, EngineStalled, EngineTruncated)  # after these the engine may be no more
NOT_THERE = (EngineRejected, ModelLoadFailed, OutOfMemory, WrongModel)  # what a server says without the model


class Herald(Protocol):
    """Passes on what becomes of the engine. Never fails, and is called outside of every lock."""

    def told(self, bulletin: Bulletin) -> None:
        """Say how it stands."""
        ...

    def tripped(self, for_s: float) -> None:
        """Say that nothing should be sent here for about so long."""
        ...

    def doubted(self) -> None:
        """Say that one job at a time may be sent here."""
        ...

    def mended(self) -> None:
        """Say that it works again."""
        ...

    def needs(self, code: int) -> None:
        """End this worker, so that its agent does what the code of `workers.health.endings` stands for."""
        ...


@dataclass(frozen=True)
class Watched:
    """What is watched, and how."""

    engine: Engine
    model: str
    limits: Limits = DEFAULT_LIMITS
    wedged_share: float = 0.05
    probe_s: float = PROBE_S
    ours: bool = False
    """The engine is a child of our agent, which can start it anew."""


class EngineTrust:
    """See `tasks.services.Trust`. Shared by all threads of a worker."""

    def __init__(
        self,
        watched: Watched,
        herald: Herald,
        ending: threading.Event,
        *,
        clock: Clock | None = None,
        chance: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._watched, self._herald, self._ending = watched, herald, ending
        self._clock, self._chance = clock or SystemClock(), chance
        self._breaker, self._pace = Breaker(), Pace()
        self._trouble = ""
        self._at_work = 0
        self._told_s = 0.0
        self._changed = threading.Condition()

    @property
    def bulletin(self) -> Bulletin:
        """How it stands."""
        pace = self._pace
        return Bulletin(
            standing=self._breaker.standing,
            failures=self._breaker.failures,
            trouble=self._trouble,
            first_token_s=pace.first_token_s,
            prefill_tokens_per_s=pace.prefill_tokens_per_s,
            decode_tokens_per_s=pace.decode_tokens_per_s,
        )

    @contextmanager
    def trial(self) -> Iterator[EngineTrial | None]:
        """Wait until the engine may be given a job, and watch over it; None when the worker is to end instead."""
        if not self._enter():
            yield None
            return
        try:
            yield EngineTrial(self._clock, self._pace, self._watched.wedged_share, self._answered, self._failed)
        finally:
            self._leave()

    def _enter(self) -> bool:
        while not self._ending.is_set():
            with self._changed:
                now_s = self._clock.monotonic_s()
                permission = self._breaker.permission(self._at_work, now_s)
                if permission is Permission.WAIT:
                    left_s = self._breaker.until_s - now_s
                    self._changed.wait(min(LOOK_AGAIN_S, left_s) if left_s > 0 else LOOK_AGAIN_S)
                    continue
                self._at_work += 1
            entered = False
            try:
                entered = permission is Permission.GO or self._is_well(permission)
            finally:  # a bug of the engine's client must not count as somebody at work for ever
                if not entered:
                    self._leave()
            if entered:
                return True
        return False

    def _leave(self) -> None:
        with self._changed:
            self._at_work -= 1
            self._changed.notify_all()

    # ------------------------------------------------------------ looking
    def _is_well(self, permission: Permission) -> bool:
        """Ask the engine whether it is there, and where there is doubt for a token."""
        began_s = self._clock.monotonic_s()
        stalled = self._trouble in (EngineStalled.__name__, EngineWedged.__name__)
        try:
            self._look()
            if permission is Permission.PROBE or stalled:
                probe(self._watched.engine, self._watched.model, self._watched.probe_s)
        except RookeryError as exc:
            self._fell(exc, max(1.0, weight_of(exc)), began_s, gone=True)
            if self._watched.ours and isinstance(exc, EngineStalled):
                self._herald.needs(ENGINE_STUCK)
            return False
        with self._changed:
            was_open = self._breaker.opened
            self._breaker = self._breaker.probed(self._watched.limits) if was_open else self._breaker.seen()
        if was_open:
            self._herald.doubted()
        self._tell(at_once=True)
        return True

    def _look(self) -> None:
        """Read anew what the server holds: it may have been restarted. Raises what the engine does."""
        engine, model = self._watched.engine, self._watched.model
        if model in engine.list_resident():
            return
        if engine.capabilities().loads:
            self._herald.needs(MODEL_GONE)
            raise ModelLoadFailed(f"model {model!r} is not in memory any more", next_step="the host loads it again")
        try:  # there are servers that answer with what they do not list
            probe(engine, model, self._watched.probe_s)
        except NOT_THERE:
            self._herald.needs(MODEL_GONE)
            raise

    # ------------------------------------------------------------ what tries came to
    def _answered(self, lap: Lap) -> None:
        with self._changed:
            before = self._breaker
            self._breaker, self._pace, self._trouble = before.answered(), self._pace.after(lap), ""
            self._changed.notify_all()
        doubted = before.standing is not Standing.TRUSTED
        if doubted:
            self._herald.mended()
        self._tell(at_once=doubted)

    def _failed(self, error: RookeryError, began_s: float, *, in_time: bool) -> None:
        weight = weight_of(error, in_time=in_time)
        if weight:
            self._fell(error, weight, began_s, gone=isinstance(error, (*GONE, *NOT_THERE)))
        if self._watched.ours and isinstance(error, EngineWedged):
            self._herald.needs(ENGINE_STUCK)

    def _fell(self, error: RookeryError, weight: float, began_s: float, *, gone: bool) -> None:
        now_s = self._clock.monotonic_s()
        with self._changed:
            before, limits = self._breaker, self._watched.limits
            self._breaker = before.failed(weight, began_s, now_s, limits, gone=gone, chance=self._chance())
            self._trouble = type(error).__name__
            after = self._breaker
            self._changed.notify_all()
        if after.openings > before.openings:
            self._herald.tripped(after.until_s - now_s)
        elif after.standing is not before.standing:
            self._herald.doubted()
        self._tell(at_once=True)

    def _tell(self, *, at_once: bool) -> None:
        now_s = self._clock.monotonic_s()
        with self._changed:
            if not at_once and now_s - self._told_s < TELL_EVERY_S:
                return
            self._told_s = now_s
        self._herald.told(self.bulletin)
