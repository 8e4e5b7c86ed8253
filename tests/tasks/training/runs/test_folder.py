"""The folder of a run is made whole or not at all, and says what it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts import atomic
from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import RookeryError
from tasks.contracts.learning import StepName
from tasks.training.runs import folder, progress
from tasks.training.runs.progress import EVERY_S, Telling
from tests.tasks.training.runs.paces import RUN, spec


def test_a_run_is_there_once_and_keeps_what_it_was_told(tmp_path: Path) -> None:
    assert folder.create(tmp_path, spec())
    assert not folder.create(tmp_path, spec(until_ms=2))
    assert folder.read(folder.find(tmp_path, RUN)).until_ms == 1
    assert [path.name for path in folder.runs_of(tmp_path).iterdir()] == [RUN]
    assert folder.find(tmp_path, RUN).stat().st_mode & 0o077 == 0


def test_one_that_could_not_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_said: object, **_how: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write_whole", full)
    with pytest.raises(OSError, match="No space"):
        folder.create(tmp_path, spec())
    assert folder.names(tmp_path) == ()
    assert list(folder.runs_of(tmp_path).iterdir()) == []


def test_what_was_cut_off_while_it_was_made_is_no_run(tmp_path: Path) -> None:
    half = folder.runs_of(tmp_path) / ".20261122-0200-pirate.ab12"
    half.mkdir(parents=True)
    (half / folder.SPEC_FILE).write_text("{}")
    (folder.runs_of(tmp_path) / "empty").mkdir()
    assert folder.names(tmp_path) == ()


@pytest.mark.parametrize("content", ["", "{", '{"run": "../x"}', "[]"])
def test_a_folder_that_cannot_be_read_says_which(tmp_path: Path, content: str) -> None:
    folder.create(tmp_path, spec())
    place = folder.find(tmp_path, RUN)
    (place / folder.SPEC_FILE).write_text(content)
    with pytest.raises(RookeryError, match=r"run\.json cannot be read"):
        folder.read(place)


def test_files_that_are_half_written_count_as_none(tmp_path: Path) -> None:
    folder.create(tmp_path, spec())
    place = folder.find(tmp_path, RUN)
    for name in (folder.ENDED_FILE, folder.BEGUN_FILE, progress.PROGRESS_FILE):
        (place / name).write_text("{")
    (place / StepName.GATE.value).mkdir()
    (place / StepName.GATE.value / folder.VERDICT_FILE).write_text('{"passed": true}')
    facts = folder.facts(place)
    assert (facts.ended, facts.passed, facts.done) == (None, None, ())
    assert (folder.begun(place), progress.read(place)) == (None, None)


def test_what_differs_from_try_to_try_is_not_hashed(tmp_path: Path) -> None:
    for name in ("adapter/weights", "checkpoints/1/weights", "tensorboard/events", folder.DONE_FILE, "figures.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert list(folder.hashes(tmp_path)) == ["adapter/weights", "figures.json"]


def test_how_far_it_is_is_written_as_often_as_somebody_could_look(tmp_path: Path) -> None:
    clock = ManualClock()
    heard: list[float] = []
    telling = Telling(tmp_path, list(StepName), lambda: 1, lambda said: heard.append(said.share), clock)
    telling.begin(StepName.TRAIN)
    for share in (0.1, 0.2, 0.3):
        telling.say("at it", share)
    clock.sleep(EVERY_S)
    telling.say("at it", 0.4)
    telling.say("at it", 1.5)
    assert heard == [0.0, 0.4, 1.0]
    said = progress.read(tmp_path)
    assert said is not None
    assert (said.step, said.share) == (StepName.TRAIN, 1.0)


def test_a_full_disk_ends_nothing_that_only_tells(tmp_path: Path) -> None:
    telling = Telling(tmp_path / "gone", list(StepName), lambda: 1)
    telling.say("at it", 0.5)
    assert progress.read(tmp_path / "gone") is None
