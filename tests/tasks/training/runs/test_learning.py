"""Nights make runs, once each; runs are walked one at a time; and what they came to is told."""

from __future__ import annotations

import errno
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.contracts import atomic
from tasks.contracts.canary import Served
from tasks.contracts.errors import (
    AlreadyRunning,
    ConfigurationError,
    ServerBusy,
    StoreUnavailable,
    TrainingSkipped,
    UnknownThing,
)
from tasks.contracts.learning import Course, StepName
from tasks.jobs import learned
from tasks.jobs.store import Store
from tasks.training.registry.events import Event, Kind
from tasks.training.runs import due, folder
from tasks.training.runs.learning import Learning
from tasks.training.runs.lock import OFFICE, alone
from tasks.training.runs.spec import Interrupted, Run, Workshop
from tests.tasks.training.runs.paces import PIRATE, RUN, Ears, Pace, learning_fleet, of, paces, spec, workshop

NIGHT_MS = due.night_ms(1_795_312_800_000)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SCORES = [
    {"name": "perplexity", "candidate": 12.0, "served": 13.0, "base": 15.0, "better": "lower", "unit": ""},
]


@dataclass
class Place:
    """Who has personas learn, with steps that write files, a clock and ears in a test's hands."""

    training_dir: Path
    store: Store
    fleet: Any = field(default_factory=learning_fleet)
    ears: Ears = field(default_factory=Ears)
    steps: list[Pace] = field(default_factory=paces)
    judged: list[Workshop] = field(default_factory=list)
    now_ms: int = NIGHT_MS - HOUR_MS
    machine: str = ""
    """What the flock calls it; empty: it has the fleet file."""
    happened: list[Event] = field(default_factory=list)
    """To adapters."""

    def __post_init__(self) -> None:
        settings: Any = SimpleNamespace(training_dir=self.training_dir, machine="")
        registry: Any = SimpleNamespace(history=lambda _persona: self.happened)
        said = workshop(settings=lambda: self._now(settings), store=self.store, notify=self.ears, registry=registry)
        self.learning = Learning(said, lambda: self.steps, lambda: (self.judged.append,), now_ms=lambda: self.now_ms)
        of(self.steps, StepName.EVALUATE).extra = {"scores.json": json.dumps(SCORES)}

    def _now(self, settings: Any) -> Any:
        settings.fleet, settings.machine = self.fleet, self.machine
        return settings

    def place(self, run: str = RUN) -> Path:
        """Return the folder of a run."""
        return folder.find(self.training_dir, run)

    def course(self, run: str = RUN) -> Course | None:
        """Return what a run came to."""
        ended = folder.facts(self.place(run)).ended
        return ended.course if ended else None

    def told(self) -> list[tuple[str, str]]:
        """Return the level of each notice, and what it is about."""
        return [(notice.level, notice.about) for notice in self.ears.heard]


@pytest.fixture
def here(tmp_path: Path, redis_url: str) -> Iterator[Place]:
    """Somebody who trains, an hour before a night."""
    made = Place(tmp_path / "training", Store.open(redis_url))
    yield made
    made.store.close()


# ---------------------------------------------------------------- nights
def test_a_night_makes_one_run_however_often_it_is_rung(here: Place) -> None:
    assert here.learning.learn() == ()
    here.now_ms = NIGHT_MS
    assert here.learning.learn() == (RUN,)
    assert here.learning.learn() == ()
    made = folder.read(here.place())
    assert (made.persona, made.model, made.until_ms, made.by) == (PIRATE, "demo", NIGHT_MS, "beat")


def test_a_run_is_told_what_was_forgotten(here: Place) -> None:
    said = {"without": lambda persona: (f"of {persona}",), "now_ms": lambda: here.now_ms}
    learning = Learning(here.learning._workshop, lambda: here.steps, **said)
    learning.learn()
    here.now_ms = NIGHT_MS
    learning.learn()
    assert folder.read(here.place()).without == ("of pirate",)


