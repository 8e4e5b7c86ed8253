"""Gives an engine of our own other adapters: llama.cpp takes them at its start alone, so another one takes its place.

Where there is memory for both, the other one starts beside it, the worker is told of it between two answers, and the
former one ends when its last answer is over. Else the model is drained, and its engine started anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from tasks.contracts.clock import Clock
from tasks.contracts.errors import RookeryError
from workers.adapters import address
from workers.adapters.fetching import proof_of
from workers.adapters.inuse import unused
from workers.adapters.rolling import Turn
from workers.children import Station
from workers.residency.budget import Fit
from workers.residency.held import Held
from workers.residency.mover import Mover
from workers.residency.view import ResidentState
from workers.supervision.child import ChildSpec
from workers.supervision.supervise import Phase, Supervisor

Files = Mapping[str, Path]
Made = tuple[ChildSpec, str]


class Stage(StrEnum):
    """How far a change has come."""

    BESIDE = "beside"  # the other engine starts, the former one answers
    LAST_ANSWERS = "last answers"  # of the former one; the other one answers
    ENDING = "ending"
    DRAINING = "draining"  # there is no room for both
    ANEW = "anew"  # the other one starts in the place of the former one
    BACK = "back"  # it did not start, so the former one does


@dataclass(slots=True)
class Change:
    """A change under way."""

    held: Held
    files: Files
    engine: ChildSpec
    spec: str
    former: Station
    stage: Stage
    began_s: float


class Changing:
    """Changes the engines of one host, one at a time. Call `step` often: it never waits."""

    def __init__(
        self,
        mover: Mover,
        supervisor: Supervisor,
        turn: Turn,
        make: Callable[[str, Files, str], Made],
        *,
        patience_s: float,
        clock: Clock,
        tell: Callable[[str], None],
        wake: Callable[[], None],
    ) -> None:
        """`make` returns the engine of a model with adapters, and a word that tells it from the one that is there.

        After `patience_s` answers have passed their own deadlines. `wake` has the keeper look around.
        """
        self._mover, self._supervisor, self._turn, self._make = mover, supervisor, turn, make
        self._patience_s, self._clock, self._tell, self._wake = patience_s, clock, tell, wake
        self._change: Change | None = None
        self._count = 0
        self._careful: set[str] = set()  # models whose engine did not start with several new adapters
        self.refused: dict[str, str] = {}
        """Adapters that the engine does not start with, and why."""

    def step(self, ready: Mapping[str, Files]) -> None:
        """Go on with what was begun, and begin what is due: `ready` are the adapters of each model, by its slug."""
        if self._change is not None:
            self._turn.keep()
            self._go_on(self._change)
            return
        for held in self._mover.holding.ready():
            files = self._wish(held, ready.get(held.slug, {}))
            if files and not held.resting and self._turn.take(held.slug):
                self._begin(held, files)
                return

    def used(self) -> set[str]:
        """Return the adapters that an engine has, or is being started with."""
        held = {name for each in self._mover.holding.by_slug.values() for name in each.station.adapters}
        return held | set(self._change.files if self._change else ())

    def _wish(self, held: Held, files: Files) -> Files:
        """Return what an engine is to be changed for; nothing where it has all that it can have."""
        if held.station.told_file is None:
            return {}
        has = set(held.station.adapters)
        new = [name for name in files if name not in has and name not in self.refused]
        if held.slug in self._careful:
            new = new[:1]
        return {name: path for name, path in files.items() if name in has or name in new} if new else {}

    def _begin(self, held: Held, files: Files) -> None:
        self._count += 1
        try:
            engine, spec = self._make(held.slug, files, f"+{self._count % 2}")
        except RookeryError as exc:
            self._refuse(held, files, exc.message)
            self._turn.leave()
            return
        has_room = self._mover.holding.budget.fit(held.size.gib) is Fit.NOW
        stage = Stage.BESIDE if has_room else Stage.DRAINING
        self._change = Change(held, files, engine, spec, held.station, stage, self._clock.monotonic_s())
        how = "" if has_room else ", and is drained for it"
        self._tell(f"{held.slug} is given {', '.join(sorted(self._new(self._change)))}{how}")
        if has_room:
            held.beside_gib = held.size.gib
            self._supervisor.add(engine)
        else:
            held.changing = True
            self._mover.rest(held.slug)

    def _go_on(self, change: Change) -> None:
        match change.stage:
            case Stage.BESIDE:
                self._beside(change)
            case Stage.LAST_ANSWERS:
                self._await_answers(change)
            case Stage.ENDING:
                if change.engine.name not in self._supervisor.states():
                    self._end(change)
            case Stage.DRAINING:
                self._drained(change)
            case Stage.ANEW | Stage.BACK:
                self._anew(change)

    def _beside(self, change: Change) -> None:
        if self._is_gone(change):
            self._dismiss(change)
            return
        state = self._supervisor.states().get(change.engine.name)
        if state is None or state.failures:
            self._refuse(change.held, change.files, self._obituary(change.engine.name))
            self._dismiss(change)
        elif state.phase is Phase.READY:
            self._switch(change)

    def _switch(self, change: Change) -> None:
        """Have the other engine answer whatever begins from now on."""
        was = change.former.engine
        if was is None or change.former.told_file is None:
            return
        self._supervisor.swap(was.name, change.engine.name)
        address.tell(change.former.told_file, change.spec)
        self._take_in(change, was.name)
        change.stage = Stage.LAST_ANSWERS
        self._turn.leave()

    def _await_answers(self, change: Change) -> None:
        told = change.former.told_file
        late = self._clock.monotonic_s() - change.began_s > self._patience_s
        left = self._mover.holding.by_slug.get(change.held.slug) is not change.held
        if told is None or late or left or unused(address.lock_of(told, change.former.spec)):
            self._dismiss(change)

    def _drained(self, change: Change) -> None:
        if self._is_gone(change):
            self._end(change)
        elif self._mover.rested(change.held.slug):
            self._start_anew(change, Stage.ANEW)

    def _start_anew(self, change: Change, stage: Stage) -> None:
        was = change.former.engine
        if was is None:
            return
        change.stage = stage
        self._supervisor.remove(was.name, wait=False)
        self._supervisor.add(was if stage is Stage.BACK else replace(change.engine, name=was.name))

    def _anew(self, change: Change) -> None:
        was = change.former.engine
        if was is None or self._is_gone(change):
            self._end(change)
            return
        state = self._supervisor.states().get(was.name)
        if state is not None and state.phase is Phase.READY:
            if change.stage is Stage.ANEW and change.former.told_file is not None:
                address.tell(change.former.told_file, change.spec)
                self._take_in(change, was.name)
            self._end(change)
        elif change.stage is Stage.ANEW and (state is None or state.failures):
            self._refuse(change.held, change.files, self._obituary(was.name))
            self._start_anew(change, Stage.BACK)

    def _take_in(self, change: Change, name: str) -> None:
        engine = replace(change.engine, name=name)
        change.held.station = replace(change.former, engine=engine, spec=change.spec, adapters=tuple(change.files))
        for each in self._new(change):
            proof_of(change.files[each]).touch()

    def _dismiss(self, change: Change) -> None:
        """End the engine that does not answer: the other one, or once that has taken over, the former one."""
        self._supervisor.remove(change.engine.name, wait=False)
        change.stage = Stage.ENDING

    def _end(self, change: Change) -> None:
        change.held.beside_gib, change.held.changing = 0.0, False
        if change.former.told_file is not None and change.held.station is not change.former:
            address.lock_of(change.former.told_file, change.former.spec).unlink(missing_ok=True)
            took_s = self._clock.monotonic_s() - change.began_s
            self._tell(f"{change.held.slug} answers with {', '.join(sorted(change.files))} after {took_s:.1f} s")
        self._change = None
        self._turn.leave()
        self._wake()

    def _refuse(self, held: Held, files: Files, why: str) -> None:
        """Remember what an engine did not start with; of several, each is tried alone before it is blamed."""
        new = [name for name in files if name not in held.station.adapters]
        if len(new) > 1:
            self._careful.add(held.slug)
            return
        self.refused |= dict.fromkeys(new, why)
        self._tell(f"{held.slug} goes on without {', '.join(new)}: {why}")

    def _obituary(self, name: str) -> str:
        return self._supervisor.failure(name).message if name in self._supervisor.states() else "it was stopped"

    def _is_gone(self, change: Change) -> bool:
        held = change.held
        return self._mover.holding.by_slug.get(held.slug) is not held or held.state is not ResidentState.READY

    @staticmethod
    def _new(change: Change) -> set[str]:
        return set(change.files) - set(change.former.adapters)
