"""A file is read again once it is another one, and no sooner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.contracts.digests import file_sha256
from workers.adapters import digests
from workers.adapters.digests import FileDigests


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read."""
    paths: list[Path] = []

    def noted(path: Path) -> str:
        paths.append(path)
        return file_sha256(path)

    monkeypatch.setattr(digests, "file_sha256", noted)
    return paths


def test_a_file_is_read_once_also_by_a_process_that_begins_later(tmp_path: Path, read: list[Path]) -> None:
    files = [tmp_path / name for name in ("one.gguf", "other.gguf")]
    for file in files:
        file.write_text(file.name)
    note = tmp_path / "host" / "digests.json"
    for _ in range(2):
        assert [FileDigests(note).of(file) for file in files] == list(map(file_sha256, files))
    assert read == files


@pytest.mark.parametrize("change", ["bigger", "later", "forgotten"])
def test_it_is_read_again_where_it_may_be_another_one(tmp_path: Path, read: list[Path], change: str) -> None:
    file, note = tmp_path / "one.gguf", tmp_path / "digests.json"
    file.write_text("one")
    known = FileDigests(note)
    known.of(file)
    before = file.stat()
    if change == "forgotten":
        note.write_text("what is it?")
    else:
        file.write_text("more" if change == "bigger" else "two")
        later_ns = before.st_mtime_ns + (0 if change == "bigger" else 1_000_000_000)
        os.utime(file, ns=(before.st_atime_ns, later_ns))
    assert known.of(file) == file_sha256(file)
    assert read == [file, file]
