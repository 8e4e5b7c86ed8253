from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import redis

from benchmarks.stage import ROOT, cpu_s, join, pss_bytes, stage
from tasks.contracts.errors import ProcessFailed
from tasks.jobs import fleet_moves

PATIENCE_S = 30.0
BUSY = "x = 0\nwhile True: x += 1"
HOLDS = """
import time
from benchmarks.stage import stage
with stage() as made:
    url = made.redis(fsync=False)
    print(made.program("sleeper", ["sleep", "600"]), url, flush=True)
    time.sleep(600)
"""


def until(condition: Callable[[], bool], what: str) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_s, f"waited in vain for {what}"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_nothing_outlives_a_measurement_that_is_killed(tmp_path: Path) -> None:
    command, environment = [sys.executable, "-c", HOLDS], {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid, url = process.stdout.readline().split()
        assert runs(int(pid))
        assert answers(url)
        process.send_signal(signal.SIGKILL)
    until(lambda: not runs(int(pid)), "the end of the program")
    until(lambda: not answers(url), "the end of Redis")


def test_a_redis_has_the_log_that_was_asked_for_and_ends_with_the_stage() -> None:
    with stage() as made:
        urls = {fsync: made.redis(fsync=fsync) for fsync in (True, False)}
        for fsync, url in urls.items():
            with redis.Redis.from_url(url, decode_responses=True) as client:
                assert client.config_get("append*")["appendonly"] == ("yes" if fsync else "no")
                assert client.config_get("append*")["appendfsync"] == "always"
    assert not any(answers(url) for url in urls.values())


def test_a_program_that_does_not_start_is_told_with_its_last_words() -> None:
    with stage() as made, pytest.raises(ProcessFailed, match="not today"):
        made.program("moody", [sys.executable, "-c", "import sys; sys.exit('not today')"], ready=lambda: False)


def test_a_host_that_joined_serves_its_models(redis_url: str) -> None:
    with stage() as made:
        store = made.store(redis_url)
        assert join(store, ["Model One", "two"]) > 0
        assert [host.live for host in store.run(fleet_moves.status()).hosts] == [True]
        assert store.client.exists(store.key("serves", "model-one"), store.key("serves", "two")) == 2


def test_the_cpu_time_of_a_program_is_that_of_all_its_processes() -> None:
    with stage() as made:
        pid = made.program("busy", [sys.executable, "-c", BUSY])
        assert psutil.Process(pid).children(), "a shim keeps it on a leash"
        until(lambda: cpu_s(pid) > 0.1, "some work")


def test_a_process_that_has_ended_weighs_nothing() -> None:
    assert pss_bytes(psutil.Process(os.getpid())) > 1e6
    with subprocess.Popen(["sleep", "600"]) as process:
        gone = psutil.Process(process.pid)
        process.kill()
    assert pss_bytes(gone) == 0.0
