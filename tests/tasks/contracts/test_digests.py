"""What a file is known by."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tasks.contracts.digests import file_sha256


@pytest.mark.parametrize("held", [b"", b"twigs", bytes(300_000)])
def test_a_file_is_known_by_all_that_is_in_it(tmp_path: Path, held: bytes) -> None:
    file = tmp_path / "nest"
    file.write_bytes(held)
    assert file_sha256(file) == hashlib.sha256(held).hexdigest()


def test_a_file_that_is_not_there_is_told_as_the_system_tells_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        file_sha256(tmp_path / "nest")
