"""A thing is in use while anybody says so, in whichever process and thread; and no longer than they live."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.adapters.inuse import kept_from_use, unused, using

HOLDS = """
import sys, time
from pathlib import Path
from workers.adapters.inuse import using
with using(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(60)
"""


def test_it_is_in_use_until_the_last_one_is_done(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    assert unused(path)
    with using(path):
        with using(path):
            assert not unused(path)
        assert not unused(path)
        with kept_from_use(path) as mine:
            assert not mine
    with kept_from_use(path) as mine:
        assert mine
    assert unused(path)


def test_who_is_killed_uses_nothing_any_more(tmp_path: Path, python: Callable[..., subprocess.Popen[bytes]]) -> None:
    path = tmp_path / "thing"
    process = python(HOLDS, path, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"mine\n"
    assert not unused(path)
    process.kill()
    process.wait()
    assert unused(path)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        unused(tmp_path / "gone" / "thing")
