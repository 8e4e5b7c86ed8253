"""A file that moves is never lost, never half there, and never written over another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tasks.contracts.errors import Refused
from tests.command import REPO
from workers.storage import moving
from workers.storage.moving import PART, Step, move

WORDS = {"m-00001-of-00002.gguf": os.urandom(300_000), "m-00002-of-00002.gguf": os.urandom(200_000)}
FIRST, SECOND = WORDS
#: Moves the files, and dies of SIGKILL when it is told of a step for the given time.
KILLED = """
import os, pathlib, signal, sys
from workers.storage import moving
hot, cold, step, times, *names = sys.argv[1:]
moving.CHUNK_BYTES = 100_000
left = int(times)
def tell(at, path, size):
    global left
    left -= at == step
    if at == step and left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
moving.move([(pathlib.Path(hot, name), pathlib.Path(cold, name)) for name in names], tell, lambda: None)
"""


@pytest.fixture
def pairs(tmp_path: Path) -> list[tuple[Path, Path]]:
    (tmp_path / "hot").mkdir()
    for name, words in WORDS.items():
        (tmp_path / "hot" / name).write_bytes(words)
    return [(tmp_path / "hot" / name, tmp_path / "cold" / name) for name in WORDS]


def silent(step: Step, path: Path, size: int) -> None:
    return


def whole(path: Path) -> bool:
    return path.exists() and path.read_bytes() == WORDS[path.name]


def test_a_model_moves_with_all_its_parts(pairs):
    seen: list[Step] = []
    move(pairs, lambda step, path, size: seen.append(step), lambda: None)
    assert all(whole(target) and not source.exists() for source, target in pairs)
    assert sorted(os.listdir(pairs[0][1].parent)) == sorted(WORDS), "nothing else is left behind"
    steps = [step for step in seen if step not in (Step.COPY, Step.VERIFY)]
    assert steps == [*2 * [Step.SYNCED, Step.VERIFIED, Step.PLACED], Step.DELETED, Step.DELETED]


@pytest.mark.parametrize(
    ("step", "times"), [*product((Step.COPY, Step.VERIFY), (1, 7)), *product(list(Step)[2:], (1, 2))]
)
def test_killed_at_any_step_nothing_is_lost_and_a_second_run_goes_on(pairs, step, times):
    folders = [str(pairs[0][0].parent), str(pairs[0][1].parent)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *folders, step, str(times), *WORDS], cwd=REPO, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert all(whole(source) or whole(target) for source, target in pairs), "each part is somewhere"
    found = 0 if pairs[0][0].exists() else 1
    assert all(whole(pair[found]) for pair in pairs), "and where the first is found, all are"
    assert all(whole(target) for _, target in pairs if target.exists()), "never half of it under its name"
    move(pairs, silent, lambda: None)
    assert all(whole(target) and not source.exists() for source, target in pairs)
    assert sorted(os.listdir(pairs[0][1].parent)) == sorted(WORDS)


def test_what_was_copied_already_is_not_copied_again(pairs):
    target = pairs[0][1]
    target.parent.mkdir()
    target.with_name(PART.format(target.name)).write_bytes(WORDS[FIRST][:250_000])
    copied: list[int] = []
    move(pairs[:1], lambda step, path, size: copied.append(size) if step is Step.COPY else None, lambda: None)
    assert copied == [250_000, 50_000]
    assert whole(target)


def test_a_source_that_changed_since_is_copied_anew(pairs):
    target = pairs[0][1]
    target.parent.mkdir()
    half = target.with_name(PART.format(target.name))
    half.write_bytes(b"old" * 1000)
    os.utime(half, (1, 1))
    move(pairs[:1], silent, lambda: None)
    assert whole(target)


def test_a_copy_that_is_not_true_is_thrown_away_and_the_source_stays(pairs):
    source, target = pairs[0]
    target.parent.mkdir()
    half = target.with_name(PART.format(target.name))
    half.write_bytes(b"x" * 1000)
    with pytest.raises(Refused, match="is not what was read"):
        move(pairs[:1], silent, lambda: None)
    assert whole(source)
    assert os.listdir(target.parent) == []


def test_another_file_of_the_name_is_kept_and_so_is_ours(pairs):
    source, target = pairs[0]
    target.parent.mkdir()
    target.write_bytes(b"somebody else's")
    with pytest.raises(Refused, match="there is another file"):
        move(pairs[:1], silent, lambda: None)
    assert target.read_bytes() == b"somebody else's"
    assert whole(source)


def test_two_cannot_write_the_same_file(pairs):
    def again(step: Step, path: Path, size: int) -> None:
        if step is Step.SYNCED:
            with pytest.raises(Refused, match="being written already"):
                move(pairs[:1], silent, lambda: None)
            assert path.with_name(PART.format(path.name)).exists()

    move(pairs[:1], again, lambda: None)
    assert whole(pairs[0][1])


def test_a_model_that_is_taken_into_memory_meanwhile_keeps_its_source(pairs):
    def taken() -> None:
        raise Refused("it is in memory")

    with pytest.raises(Refused, match="in memory"):
        move(pairs, silent, taken)
    assert all(whole(source) and whole(target) for source, target in pairs)
    move(pairs, silent, lambda: None)
    assert not any(source.exists() for source, _ in pairs)


def test_a_part_that_is_missing_is_told_before_any_source_goes(pairs):
    pairs[1][0].unlink()
    with pytest.raises(Refused, match=SECOND):
        move(pairs, silent, lambda: None)
    assert whole(pairs[0][0])


def test_the_work_is_what_was_announced(pairs):
    done, announced = [], moving.work_bytes(pairs)
    move(pairs, lambda step, path, size: done.append(size), lambda: None)
    assert sum(done) == announced
