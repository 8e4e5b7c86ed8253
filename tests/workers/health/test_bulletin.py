"""What a worker says of its engine's health, on its way to the agent."""

from __future__ import annotations

import threading

from workers.health import bulletin
from workers.health.breaker import Standing
from workers.health.bulletin import Bulletin


def test_what_was_written_can_be_read(tmp_path):
    path = bulletin.path_beside(tmp_path / "demo.ready")
    bulletin.write(path, Bulletin(Standing.OPEN, 5.0, "EngineUnavailable", first_token_s=0.12345))
    said = bulletin.read(path)
    assert (said["standing"], said["failures"], said["trouble"]) == ("open", 5.0, "EngineUnavailable")
    assert said["first_token_s"] == 0.123
    assert path.name == "demo.health"


def test_a_worker_that_said_nothing_is_no_news(tmp_path):
    assert bulletin.read(tmp_path / "nothing.health") == {}


def test_half_a_file_is_no_news(tmp_path):
    path = tmp_path / "demo.health"
    path.write_text('{"standing": "op')
    assert bulletin.read(path) == {}
    path.write_text("[]")
    assert bulletin.read(path) == {}


def test_a_folder_that_is_gone_is_told_to_the_log_alone(tmp_path, caplog):
    bulletin.write(tmp_path / "gone" / "demo.health", Bulletin())
    assert "no health told" in caplog.text


def test_threads_that_tell_at_the_same_time_do_not_take_each_others_file(tmp_path, caplog):
    path = tmp_path / "m.health"
    threads = [
        threading.Thread(target=lambda: [bulletin.write(path, Bulletin()) for _ in range(200)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caplog.records == []
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
