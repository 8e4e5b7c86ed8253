"""`rookery train now` and `rookery train runs`, with somebody who trains behind them."""

from __future__ import annotations

import json
import platform
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts import names, wanted
from tasks.contracts.errors import BadInput, ConfigurationError, ProcessFailed, TrainingSkipped, UnknownThing
from tasks.contracts.learning import StepName
from tasks.contracts.queues import TRAINING
from tasks.contracts.settings import Settings, load
from tasks.jobs import signs
from tasks.jobs.store import Store
from tasks.training.runs import asking, folder
from tasks.training.runs.learning import Learning
from tasks.training.runs.spec import Run
from tests.command import Command
from tests.tasks.training.runs.paces import Ears, Pace, of, paces, workshop

LEARNS = '[[model]]\nname = "demo"\nbuiltin = "demo"\n[[persona]]\nname = "pirate"\nmodel = "demo"\nlearns = "liked"\n'
METRIC = {"name": "perplexity", "candidate": 12.0, "served": None, "base": 15.0, "better": "lower", "unit": ""}


HERE = platform.node()


class School:
    """Who trains, at work on a thread: what is rung for is walked, with steps that only write files."""

    def __init__(self, redis_url: str, folder_: Path) -> None:
        self.store, self.ears, self.steps = Store.open(redis_url), Ears(), paces()
        self.config, self.ending = folder_ / "rookery.toml", threading.Event()
        of(self.steps, StepName.EVALUATE).extra = {"scores.json": json.dumps([METRIC])}
        for sign in (signs.TRAINING, signs.TRAINING.at(HERE)):
            self.store.run(sign.is_up(600, HERE))
        self.learning = Learning(
            workshop(settings=self.settings, store=self.store, notify=self.ears), lambda: self.steps
        )
        self.thread = threading.Thread(target=self._work)

    def settings(self) -> Settings:
        """Return what the file says."""
        return load(self.config, {})

    def step(self, name: StepName) -> Pace:
        """Return one of its steps."""
        return of(self.steps, name)

    def _work(self) -> None:
        while not self.ending.is_set():
            heard = self.store.client.rpop(TRAINING)
            if heard is None:
                self.ending.wait(0.01)
                continue
            message = json.loads(heard)
            assert message["headers"]["task"] == names.TRAIN
            self.learning.train(json.loads(message["body"])[0][0])

    def close(self) -> None:
        """End it."""
        self.ending.set()
        if self.thread.is_alive():
            self.thread.join()
        self.store.close()


@pytest.fixture
def school(redis_url: str, tmp_path: Path, command: Command) -> Iterator[School]:
    """Who trains, with a persona that learns."""
    command.settings(f'[redis]\nurl = "{redis_url}"\n{LEARNS}')
    made = School(redis_url, tmp_path)
    yield made
    made.close()


def test_a_persona_learns_now_and_what_came_of_it_is_shown(school: School, command: Command) -> None:
    school.thread.start()
    ended = command.invoke("train", "now", "--persona", "pirate")
    assert ended.code == 0
    assert "promoted" in ended.out
    assert "its adapter came into service for every reply" in ended.out
    [run] = folder.names(school.settings().training_dir)
    listed = command.invoke("train", "runs").out
    assert run in listed
    assert "operator" in listed
    one = command.invoke("train", "runs", run).out
    assert "perplexity" in one
    told = json.loads(command.invoke("train", "runs", run, "--json").out)
    assert (told["course"], told["metrics"][0]["candidate"]) == ("promoted", 12.0)
    assert [each["run"] for each in json.loads(command.invoke("train", "runs", "--json").out)] == [run]


def test_the_only_persona_that_learns_need_not_be_named_and_a_run_that_is_skipped_is_no_success(
    school: School, command: Command
) -> None:
    def meet(_run: Run) -> None:
        raise TrainingSkipped("19 new samples, and 20 are wanted")

    school.step(StepName.EXPORT).meets = meet
    school.thread.start()
    ended = command.invoke("train", "now")
    assert ended.code == 1
    assert "19 new samples, and 20 are wanted" in ended.out


def test_a_refusal_is_shown_in_the_gates_own_words(school: School, command: Command) -> None:
    objection = {"metric": "rouge_l", "words": "its answers are less like what people liked"}
    verdict = {"passed": False, "objections": [objection], "unrated": False}
    school.step(StepName.GATE).extra = {folder.VERDICT_FILE: json.dumps(verdict)}
    school.thread.start()
    ended = command.invoke("train", "now")
    assert ended.code == 1
    assert "likeness to what was wanted (ROUGE-L): its answers are less like what people liked" in ended.out


