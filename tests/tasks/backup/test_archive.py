"""The file of a backup: what was put in comes out; whatever was changed in it is told of before anything is done."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from tasks.backup.archive import FOR_ITS_OWNER, Packing, opened
from tasks.backup.manifest import FORMAT, MANIFEST, Manifest
from tasks.contracts.errors import BackupDamaged, BadInput

LARGE = bytes(range(256)) * 8192  # more than one part


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with two files."""
    return packed(tmp_path / "b.zip")


def packed(path: Path, **fields: object) -> Path:
    """Return a backup that says this of itself."""
    packing = Packing(path)
    packing.add("data/large", [LARGE[:1000], LARGE[1000:]], 0o640)
    packing.add("ledger.jsonl", [])
    said = {"format": FORMAT, "rookery": "1", "made_ms": 1, "namespace": "rookery", "settings": "x", **fields}
    packing.finish(Manifest(members=packing.members, **said))  # type: ignore[arg-type]
    return path


def changed(path: Path, name: str, content: bytes | None) -> None:
    """Write a backup anew in which a file is another one, or gone, or one more."""
    with zipfile.ZipFile(path) as old:
        files = {entry: old.read(entry) for entry in old.namelist()}
    files.pop(name, None)
    with zipfile.ZipFile(path, "w") as new:
        for entry, was in {**files, **({name: content} if content is not None else {})}.items():
            new.writestr(entry, was)


def verify(path: Path) -> None:
    with opened(path) as archive:
        archive.verify()


def test_what_was_put_in_comes_out_with_its_mode(backup: Path, tmp_path: Path) -> None:
    with opened(backup) as archive:
        archive.verify()
        archive.unpack("data/large", tmp_path / "deep" / "large")
        assert archive.said.size_bytes == len(LARGE)
    assert (tmp_path / "deep" / "large").read_bytes() == LARGE
    assert stat.S_IMODE((tmp_path / "deep" / "large").stat().st_mode) == 0o640
    assert stat.S_IMODE(backup.stat().st_mode) == FOR_ITS_OWNER


def test_any_zip_program_reads_it(backup: Path) -> None:
    with zipfile.ZipFile(backup) as plain:
        assert plain.testzip() is None
        assert plain.read("data/large") == LARGE


@pytest.mark.parametrize("content", [b"", b"words that are no backup", b"PK\x03\x04 and no more"])
def test_what_is_no_backup_is_told_of(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(BackupDamaged, match="no backup, or a damaged one"):
        verify(tmp_path / "b.zip")


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no backup"):
        verify(tmp_path / "none.zip")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_one_that_was_cut_off_is_damaged(share: float, backup: Path) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BackupDamaged):
        verify(backup)


def test_a_single_byte_that_changed_is_noticed_wherever_it_is(backup: Path) -> None:
    content = backup.read_bytes()
    with opened(backup) as archive:
        info = archive._zip.getinfo("data/large")
        start = info.header_offset + 60
    for at in range(start, start + info.compress_size - 60, info.compress_size // 7):
        backup.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        with pytest.raises(BackupDamaged):
            verify(backup)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("data/large", b"another", "is not what was written"),
        ("data/large", LARGE + b"and more", "is not what was written"),
        ("data/large", None, "other files than it says"),
        ("data/more", b"one more", "other files than it says"),
        (MANIFEST, None, "There is no item named"),
        (MANIFEST, b"{}", "cannot be read"),
        (MANIFEST, b"\xff", "cannot be read"),
    ],
)
def test_a_file_in_it_that_is_another_one_is_told_of(name: str, content: bytes | None, why: str, backup: Path) -> None:
    changed(backup, name, content)
    with pytest.raises(BackupDamaged, match=why):
        verify(backup)


@pytest.mark.parametrize(
    "name", ["../up", "/etc/passwd", "data/../../up", "data\\\\up", "a/./b", "", "data//x", "a\\u0000b"]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, backup: Path) -> None:
    with opened(backup) as archive:
        said = archive.said.model_dump_json()
    changed(backup, MANIFEST, said.replace("data/large", name).encode())
    with pytest.raises(BackupDamaged, match="cannot be read"):
        verify(backup)


def test_one_of_a_newer_version_says_which(tmp_path: Path) -> None:
    path = packed(tmp_path / "b.zip", format=FORMAT + 1, rookery="9.9")
    with pytest.raises(BadInput, match=r"made by Rookery 9\.9"):
        verify(path)
