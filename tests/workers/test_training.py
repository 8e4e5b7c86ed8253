"""The worker that trains, as processes: killed within a run, told to end, started again; the run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tasks.contracts import names, wanted
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import Course, StepName
from tasks.contracts.notices import Notice
from tasks.contracts.queues import TRAINING
from tasks.contracts.sections import Training
from tasks.contracts.settings import Settings, load
from tasks.jobs import bell, notices, signs
from tasks.jobs.store import Store
from tasks.training.runs import asking, folder
from tasks.training.runs.learning import Learning
from tests.command import Command
from tests.tasks.training.runs.paces import RUN, spec
from tests.workers.household import until
from tests.workers.training_worker import HELD, HOLD
from workers import boot

ELSEWHERE = '[[host]]\nname = "gpu"\nengine = "fake"\nlabels = ["train"]\nagent = "other"\n'
LEARNS = '[[model]]\nname = "demo"\nbuiltin = "demo"\n[[persona]]\nname = "pirate"\nmodel = "demo"\nlearns = "liked"\n'


@dataclass
class School:
    """A flock that learns, and who trains it."""

    command: Command
    store: Store
    worker: subprocess.Popen[bytes] | None = None

    @property
    def training_dir(self) -> Path:
        """Where runs are."""
        return load(self.command.folder / "rookery.toml", {}).training_dir

    def start(self) -> None:
        """Start who trains, and wait until it says so."""
        told = {**self.command.environ(), "ROOKERY_CONFIG": str(self.command.folder / "rookery.toml")}
        with (self.command.folder / "training.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-P", "-m", "tests.workers.training_worker"],
                cwd=self.command.folder,
                env=told,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(lambda: self.store.run(signs.TRAINING.somebody()), "who trains")

    def held(self) -> int:
        """Return the process that waits within a run, once there is one."""
        path = self.training_dir / HELD
        pid = int(until(lambda: path.exists() and path.read_text().endswith("\n") and path.read_text(), "a run"))
        path.unlink()
        return pid

    def course(self) -> Course | None:
        """Return what the run came to."""
        ended = folder.facts(folder.find(self.training_dir, RUN)).ended
        return ended.course if ended else None

    def close(self) -> None:
        """End whoever is still there."""
        if self.worker is not None and self.worker.poll() is None:
            for child in psutil.Process(self.worker.pid).children(recursive=True):
                child.kill()
            self.worker.kill()
            self.worker.wait()
        self.store.close()


@pytest.fixture
def school(tmp_path: Path, redis_url: str) -> Iterator[School]:
    """A folder with a persona that learns."""
    command = Command(tmp_path)
    command.settings(f'[redis]\nurl = "{redis_url}"\n{LEARNS}')
    made = School(command, Store.open(redis_url))
    made.training_dir.mkdir(parents=True)
    yield made
    made.close()
    command.end()


def test_a_run_outlives_the_kill_of_its_process_and_the_end_of_its_worker(school: School) -> None:
    (school.training_dir / HOLD).touch()
    folder.create(
        school.training_dir, spec(training=Training(memory_gib=1.0))
    )  # nobody has to look at the base for that
    asking.ring(school.store, RUN)
    school.start()
    assert school.worker is not None
    child = school.held()
    assert child != school.worker.pid
    os.kill(child, signal.SIGKILL)
    school.store.client.lpush(TRAINING, bell.message(names.WATCH, "look", TRAINING, ()))
    assert school.held() != child  # as soon as the next look, by the same worker
    school.worker.terminate()
    assert school.worker.wait(60) == 0
    assert (school.course(), school.store.run(signs.TRAINING.somebody())) == (None, False)
    (school.training_dir / HOLD).unlink()
    school.start()  # it looks at once what there is to go on with
    until(lambda: school.course(), "the end of the run")
    assert school.course() is Course.PROMOTED
    done = folder.done(folder.find(school.training_dir, RUN) / StepName.CANARY.value)
    assert done is not None


def test_a_notice_of_a_run_is_kept_once_and_another_one_as_well(school: School) -> None:
    services = boot.training_services(load(school.command.folder / "rookery.toml", {}), _never, threading.Event())
    learner = services.training()
    assert isinstance(learner, Learning)
    first = Notice(about="training:1:promoted", title="pirate has learned", words="perplexity 12")
    for notice in (first, first, first.model_copy(update={"about": "training:2:promoted"})):
        learner._workshop.notify(notice)
    kept = [school.store.run(notices.take()) for _ in range(3)]
    assert sorted(taken.notice.about for taken in kept if taken) == ["training:1:promoted", "training:2:promoted"]
    services.store.close()


def _never() -> Settings:
    raise AssertionError


def test_without_what_it_needs_it_says_so(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(school.command.folder / "rookery.toml", {})
    monkeypatch.setattr(wanted, "missing_for_training", lambda: ("torch",))
    with pytest.raises(ConfigurationError, match="training needs packages that are not installed: torch"):
        boot.refuse_training(settings)
    monkeypatch.setattr(wanted, "missing_for_training", tuple)
    boot.refuse_training(settings)
    school.command.settings(ELSEWHERE + LEARNS)
    with pytest.raises(ConfigurationError, match="nothing may be learned from on this machine"):
        boot.refuse_training(load(school.command.folder / "rookery.toml", {}))
    school.command.settings("[training]\nenabled = false\n")
    with pytest.raises(ConfigurationError, match="nobody is to learn"):
        boot.refuse_training(load(school.command.folder / "rookery.toml", {}))
