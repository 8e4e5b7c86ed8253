"""All that a training worker can do, in one object: see `tasks.contracts.abilities.Learner`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tasks.contracts import atomic, wanted
from tasks.contracts.errors import RetryableError, RookeryError
from tasks.contracts.folders import PRIVATE
from tasks.contracts.learning import Course, StepName
from tasks.contracts.settings import Settings
from tasks.training.runs import due, folder, telling, trials
from tasks.training.runs.lock import Office, alone, has_night
from tasks.training.runs.record import Ended
from tasks.training.runs.reporting import Reporter
from tasks.training.runs.room import Anywhere, Room
from tasks.training.runs.spec import Interrupted, Run, RunSpec, Step, Workshop
from tasks.training.runs.walking import Walker

LEARNING_FILE = "learning.json"  # since when each persona learns
#: These have the base in memory.
LARGE = frozenset({StepName.TRAIN, StepName.EVALUATE, StepName.SAFETY})
#: What is done in these the whole flock sees: who may have lost the office goes no further without asking.
SHARED = frozenset({StepName.PUBLISH, StepName.CANARY})
_SINCE = TypeAdapter(dict[str, int])
logger = logging.getLogger(__name__)

Judge = Callable[[Workshop], object]


class Learning:
    """Has personas learn, over the runs in one folder."""

    def __init__(
        self,
        workshop: Workshop,
        steps: Callable[[], Sequence[Step]],
        judges: Callable[[], Sequence[Judge]] = tuple,
        *,
        room: Room | None = None,
        without: Callable[[str], tuple[str, ...]] = lambda _persona: (),
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        """Load nothing heavy yet: `steps` and `judges` are asked for when there is a run to walk, a canary to judge.

        `without` returns the samples of a persona that were forgotten.
        """
        self._workshop, self._steps, self._judges = workshop, steps, judges
        self._room, self._without = room or Anywhere(), without
        self._now_ms = now_ms or workshop.store.now_ms

    def train(self, run: str) -> None:
        """Walk a run to its end, or for as long as this worker may; one that has ended is left alone.

        Raises:
            ConfigurationError: no host of this machine is labelled for it, while one of another is.
            UnknownThing: there is none of that name here.
            AlreadyRunning: another one goes on, here or on another machine.
            StoreUnavailable: Redis did not answer. In each case it goes on later.
        """
        settings = self._workshop.settings()
        if not wanted.trains_here(settings):
            raise wanted.not_trained_here(settings)
        place = folder.find(settings.training_dir, run)
        if folder.facts(place).ended is not None:
            return
        with alone(settings.training_dir, self._workshop.store) as office:
            if folder.facts(place).ended is None:  # whoever had the lock before may have walked it
                self._walk(settings, place, office)

    def learn(self) -> tuple[str, ...]:
        """Make the runs that are due, and return their names: once a night, however often this is called.

        Raises:
            StoreUnavailable: Redis did not answer; they are made later.
        """
        settings, now_ms = self._workshop.settings(), self._now_ms()
        if not wanted.trains_here(settings):
            return ()
        personas = [persona.name for persona in due.learning(settings.fleet)]
        since = self._since(settings.training_dir, personas, now_ms)
        made = []
        for persona, until_ms in due.due(since, now_ms, folder.names(settings.training_dir)).items():
            spec = due.spec(settings.fleet, persona, until_ms, without=self._without(persona))
            if not has_night(settings.training_dir, self._workshop.store, spec.run):
                continue  # another machine's
            if folder.create(settings.training_dir, spec):
                made.append(spec.run)
        return tuple(made)

    def watch(self) -> tuple[str, ...]:
        """Make what is due, have canaries judged, and return the runs that are to be gone on with, oldest first.

        Raises:
            StoreUnavailable: Redis did not answer; it is done later.
        """
        try:
            self.learn()
        except OSError as exc:  # a full disk makes no run, and what there is is looked after all the same
            logger.warning("no run was made", extra={"error": f"{type(exc).__name__}: {exc.strerror}"})
        for judge in self._judges():
            judge(self._workshop)
        self._note_trials()
        return unfinished(self._workshop.settings().training_dir)

    def _walk(self, settings: Settings, place: Path, office: Office) -> None:
        try:
            spec = folder.read(place)
        except RookeryError as exc:
            folder.end(place, _ended(Course.FAILED, exc.message, exc.next_step))
            return
        if why := due.no_more(settings.fleet, spec):
            folder.end(place, _ended(Course.SKIPPED, why))
            return
        reporter = Reporter(self._workshop.store, place)
        walker = Walker(
            self._steps(),
            now_ms=_wall_ms,
            may_go_on=partial(self._may_go_on, office, spec),
            told=lambda _said: reporter.tell(),
        )
        try:
            ended = walker.walk(Run(spec, place, self._workshop))
        except (Interrupted, RetryableError) as exc:
            logger.warning("a run goes on later", extra={"run": spec.run, "why": str(exc)})
            return
        finally:
            self._room.give_back()
        self._conclude(spec, place, ended)
        reporter.tell(now=True)

    def _may_go_on(self, office: Office, spec: RunSpec, step: StepName) -> bool:
        """Return whether the next step is for this process; settings may say otherwise by now. Raises as `take`."""
        here = wanted.trains_here(self._workshop.settings())
        return here and self._has_room(spec, step) and _may_go_on(office, step)

    def _has_room(self, spec: RunSpec, step: StepName) -> bool:
        """Have room for the steps that have the base in memory, and give it back after them. Raises as `Room.take`."""
        if step in LARGE:
            self._room.take(spec)
        else:
            self._room.give_back()
        return True

    def _conclude(self, spec: RunSpec, place: Path, ended: Ended) -> None:
        """Have the end told, then write it down: a crash between both has it told again, as the same notice."""
        folder.drop_checkpoints(place)
        notice = telling.of_run(spec, ended, folder.metrics(place))
        if notice is not None:
            self._workshop.notify(notice)
        folder.end(place, ended)
        logger.info("a run has ended", extra={"run": spec.run, "course": ended.course.value, "why": ended.words})

    def _note_trials(self) -> None:
        """Write down what became of adapters that were tried, where a run of this folder is what they came of."""
        training_dir = self._workshop.settings().training_dir
        for run in folder.names(training_dir):
            place = folder.runs_of(training_dir) / run
            ended = folder.facts(place).ended
            if ended is None or ended.course is not Course.CANARY:
                continue
            try:
                now = self._became(place)
            except (RookeryError, OSError) as exc:  # a run of an older version, say: it is in no other run's way
                logger.warning("a trial was not looked at", extra={"run": run, "error": f"{type(exc).__name__}"})
                continue
            if now is not None:
                folder.end(place, now)
                Reporter(self._workshop.store, place).tell()

    def _became(self, place: Path) -> Ended | None:
        trial = trials.trial_of(place)
        return trial and trials.became(trial, self._workshop.registry.history(folder.read(place).persona.name))

    def _since(self, training_dir: Path, personas: Sequence[str], now_ms: int) -> dict[str, int]:
        path = training_dir / LEARNING_FILE
        try:
            known = _SINCE.validate_json(path.read_bytes())
        except (OSError, ValidationError):
            known = {}
        told = due.since(known, personas, now_ms)
        if told != known:
            training_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            atomic.write_whole(path, _SINCE.dump_json(told))
        return told


def _ended(course: Course, words: str, next_step: str = "") -> Ended:
    return Ended(course=course, words=words, next_step=next_step, at_ms=_wall_ms())


def _wall_ms() -> int:
    """Return what time it is by this machine: what is written into a run's folder waits for no Redis."""
    return int(time.time() * due.MS)


def unfinished(training_dir: Path) -> tuple[str, ...]:
    """Return the runs that have not come to an end, the oldest first."""
    runs = folder.runs_of(training_dir)
    return tuple(run for run in folder.names(training_dir) if folder.facts(runs / run).ended is None)


def _may_go_on(office: Office, step: StepName) -> bool:
    """Return whether nobody else trains. Steps of this machine alone go on without Redis, too."""
    try:
        return office.holds()
    except RetryableError:
        if step in SHARED:
            raise
        return True
