"""What is written down keeps to its size: first goes what was put aside, then what is oldest."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.retention import Kept, excess, keep_files, keep_logs

FILES = st.lists(
    st.builds(
        Kept,
        st.builds(lambda n, end: Path(f"{n}.log{end}"), st.integers(0, 99), st.sampled_from(["", ".1", ".2"])),
        st.integers(0, 50),
        st.floats(0, 9),
    ),
    unique_by=lambda kept: kept.path,
)


@given(FILES, st.integers(0, 200))
def test_what_stays_fits_and_nothing_goes_in_vain(files: list[Kept], total: int) -> None:
    goes = excess(files, total)
    sizes = {kept.path: kept.size_bytes for kept in files}
    left = sum(sizes.values()) - sum(sizes[path] for path in goes)
    assert left <= total
    assert not goes or left + sizes[goes[-1]] > total


def test_what_was_put_aside_goes_before_what_is_written_to() -> None:
    files = [Kept(Path("a.log"), 5, 1.0), Kept(Path("b.log.1"), 5, 9.0), Kept(Path("b.log.2"), 5, 3.0)]
    assert [path.name for path in excess(files, 0)] == ["b.log.2", "b.log.1", "a.log"]


def written(path: Path, size: int, age: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (age, age))
    return path


def test_logs_below_the_folder_count_and_those_at_work_are_emptied_while_their_writer_goes_on(tmp_path: Path) -> None:
    old = written(tmp_path / "host" / "worker.log.3", 40, 1)
    young = written(tmp_path / "web.log.1", 40, 2)
    live = written(tmp_path / "web.log", 40, 3)
    other = written(tmp_path / "notes.txt", 400, 0)
    keep_logs(tmp_path, 90)
    assert [path.exists() for path in (old, young, live, other)] == [False, True, True, True]
    with live.open("ab", buffering=0) as writer:
        keep_logs(tmp_path, 0)
        writer.write(b"on\n")
    assert (live.read_bytes(), young.exists(), other.stat().st_size) == (b"on\n", False, 400)


def test_a_folder_that_is_not_there_needs_no_room(tmp_path: Path) -> None:
    keep_logs(tmp_path / "nowhere", 0)


def test_only_the_files_of_that_name_are_kept_to_a_size(tmp_path: Path) -> None:
    old, young = written(tmp_path / "a.prompt.json", 40, 1), written(tmp_path / "b.prompt.json", 40, 2)
    mine = written(tmp_path / "mine.json", 400, 0)
    keep_files(tmp_path, "*.prompt.json", 40)
    assert [path.exists() for path in (old, young, mine)] == [False, True, True]