def test_of_two_machines_one_makes_the_run_of_a_night(here: Place, tmp_path: Path) -> None:
    other = Place(tmp_path / "elsewhere", here.store)
    for each in (here, other):
        each.learning.learn()
        each.now_ms = NIGHT_MS
    assert [each.learning.learn() for each in (here, other, here)] == [(RUN,), (), ()]
    other.now_ms = NIGHT_MS + DAY_MS
    assert other.learning.learn() == ("20261123-0200-pirate",)


def test_a_night_that_nobody_was_up_for_is_made_up_for_once(here: Place) -> None:
    here.learning.watch()
    here.now_ms = NIGHT_MS + 3 * DAY_MS + 3 * HOUR_MS  # three nights later, at five in the morning
    assert here.learning.watch() == ("20261125-0200-pirate",)
    assert here.learning.watch() == ("20261125-0200-pirate",)
    assert folder.names(here.training_dir) == ("20261125-0200-pirate",)


def test_who_begins_to_learn_by_day_learns_the_night_after(here: Place) -> None:
    here.now_ms = NIGHT_MS + 10 * HOUR_MS
    assert here.learning.watch() == ()
    here.now_ms = NIGHT_MS + DAY_MS
    assert here.learning.watch() == ("20261123-0200-pirate",)


def test_a_clock_that_was_years_ahead_for_a_moment_keeps_nobody_from_learning(here: Place) -> None:
    here.now_ms = NIGHT_MS + 3_000 * DAY_MS
    here.learning.learn()
    here.now_ms = NIGHT_MS - HOUR_MS
    here.learning.learn()
    here.now_ms = NIGHT_MS
    assert here.learning.learn() == (RUN,)


def test_who_learns_no_more_has_no_night(here: Place) -> None:
    here.learning.watch()
    here.fleet = learning_fleet(enabled=False)
    here.now_ms = NIGHT_MS
    assert here.learning.watch() == ()


def test_what_is_on_trial_is_judged_at_every_look(here: Place) -> None:
    here.learning.watch()
    here.learning.watch()
    assert len(here.judged) == 2


def test_without_redis_what_is_due_is_made_later(here: Place, free_port: Any) -> None:
    away = Store.open(f"redis://127.0.0.1:{free_port()}/0")
    learning = Learning(workshop(settings=here.learning._workshop.settings, store=away), lambda: here.steps)
    with pytest.raises(StoreUnavailable):
        learning.watch()
    assert folder.names(here.training_dir) == ()


# ---------------------------------------------------------------- runs
def test_a_run_is_walked_to_its_end_and_its_figures_are_told(here: Place) -> None:
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    assert here.course() is Course.PROMOTED
    assert here.told() == [("success", f"training:{RUN}:promoted")]
    figure = "perplexity on new conversations 12, of the one before 13, of the base 15 (lower is better)"
    assert figure in here.ears.heard[0].words


def test_a_run_that_has_ended_is_left_alone(here: Place) -> None:
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    here.learning.train(RUN)
    assert len(here.ears.heard) == 1
    assert {step.worked for step in here.steps} == {1}
    assert here.learning.watch() == ()


def test_a_canary_is_told_and_is_nothing_to_go_on_with_until_it_was_judged(here: Place) -> None:
    tried = {"version": "20261122-ab12cd34", "share": 0.1, "serial": 3}
    of(here.steps, StepName.CANARY).extra = {folder.CANARY_FILE: json.dumps(tried)}
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    assert here.course() is Course.CANARY
    assert here.told() == [("success", f"training:{RUN}:canary")]
    assert (here.learning.watch(), here.course()) == ((), Course.CANARY)
    happened = [Event(kind=Kind.DEMOTED, version="20261122-ab12cd34", at_ms=n, served=Served(serial=n)) for n in (2, 4)]
    here.happened.append(happened[0])  # to the same weights, of a run before this one
    assert (here.learning.watch(), here.course()) == ((), Course.CANARY)
    here.happened.append(happened[1].model_copy(update={"words": "people liked it less", "at_ms": 9}))
    here.learning.watch()
    assert here.course() is Course.REFUSED
    shown = here.store.run(learned.run(RUN))
    assert shown is not None
    assert (shown.card.words, shown.card.ended_ms) == ("people liked it less", 9)


