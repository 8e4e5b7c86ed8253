"""The log of `rookery up --detach` is put aside when it is full, and all logs together keep to their size."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tasks.contracts.settings import load
from workers.supervision import housekeeping
from workers.supervision.childlog import UP_LOG
from workers.supervision.housekeeping import keeping_house, put_aside, tidy

PATIENCE_S = 30.0
WRITER = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"


def test_a_log_is_put_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / UP_LOG
    with log.open("ab") as output:  # as `rookery up --detach` opens it
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=output, text=True, bufsize=1
        )
    assert writer.stdin is not None
    with writer:
        writer.stdin.write("first\n")
        wait_for(log, "first\n")
        put_aside(log, max_bytes=100)
        assert log.read_text() == "first\n"
        put_aside(log, max_bytes=3)
        writer.stdin.write("second\n")
        wait_for(log, "second\n")
        writer.stdin.close()
    assert (tmp_path / f"{UP_LOG}.1").read_text() == "first\n"


def wait_for(file: Path, text: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while file.read_text() != text:
        assert time.monotonic() < give_up, file.read_text()
        time.sleep(0.01)


def test_a_look_puts_the_full_log_aside_and_drops_what_is_too_much(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(housekeeping.put_aside, "__defaults__", (5,))
    (tmp_path / UP_LOG).write_text("x" * 10)
    (tmp_path / "web.log.1").write_text("x" * 10)
    tidy(tmp_path, 15)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 15
    assert (tmp_path / UP_LOG).read_text() == ""


def test_logs_are_looked_after_from_the_first_moment_until_the_end(tmp_path: Path) -> None:
    full = tmp_path / "logs" / "home" / "worker.log.2"
    full.parent.mkdir(parents=True)
    with full.open("wb") as file:
        file.truncate(17 * 2**20)
    settings = load(None, {"ROOKERY_DATA_LOGS": str(tmp_path / "logs"), "ROOKERY_LOG_TOTAL_MIB": "16"})
    give_up = time.monotonic() + PATIENCE_S
    with keeping_house(settings):
        while full.exists():
            assert time.monotonic() < give_up
            time.sleep(0.01)


def test_a_folder_that_is_not_there_yet_does_no_harm(tmp_path: Path) -> None:
    tidy(tmp_path / "nowhere", 0)