def test_one_need_not_wait_for_it(school: School, command: Command) -> None:
    ended = command.invoke("train", "now", "--no-wait")
    [run] = folder.names(school.settings().training_dir)
    assert f"rookery train runs {run}" in ended.out
    assert "waits for its turn" in command.invoke("train", "runs").out
    assert school.store.client.llen(TRAINING) == 1


def test_where_nobody_trains_it_says_so_at_once_and_the_run_waits(school: School, command: Command) -> None:
    _leave(school, signs.TRAINING)
    ended = command.invoke("train", "now", "--no-wait")
    assert f"nobody is up who trains, here on {HERE} or elsewhere" in ended.errors
    assert "rookery run training" in ended.errors
    [run] = folder.names(school.settings().training_dir)
    assert f"{run} is queued" in ended.out
    assert school.store.client.llen(TRAINING) == 1


def test_where_another_machine_trains_it_says_which(school: School, command: Command) -> None:
    _leave(school)
    school.store.run(signs.TRAINING.is_up(600, "studio"))
    ended = command.invoke("train", "now", "--no-wait")
    assert f"studio trains, and nobody is up on {HERE} who does" in ended.errors
    assert "say it on studio instead" in ended.errors


def test_who_waits_for_somebody_who_trains_sees_the_run_once_they_are_up(
    school: School, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_S", 0.0)
    _leave(school, signs.TRAINING)
    ring = asking.ring

    def come(store: Store, run: str) -> None:
        ring(store, run)
        school.thread.start()

    monkeypatch.setattr(asking, "ring", come)
    ended = command.invoke("train", "now")
    assert (ended.code, "nobody is up who trains" in ended.errors) == (0, True)
    assert "promoted" in ended.out


def test_who_looks_away_ends_nothing(school: School, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_settings: Settings, _store: Store) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(asking, "why_it_waits", lambda _settings, _store: None)
    monkeypatch.setattr(asking, "is_anybody_up", look)
    ended = command.invoke("train", "now")
    [run] = folder.names(school.settings().training_dir)
    assert (ended.code, f"{run} is not ended by that" in ended.out) == (130, True)
    assert school.store.client.llen(TRAINING) == 1


def _leave(school: School, *more: signs.Sign) -> None:
    for sign in (signs.TRAINING.at(HERE), *more):
        school.store.run(sign.has_left())


def test_what_is_not_installed_or_does_not_learn_is_told(
    school: School, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted, "missing_for_training", lambda: ("torch",))
    with pytest.raises(ConfigurationError, match="not installed: torch"):
        command.invoke("train", "now")
    text = school.config.read_text()
    school.config.write_text(f'{text}[[persona]]\nname = "wren"\nmodel = "demo"\n')
    with pytest.raises(ConfigurationError, match="'wren' learns nothing"):
        command.invoke("train", "now", "--persona", "wren")
    school.config.write_text(text.replace('learns = "liked"\n', ""))
    with pytest.raises(BadInput, match="no persona learns"):
        command.invoke("train", "now")


def test_before_any_run_it_says_how_one_begins(school: School, command: Command) -> None:
    assert "rookery train now --persona NAME" in command.invoke("train", "runs").out
    with pytest.raises(UnknownThing, match="no run 'elsewhere'"):
        command.invoke("train", "runs", "elsewhere")


def test_who_trains_may_go_and_the_run_is_not_lost(school: School, command: Command, monkeypatch: Any) -> None:
    monkeypatch.setattr(asking, "PATIENCE_S", 0.0)
    monkeypatch.setattr(asking, "LOOK_EVERY_S", 0.01)

    def gone(_settings: Settings, _store: Store) -> bool:
        return next(answers)

    answers = iter([True, True, False, False])
    monkeypatch.setattr(asking, "is_anybody_up", gone)
    with pytest.raises(ProcessFailed, match="is not lost"):
        command.invoke("train", "now")


@pytest.mark.parametrize("words", ["train now", "train export", "train export --json"])
def test_where_samples_may_not_lie_nobody_learns_and_nothing_is_shown(
    school: School, command: Command, words: str
) -> None:
    gpu = '[[host]]\nname = "gpu"\nengine = "fake"\nlabels = ["train"]\nagent = "other"\n'
    school.config.write_text(school.config.read_text() + gpu)
    with pytest.raises(ConfigurationError, match="nothing may be learned from on this machine"):
        command.invoke(*words.split())
    assert folder.names(school.settings().training_dir) == ()