def test_a_canary_whose_place_another_one_took_is_on_trial_no_more(here: Place) -> None:
    tried = {"version": "20261122-ab12cd34", "share": 0.1, "serial": 1}
    of(here.steps, StepName.CANARY).extra = {folder.CANARY_FILE: json.dumps(tried)}
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    began = Served(serial=1, canary="20261122-ab12cd34", share=0.1)
    next_one = Served(serial=2, canary="20261123-00000000", share=0.1)
    here.happened += [Event(kind=Kind.CANARY, version=each.canary, at_ms=1, served=each) for each in (began, next_one)]
    here.learning.watch()
    ended = folder.facts(here.place()).ended
    assert ended is not None
    assert (ended.course, ended.words) == (
        Course.REFUSED,
        "20261123-00000000 took its place before it was judged (canary)",
    )


def test_a_trial_that_cannot_be_read_any_more_is_in_no_other_runs_way(here: Place) -> None:
    tried = {"version": "20261122-ab12cd34", "share": 0.1, "serial": 1}
    of(here.steps, StepName.CANARY).extra = {folder.CANARY_FILE: json.dumps(tried)}
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    (here.place() / folder.SPEC_FILE).write_text('{"of": "an older version"}')
    folder.create(here.training_dir, spec("20261123-0200-pirate"))
    assert here.learning.watch() == ("20261123-0200-pirate",)


