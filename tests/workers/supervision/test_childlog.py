from __future__ import annotations

import io
from pathlib import Path

import pytest

from tasks.contracts.errors import ProcessFailed
from workers.supervision.childlog import MAX_LINE_BYTES, TAIL_LINES, ChildLog, log_path


def test_lines_are_prefixed_with_the_child_and_its_pid(tmp_path: Path):
    log = ChildLog("web", tmp_path / "logs" / "web.log")
    log.pump(io.BytesIO(b"one\r\ntwo\nhalf"), pid=7)
    log.note("killed")
    log.close()
    assert (tmp_path / "logs" / "web.log").read_text() == "web[7] one\nweb[7] two\nweb[7] half\nweb[-] killed\n"
    assert log.tail() == ("one", "two", "half", "killed")


def test_only_the_last_lines_are_kept_in_memory(tmp_path: Path):
    log = ChildLog("web", tmp_path / "web.log")
    log.pump(io.BytesIO(b"".join(b"%d\n" % number for number in range(500))), pid=7)
    log.close()
    assert log.tail() == tuple(str(number) for number in range(500 - TAIL_LINES, 500))


def test_a_line_without_end_is_cut(tmp_path: Path):
    log = ChildLog("web", tmp_path / "web.log")
    log.pump(io.BytesIO(b"x" * (2 * MAX_LINE_BYTES + 5)), pid=7)
    log.close()
    assert [len(line) for line in log.tail()] == [MAX_LINE_BYTES, MAX_LINE_BYTES, 5]


def test_a_full_file_is_put_aside_and_the_oldest_is_dropped(tmp_path: Path):
    log = ChildLog("web", tmp_path / "web.log", max_bytes=20, kept_files=2)
    log.pump(io.BytesIO(b"".join(b"line %d of the log\n" % number for number in range(5))), pid=7)
    log.close()
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {
        "web.log": "",
        "web.log.1": "web[7] line 4 of the log\n",
        "web.log.2": "web[7] line 3 of the log\n",
    }


def test_bytes_that_are_no_text_are_written_down_all_the_same(tmp_path: Path):
    log = ChildLog("web", tmp_path / "web.log")
    log.pump(io.BytesIO(b"\xff\xfe\n"), pid=7)
    log.close()
    assert log.tail() == ("\ufffd\ufffd",)


def test_a_full_disk_does_not_stop_the_reading():
    log = ChildLog("web", Path("/dev/full"))
    log.pump(io.BytesIO(b"one\ntwo\n"), pid=7)
    log.close()
    assert log.tail() == ("one", "two")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ProcessFailed, match=r"cannot write the log .*file/web\.log.*choose a log folder"):
        ChildLog("web", tmp_path / "file" / "web.log")


def test_a_name_cannot_lead_out_of_the_log_folder(tmp_path: Path):
    assert log_path(tmp_path, "../a b/tiny@mac-1.2") == tmp_path / ".._a_b_tiny@mac-1.2.log"
