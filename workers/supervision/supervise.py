"""Keeps child processes running: starts them in order, restarts the dead with a backoff, leaves nothing behind."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import ConfigurationError, ProcessFailed
from workers.supervision.child import NOT_STARTED, Child, ChildSpec
from workers.supervision.childlog import ChildLog, log_path
from workers.supervision.childstate import ChildState, Phase, Slot, backoff_s, failures_after, obituary, state_of
from workers.supervision.forking import Forkserver

__all__ = ["ChildSpec", "ChildState", "Phase", "Supervisor"]

#: How often the children are looked at.
TICK_S = 0.05
#: A child that cannot be asked whether it is ready is so once it has lived for this long.
SETTLED_S = 0.3
#: How many deaths before it was ever ready make an essential child a reason to give up.
STARTUP_TRIES = 3


class Supervisor:
    """Children by name, in the order in which they were added.

    Nothing happens between two ticks: either call `tick` often or give a thread to `run`. All methods may be called
    from any thread. The callbacks are called outside the lock, from the thread that ticks.
    """

    def __init__(
        self,
        specs: Iterable[ChildSpec] = (),
        *,
        log_dir: Path,
        clock: Clock | None = None,
        on_ready: Callable[[str, float], None] = lambda _name, _seconds: None,
        on_exit: Callable[[str, int], None] = lambda _name, _code: None,
        jitter: Callable[[], float] | None = None,
        forkserver: Forkserver | None = None,
    ) -> None:
        self._log_dir, self._clock = log_dir, clock or SystemClock()
        self._jitter, self._forkserver = jitter or random.SystemRandom().random, forkserver
        self._on_ready, self._on_exit = on_ready, on_exit
        self._lock = threading.RLock()
        self._slots: dict[str, Slot] = {}
        self._closing = self._hurried = False
        for spec in specs:
            self.add(spec)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start every child that needs no other; the rest follow as the ticks go by."""
        self._closing = self._hurried = False
        self.tick()

    def add(self, spec: ChildSpec) -> None:
        """Take in a child, to be started by the next tick.

        Raises ConfigurationError when the name is in use; one that is being removed is replaced as soon as it is gone.
        """
        with self._lock:
            slot = self._slots.get(spec.name)
            if slot is None:
                log = ChildLog(spec.name, spec.log_file or log_path(self._log_dir, spec.name))
                self._slots[spec.name] = Slot(spec, log)
            elif slot.phase is Phase.STOPPING and slot.then is None:
                slot.then = spec
            else:
                raise ConfigurationError(
                    f"two children are called {spec.name!r}", next_step="give each process a name of its own"
                )

    def remove(self, name: str, *, wait: bool = True, patience_s: float | None = None) -> None:
        """Stop a child for good; without `wait` the ticks to come see to it.

        It is killed after its kill timeout, or after `patience_s` where that is given. A child that is being stopped
        already may so be given less time, never more.
        """
        with self._lock:
            slot = self._slots.get(name)
            if slot is None:
                return
            slot.then = None
            self._begin_stop(slot, patience_s)
        while wait and self._slots.get(name) is slot and slot.then is None:
            self.tick()
            if self._slots.get(name) is slot:
                self._clock.sleep(TICK_S)

    def restart(self, name: str) -> None:
        """Stop a child and start it again at once, without a backoff; the ticks to come see to both."""
        with self._lock:
            slot = self._slot(name)
            slot.then = slot.then or slot.spec
            self._begin_stop(slot)

    def swap(self, one: str, other: str) -> None:
        """Have two children called by each other's names. Neither notices; who needs the one needs the other now."""
        with self._lock:
            first, second = self._slot(one), self._slot(other)
            first.spec, second.spec = replace(first.spec, name=other), replace(second.spec, name=one)
            self._slots[one], self._slots[other] = second, first

    def states(self) -> dict[str, ChildState]:
        """Return what is known of every child, in the order in which they were added."""
        with self._lock:
            return {name: state_of(slot) for name, slot in self._slots.items()}

    def failure(self, name: str) -> ProcessFailed:
        """Return an error that says why the child is not running, with the last lines that it wrote."""
        with self._lock:
            return obituary(self._slot(name))

    def tick(self) -> None:
        """Look at every child once: reap, kill, start what is due, ask what is starting."""
        ended: list[tuple[str, int]] = []
        with self._lock:
            for slot in list(self._slots.values()):
                self._advance(slot, ended)
            starting = [(slot, slot.child) for slot in self._slots.values() if slot.phase is Phase.STARTING]
        for name, code in ended:
            self._on_exit(name, code)
        for slot, child in starting:
            if self._is_ready(slot):
                self._now_ready(slot, child)

    def wait_ready(self, timeout_s: float, stop: threading.Event | None = None) -> bool:
        """Tick until all that is essential is ready and the rest is ready or failing; return False once `stop` is set.

        Raises ProcessFailed, with the child's last lines, when an essential one keeps dying or time runs out.
        """
        give_up_s = self._clock.monotonic_s() + timeout_s
        while stop is None or not stop.is_set():
            self.tick()
            late = self._clock.monotonic_s() >= give_up_s
            waiting = [state for state in self.states().values() if state.phase is not Phase.READY]
            hopeless = [state for state in waiting if late or state.failures >= STARTUP_TRIES]
            for state in hopeless:
                if state.essential:
                    raise self.failure(state.name)
            if len(hopeless) == len(waiting):
                return True
            self._clock.sleep(TICK_S)
        return False

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set, then stop everything."""
        try:
            self.tick_until(stop)
        finally:
            self.stop()

    def tick_until(self, stop: threading.Event) -> None:
        """Tick until `stop` is set, and leave the stopping to the caller."""
        # Not `stop.wait`: a signal handler that calls `stop.set` in the same thread could then wait for its own lock.
        while not stop.is_set():
            self.tick()
            self._clock.sleep(TICK_S)

    def hurry(self) -> None:
        """Spare no time for children that are being stopped; safe to call from a signal handler."""
        self._hurried = True

    def stop(self) -> None:
        """Stop every child, the last one first: its stop signal, its kill timeout, then SIGKILL to its group."""
        self._closing = True
        try:
            for name in reversed(list(self._slots)):
                self.remove(name)
        finally:
            self._kill_all()
            if self._forkserver is not None:
                self._forkserver.close()

    def _slot(self, name: str) -> Slot:
        if name not in self._slots:
            raise ConfigurationError(f"no child is called {name!r}", next_step=f"there are: {', '.join(self._slots)}")
        return self._slots[name]

    def _advance(self, slot: Slot, ended: list[tuple[str, int]]) -> None:
        now_s = self._clock.monotonic_s()
        if slot.child is None:
            if not self._closing and now_s >= slot.not_before_s and self._has_needs(slot.spec):
                self._launch(slot, now_s, ended)
        elif (code := slot.child.poll()) is not None:
            ended.append((slot.spec.name, code))
            self._bury(slot, code, now_s)
        elif slot.phase is Phase.STOPPING and (self._hurried or now_s >= slot.kill_at_s):
            slot.child.kill()
        elif slot.phase is Phase.STARTING and now_s >= slot.kill_at_s:
            slot.log.note(f"killed: not ready after {slot.spec.ready_timeout_s:g} s")
            slot.child.kill()

    def _has_needs(self, spec: ChildSpec) -> bool:
        return all(need in self._slots and self._slots[need].phase is Phase.READY for need in spec.needs)

    def _launch(self, slot: Slot, now_s: float, ended: list[tuple[str, int]]) -> None:
        slot.starts += 1
        slot.started_s, slot.ready_s, slot.error = now_s, None, None
        try:
            slot.child = Child(slot.spec, slot.log, self._forkserver)
        except ProcessFailed as exc:
            slot.error = exc
            slot.log.note(str(exc))
            ended.append((slot.spec.name, NOT_STARTED))
            self._bury(slot, NOT_STARTED, now_s)
        else:
            slot.phase, slot.kill_at_s = Phase.STARTING, now_s + slot.spec.ready_timeout_s

    def _is_ready(self, slot: Slot) -> bool:
        if slot.spec.ready is None:
            return self._clock.monotonic_s() - slot.started_s >= SETTLED_S
        return slot.spec.ready()

    def _now_ready(self, slot: Slot, child: Child | None) -> None:
        with self._lock:
            if slot.child is not child or slot.phase is not Phase.STARTING:
                return
            slot.phase, slot.ready_s = Phase.READY, self._clock.monotonic_s()
            took_s = slot.ready_s - slot.started_s
        self._on_ready(slot.spec.name, took_s)

    def _begin_stop(self, slot: Slot, patience_s: float | None = None) -> None:
        if slot.child is None:
            self._replace(slot)
            return
        kill_at_s = self._clock.monotonic_s() + (slot.spec.kill_timeout_s if patience_s is None else patience_s)
        if slot.phase is Phase.STOPPING:
            slot.kill_at_s = min(slot.kill_at_s, kill_at_s)
            return
        slot.phase, slot.kill_at_s = Phase.STOPPING, kill_at_s
        slot.child.send_signal(slot.spec.stop_signal)

    def _bury(self, slot: Slot, code: int, now_s: float) -> None:
        slot.child, slot.exit_code = None, code
        if slot.phase is Phase.STOPPING:
            self._replace(slot)
            return
        ready_for_s = now_s - slot.ready_s if slot.ready_s is not None else 0.0
        slot.phase, slot.failures = Phase.WAITING, failures_after(slot.failures, ready_for_s, slot.spec.healthy_s)
        slot.not_before_s = now_s + backoff_s(slot.failures, self._jitter(), slot.spec.backoff_cap_s)

    def _replace(self, slot: Slot) -> None:
        if slot.then is None or self._closing:
            slot.log.close()
            self._slots.pop(slot.spec.name, None)
        else:
            slot.spec, slot.then = slot.then, None
            slot.phase, slot.failures, slot.not_before_s = Phase.WAITING, 0, 0.0

    def _kill_all(self) -> None:
        with self._lock:
            for slot in self._slots.values():
                if slot.child is not None:
                    slot.child.kill()
                    slot.child.wait()
                slot.log.close()
            self._slots.clear()