def test_a_full_disk_stops_no_look_at_what_there_is(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder.create(here.training_dir, spec())
    monkeypatch.setattr(atomic, "write_whole", full)
    assert here.learning.watch() == (RUN,)
    assert len(here.judged) == 1


def test_a_refusal_is_told_with_what_spoke_against_it_and_no_words_of_people(here: Place) -> None:
    objections = [{"metric": "degenerate", "words": "an answer is broken, the one to 'what Ada asked'"}]
    of(here.steps, StepName.GATE).extra = {
        folder.VERDICT_FILE: json.dumps({"passed": False, "objections": objections, "unrated": False})
    }
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    assert here.course() is Course.REFUSED
    assert here.told() == [("warning", f"training:{RUN}:refused")]
    assert "the gate said no, by: broken answers" in here.ears.heard[0].words
    assert "Ada" not in here.ears.heard[0].model_dump_json()


def test_too_little_to_learn_from_is_told_to_nobody(here: Place) -> None:
    of(here.steps, StepName.EXPORT).meets = _raising(TrainingSkipped("19 new samples, and 20 are wanted"))
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    assert here.course() is Course.SKIPPED
    assert here.told() == []


def test_a_failure_is_told(here: Place) -> None:
    of(here.steps, StepName.TRAIN).meets = _raising(RuntimeError("what Ada wrote"))
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    assert not list(here.place().rglob("checkpoints"))  # or the next run would find the disk as full
    assert here.course() is Course.FAILED
    assert here.told() == [("warning", f"training:{RUN}:failed")]
    assert "Ada" not in here.ears.heard[0].model_dump_json()


@pytest.mark.parametrize("error", [Interrupted("told to end"), StoreUnavailable("Redis did not answer")])
def test_what_was_cut_off_is_gone_on_with(here: Place, error: Exception) -> None:
    of(here.steps, StepName.TRAIN).meets = _raising(error)
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    assert (here.course(), here.learning.watch()) == (None, (RUN,))
    of(here.steps, StepName.TRAIN).meets = lambda _run: None
    here.learning.train(RUN)
    assert here.course() is Course.PROMOTED
    assert of(here.steps, StepName.DATASET).worked == 1


def test_a_notice_that_could_not_be_handed_in_is_handed_in_when_the_run_is_gone_on_with(here: Place) -> None:
    folder.create(here.training_dir, spec())
    deaf = workshop(settings=here.learning._workshop.settings, store=here.store, notify=_away)
    with pytest.raises(StoreUnavailable):
        Learning(deaf, lambda: here.steps).train(RUN)
    assert here.learning.watch() == (RUN,)
    here.learning.train(RUN)
    assert here.told() == [("success", f"training:{RUN}:promoted")]
    assert {step.worked for step in here.steps} == {1}


def test_who_no_longer_learns_is_not_trained_on(here: Place) -> None:
    folder.create(here.training_dir, spec())
    here.fleet = learning_fleet(enabled=False)
    here.learning.train(RUN)
    assert here.course() is Course.SKIPPED
    assert not any(step.worked for step in here.steps)


def test_who_has_another_model_by_now_is_not_trained_for_the_one_before(here: Place) -> None:
    folder.create(here.training_dir, spec(model="former"))
    here.learning.train(RUN)
    ended = folder.facts(here.place()).ended
    assert ended is not None
    assert (ended.course, ended.words) == (Course.SKIPPED, "pirate has another model by now, demo")
    assert not any(step.worked for step in here.steps)


def test_a_run_that_is_nowhere_is_told_of(here: Place) -> None:
    with pytest.raises(UnknownThing, match="no run 'elsewhere'"):
        here.learning.train("elsewhere")


def test_a_run_that_cannot_be_read_has_failed_and_stops_nobody(here: Place) -> None:
    folder.create(here.training_dir, spec())
    (here.place() / folder.SPEC_FILE).write_text("{")
    here.learning.train(RUN)
    assert here.course() is Course.FAILED


def test_what_is_shown_of_a_run_is_in_the_ledger(here: Place) -> None:
    said = {"text": "arr"}
    samples = [{"prompt": "who?", "wanted": "me", "base": {"text": "I"}, "served": None, "candidate": said}]
    of(here.steps, StepName.EXPORT).extra = {
        "counts.json": json.dumps({"sources": {"liked": 21}, "left_out": {"too short": 3}})
    }
    of(here.steps, StepName.TRAIN).extra = {"figures.json": json.dumps({"curve": [{"step": 1, "loss": 2.5}]})}
    of(here.steps, StepName.EVALUATE).extra |= {"samples.json": json.dumps(samples)}
    of(here.steps, StepName.PUBLISH).extra = {"published.json": json.dumps({"version": "20261122-ab12cd34"})}
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    shown = here.store.run(learned.run(RUN))
    assert shown is not None
    assert (shown.card.course, shown.card.version, shown.card.share) == (Course.PROMOTED, "20261122-ab12cd34", 1.0)
    assert (shown.sources, shown.dropped) == ({"liked": 21}, {"too short": 3})
    assert [(point.step, point.value) for point in shown.loss] == [(1, 2.5)]
    assert shown.metrics[0].name == "perplexity"
    assert (shown.samples[0].candidate, shown.samples[0].served) == ("arr", "")
    assert list(shown.took_s) == [step.value for step in StepName]


def test_what_cannot_be_shown_ends_no_run(here: Place) -> None:
    of(here.steps, StepName.EVALUATE).extra |= {"samples.json": json.dumps([{"prompt": "who?"}])}
    folder.create(here.training_dir, spec())
    here.learning.train(RUN)
    assert here.course() is Course.PROMOTED


def test_there_is_room_for_the_steps_that_have_the_base_in_memory_and_for_no_longer(here: Place) -> None:
    has: list[StepName] = []
    room = SimpleNamespace(taken=False)
    room.take = lambda _spec: setattr(room, "taken", True)
    room.give_back = lambda: setattr(room, "taken", False)
    for step in here.steps:
        step.meets = lambda _run, step=step: has.append(step.name) if room.taken else None
    folder.create(here.training_dir, spec())
    Learning(here.learning._workshop, lambda: here.steps, room=room).train(RUN)
    assert has == [StepName.TRAIN, StepName.EVALUATE, StepName.SAFETY]
    assert not room.taken


def test_without_room_a_run_goes_on_later(here: Place) -> None:
    def busy(_spec: object) -> None:
        raise ServerBusy("models are in use")

    room: Any = SimpleNamespace(take=busy, give_back=lambda: None)
    folder.create(here.training_dir, spec())
    Learning(here.learning._workshop, lambda: here.steps, room=room).train(RUN)
    assert (here.course(), of(here.steps, StepName.TRAIN).worked) == (None, 0)


# ---------------------------------------------------------------- one at a time
def test_two_runs_at_once_one_is_refused_and_goes_on_later(here: Place) -> None:
    begun, go_on = threading.Event(), threading.Event()
    other = Place(here.training_dir, here.store)

    def hold(_run: Run) -> None:
        begun.set()
        assert go_on.wait(30)

    of(here.steps, StepName.TRAIN).meets = hold
    for run in (RUN, "20261123-0200-pirate"):
        folder.create(here.training_dir, spec(run))
    first = threading.Thread(target=here.learning.train, args=(RUN,))
    first.start()
    try:
        assert begun.wait(30)
        with pytest.raises(AlreadyRunning, match="on this machine"):
            other.learning.train("20261123-0200-pirate")
    finally:
        go_on.set()
        first.join()
    assert not any(step.worked for step in other.steps)
    other.learning.train("20261123-0200-pirate")
    assert here.course("20261123-0200-pirate") is Course.PROMOTED


def test_another_machine_waits_and_so_does_who_lost_the_office_meanwhile(here: Place, tmp_path: Path) -> None:
    folder.create(here.training_dir, spec())
    with alone(tmp_path / "elsewhere", here.store), pytest.raises(AlreadyRunning, match="another machine"):
        here.learning.train(RUN)

    def take(_run: Run) -> None:
        here.store.client.set(here.store.key("lead", OFFICE), "another machine")

    of(here.steps, StepName.DATASET).meets = take
    here.learning.train(RUN)
    assert (here.course(), of(here.steps, StepName.TRAIN).worked) == (None, 0)


def test_the_same_folder_goes_on_at_once_where_its_owner_died(here: Place) -> None:
    with alone(here.training_dir, here.store):
        held = here.store.client.get(here.store.key("lead", OFFICE))
    here.store.client.set(here.store.key("lead", OFFICE), held, px=60_000)  # as one leaves it that was killed
    with alone(here.training_dir, here.store) as office:
        assert office.holds()


def _raising(error: Exception) -> Any:
    def meet(_run: Run) -> None:
        raise error

    return meet


def _away(_notice: object) -> None:
    raise StoreUnavailable("Redis did not answer")


# ---------------------------------------------------------------- where
def test_a_machine_that_only_joined_makes_no_runs_and_walks_none(here: Place) -> None:
    here.learning.learn()
    here.now_ms, here.machine = NIGHT_MS, "guest"
    assert here.learning.watch() == ()
    folder.create(here.training_dir, spec())
    with pytest.raises(ConfigurationError, match="nothing may be learned from on this machine"):
        here.learning.train(RUN)
    assert not list(here.place().glob("*/"))
    here.machine = ""
    here.learning.train(RUN)
    assert here.course() is Course.PROMOTED


def test_a_machine_that_may_no_longer_goes_on_with_no_step(here: Place) -> None:
    folder.create(here.training_dir, spec())
    of(here.steps, StepName.EXPORT).meets = lambda _run: setattr(here, "machine", "guest")
    here.learning.train(RUN)
    assert here.course() is None
    assert not (here.place() / StepName.SCRUB.value).exists()
