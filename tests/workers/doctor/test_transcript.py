from __future__ import annotations

import redis

from tasks.contracts.talking import TRANSCRIPT_FILE
from tasks.jobs import archive
from tasks.jobs.archive import LATE_S, Owed
from workers.doctor.findings import Level
from workers.doctor.transcript import judge, look


def test_nothing_is_said_of_an_archive_that_keeps_up(redis_url: str, told_redis):
    with redis.Redis.from_url(redis_url) as client:
        client.xadd("rookery:archive", {"kind": "job"})
        assert look(told_redis(redis_url)) == []


def test_a_backlog_is_a_warning_that_says_who_is_missing(redis_url: str, told_redis):
    with redis.Redis.from_url(redis_url) as client:
        client.xadd("rookery:archive", {"kind": "job"}, id="1-1")
        [found] = look(told_redis(redis_url))
    assert (found.level, found.next_step) == (Level.WARNING, archive.ADVICE)
    assert "the archive is behind: 1 to" in found.what


def test_a_redis_that_does_not_answer_is_another_checks_to_tell(told_redis, free_port):
    assert look(told_redis(f"redis://127.0.0.1:{free_port()}/0")) == []


def test_a_database_that_cannot_be_used_is_a_problem(redis_url: str, told, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / TRANSCRIPT_FILE).write_text("a diary, by hand " * 100)
    [found] = look(told(f'[redis]\nurl = "{redis_url}"\n'))
    assert (found.level, "not a database" in found.what) == (Level.PROBLEM, True)
    assert look(told(f'[redis]\nurl = "{redis_url}"\n[transcript]\nenabled = false\n')) == []


def test_a_database_server_that_is_away_is_told_without_its_password(redis_url: str, told, free_port):
    url = f"postgresql://rookery:marzipan@127.0.0.1:{free_port()}/rookery"
    [found] = look(told(f'[redis]\nurl = "{redis_url}"\n', TRANSCRIPT_URL=url))
    assert found.level is Level.PROBLEM
    assert "marzipan" not in found.what + found.next_step


def test_how_long_is_too_long_is_one_figure():
    assert not list(judge(Owed(1000, LATE_S)))
    assert list(judge(Owed(1, LATE_S + 1)))
