"""Walks the steps of a run. What is done stays done; killed at any point, it goes on there when it is walked again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from tasks.contracts.called import all_called
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import RetryableError, RookeryError, TrainingSkipped
from tasks.contracts.learning import Course, StepName
from tasks.jobs.crashpoints import reach
from tasks.training.runs import folder
from tasks.training.runs.progress import Progress, Telling
from tasks.training.runs.record import Begun, Done, Ended, Facts, course
from tasks.training.runs.spec import Interrupted, Run, Step

MOST_TRIES = 5
"""Of a step that takes its process with it: it would take the next one, too."""
POINTS = ("begun", "worked", "done")
#: What came of a run stays true, whatever is served later.
CAME_INTO_SERVICE, CAME_ON_TRIAL = "its adapter came into service for every reply", "its adapter came on trial"
logger = logging.getLogger(__name__)


class Over(Exception):
    """The run has come to its end, before its last step or at it."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(ended.words)
        self.ended = ended


class Walker:
    """Walks runs, one after the other."""

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        now_ms: Callable[[], int],
        may_go_on: Callable[[StepName], bool] = lambda _: True,
        told: Callable[[Progress], None] = lambda _: None,
        clock: Clock | None = None,
    ) -> None:
        """`may_go_on` is asked before every step; where it says no the run is for another process to go on with.

        `told` hears how far a run is, whenever that is written down.
        """
        self._steps, self._now_ms, self._may_go_on, self._told = tuple(steps), now_ms, may_go_on, told
        self._clock = clock or SystemClock()

    def walk(self, run: Run) -> Ended:
        """Walk a run to its end and return what it came to. Nothing is written of the end yet: see `folder.end`.

        Raises:
            Interrupted: this worker is to end, or another one goes on with it.
            RetryableError: it may work later. The run is as it was before the step that it is at.
        """
        told = Telling(run.folder, [step.name for step in self._steps], self._now_ms, self._told)
        run = replace(run, workshop=replace(run.workshop, say=told.say))
        inputs: dict[StepName, str] = {}
        try:
            for step in self._steps:
                inputs[step.name] = (self._found(run, step, inputs) or self._done(run, step, inputs, told)).digest
                if step.name is StepName.GATE:
                    self._heed(run)
        except Over as exc:
            return exc.ended
        return self._at_its_end(run)

    def _found(self, run: Run, step: Step, inputs: dict[StepName, str]) -> Done | None:
        """Return the end of a step that was done from these inputs and whose files are what they were; else None."""
        out = run.of(step.name)
        said = folder.done(out)
        if said is None or (said.step, said.inputs) != (step.name, inputs) or said.outputs != folder.hashes(out):
            return None
        return said

    def _done(self, run: Run, step: Step, inputs: dict[StepName, str], told: Telling) -> Done:
        if run.workshop.ending.is_set() or not self._may_go_on(step.name):
            raise Interrupted(f"{run.spec.run} goes on later, at {step.name.value}")
        self._prepare(run, step, inputs)
        told.begin(step.name)
        began_s = self._clock.monotonic_s()
        reach(f"{step.name.value}.begun")
        self._work(run, step)
        reach(f"{step.name.value}.worked")
        took_s = self._clock.monotonic_s() - began_s
        out = run.of(step.name)
        done = Done(step=step.name, inputs=dict(inputs), outputs=folder.hashes(out), took_s=took_s)
        folder.note_done(out, done)
        folder.note_begun(run.folder, None)
        reach(f"{step.name.value}.done")
        logger.info("a step is done", extra={"run": run.spec.run, "step": step.name.value, "took_s": round(took_s, 1)})
        return done

    def _prepare(self, run: Run, step: Step, inputs: dict[StepName, str]) -> None:
        """Count the try, and empty the folder unless this goes on with what one from the same inputs left there."""
        last = folder.begun(run.folder)
        again = last is not None and (last.step, last.inputs) == (step.name, inputs)
        tries = last.tries + 1 if last is not None and again else 1
        if tries > MOST_TRIES:
            raise self._failed(
                f"its worker was killed {MOST_TRIES} times in this step",
                step,
                "its log, and that of the machine, say by what: too little memory most often",
            )
        out = run.of(step.name)
        goes_on = again and step.resumes and out.is_dir() and not (out / folder.DONE_FILE).exists()
        if not goes_on:  # before anything says that it was begun: what is left of older inputs is never gone on from
            folder.emptied(out)
        folder.note_begun(run.folder, Begun(step=step.name, inputs=dict(inputs), tries=tries))

    def _work(self, run: Run, step: Step) -> None:
        try:
            step.work(run, run.of(step.name))
        except TrainingSkipped as exc:
            raise Over(self._ended(Course.SKIPPED, exc.message, step, exc.next_step)) from exc
        except (Interrupted, RetryableError):
            self._uncount(run)
            raise
        except RookeryError as exc:
            raise self._failed(exc.message, step, exc.next_step) from exc
        except Exception as exc:  # a step may fail in whatever way torch does; the log has it, and the run has failed
            logger.exception("a step failed", extra={"run": run.spec.run, "step": step.name.value})
            raise self._failed(_named(exc), step, "the log of the training worker says more") from exc

    def _uncount(self, run: Run) -> None:
        """Take back that this was a try: it ended by itself, and what it left is good to go on from."""
        last = folder.begun(run.folder)
        if last is not None:
            folder.note_begun(run.folder, last.model_copy(update={"tries": last.tries - 1}))

    def _heed(self, run: Run) -> None:
        """Go no further than the gate lets."""
        verdict = folder.verdict_of(run.folder)
        if verdict is None:
            raise Over(self._ended(Course.FAILED, "the gate left no verdict", None, "see the log"))
        if not verdict.passed:
            against = all_called(objection.metric for objection in verdict.objections)
            # The objections themselves may quote what people wrote: they are told where only who may read that looks.
            raise Over(self._ended(Course.REFUSED, f"the gate said no, by: {against or 'nothing that it named'}", None))

    def _at_its_end(self, run: Run) -> Ended:
        facts = folder.facts(run.folder)
        reached = course(Facts(facts.done, facts.passed, facts.promoted))
        words = CAME_INTO_SERVICE if reached is Course.PROMOTED else CAME_ON_TRIAL
        return self._ended(reached, words, None)

    def _failed(self, words: str, step: Step, next_step: str) -> Over:
        return Over(self._ended(Course.FAILED, words, step, next_step))

    def _ended(self, reached: Course, words: str, step: Step | None, next_step: str = "") -> Ended:
        at = step.name if step else None
        return Ended(course=reached, words=words or reached.value, next_step=next_step, step=at, at_ms=self._now_ms())


def _named(exc: Exception) -> str:
    """Return what kind of failure it is; its own words may hold what people wrote, and so are for the log alone."""
    return f"{type(exc).__name__}: {exc.strerror}" if isinstance(exc, OSError) else type(exc).__name__
