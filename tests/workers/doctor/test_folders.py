from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from workers.doctor.findings import Level
from workers.doctor.folders import GIB, MODELS, Folder, gather, judge, look
from workers.supervision.redis_server import MIN_FREE_BYTES

NOBODY = 65534


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that this process may look at and not write to, whoever runs the tests."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(user)
            Path(folder).chmod(0o755)


def test_folders_that_are_not_there_yet_are_judged_by_where_they_would_be(told):
    found = look(told())
    assert [finding.what.split()[0] for finding in found] == ["data.dir", "data.logs", "data.models"]
    assert not [finding for finding in found if finding.level is Level.PROBLEM]
    assert not told().data_dir.exists()


def test_a_file_in_the_place_of_a_folder_is_a_problem(told, tmp_path: Path):
    (tmp_path / "notes").touch()
    found = look(told('[data]\ndir = "notes/data"\n'))[0]
    assert (found.level, f"{tmp_path / 'notes'} is no folder" in found.what) == (Level.PROBLEM, True)


def test_a_folder_that_cannot_be_written_to_is_a_problem(locked: Path):
    found = judge(gather("data.dir", locked / "data"))
    assert (found.level, found.what) == (Level.PROBLEM, f"data.dir {locked / 'data'} cannot be written to")
    assert str(locked) in found.next_step


def test_models_may_lie_where_nobody_writes(locked: Path):
    assert judge(gather(MODELS, locked)).level is Level.NOTE


def test_a_disk_without_room_is_a_problem_and_one_with_little_a_warning(tmp_path: Path):
    folder = gather("data.dir", tmp_path)
    assert isinstance(folder, Folder)
    full, low, roomy = (judge(replace(folder, free_bytes=free)) for free in (MIN_FREE_BYTES - 1, GIB, 10 * GIB))
    assert (full.level, low.level, roomy.level) == (Level.PROBLEM, Level.WARNING, Level.OK)
    assert full.what == f"data.dir {tmp_path} has no room: 63 MiB free"
    assert roomy.what == f"data.dir {tmp_path} has 10.0 GiB free"
