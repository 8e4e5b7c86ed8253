"""The web bot as a process of its own."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from bots.web.serving import listen, refuse_open_door
from bots.web.serving import serve as serve_page
from tasks.contracts.errors import ConfigurationError, PortTaken
from tasks.contracts.settings import Settings, load
from tasks.jobs import keys
from tasks.jobs.keys import Scope
from tasks.jobs.store import Store
from tests.bots.web import keyed


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


HAS_IPV6 = has_ipv6()
REPO = Path(__file__).parents[3]
SERVE = """
import os
from bots.web.serving import serve
from tasks.contracts.settings import load
serve(load(None, os.environ))
"""


@pytest.fixture
def serve(tmp_path: Path, redis_url: str) -> Iterator[Callable[[int], subprocess.Popen[bytes]]]:
    """Call it with a port for a web bot on it."""
    started = []

    def start(port: int) -> subprocess.Popen[bytes]:
        config = tmp_path / "rookery.toml"
        config.write_text(f'[redis]\nurl = "{redis_url}"\n[web]\nport = {port}\n')
        environ = {"ROOKERY_CONFIG": str(config), "PYTHONPATH": str(REPO)}
        started.append(
            subprocess.Popen([sys.executable, "-c", SERVE], cwd=tmp_path, env=environ, stderr=subprocess.PIPE)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_sweeps_and_ends_with_a_signal_though_somebody_watches(
    serve, free_port, redis_url, eventually, number
) -> None:
    port = free_port()
    process = serve(port)
    eventually(lambda: healthy(port), "the page")
    with Store.open(redis_url).client as client:
        eventually(lambda: client.get("rookery:sweeper"), "a sweeper that leads")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        job = client.post("/api/chat", json={"text": "hello"}).json()["job"]
        with client.stream("GET", f"/api/jobs/{job}/events") as told:
            lines = told.iter_lines()
            next(lines)
            process.send_signal(number)
            list(lines)  # the stream ends as it should, not by a broken connection
    _, errors = process.communicate(timeout=30)
    assert b"Traceback" not in errors, errors.decode()
    assert process.returncode in (0, -number)


@pytest.mark.slow
def test_a_thousand_messages_leave_a_bot_below_a_hundred_megabytes_and_no_larger_than_before(
    serve, free_port, hand, eventually
) -> None:
    port, sizes = free_port(), []
    process = psutil.Process(serve(port).pid)
    eventually(lambda: healthy(port), "the page")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for number in range(1000):
            job = client.post("/api/chat", json={"text": f"hello {number}", "session": f"s{number % 50}"}).json()["job"]
            with client.stream("GET", f"/api/jobs/{job}/events") as told:
                hand.answer("Good morning!")
                assert any("Good morning!" in line for line in told.iter_lines())
            if number % 250 == 249:
                sizes.append(process.memory_info().rss)
    assert max(sizes) < 100e6
    assert sizes[-1] < 1.05 * sizes[1], f"it grows: {sizes}"


def test_a_taken_port_is_told_before_anything_starts(free_port) -> None:
    port = free_port()
    with listen("127.0.0.1", port), pytest.raises(PortTaken, match=rf"127.0.0.1:{port}.*\[web\]"):
        listen("127.0.0.1", port)


@pytest.mark.parametrize("bind", ["192.0.2.7", "300.1.1.1", "no such name"])
def test_an_address_that_is_not_ours_is_told_with_the_setting(free_port, bind) -> None:
    with pytest.raises(ConfigurationError, match="`bind` in \\[web\\]"):
        listen(bind, free_port())


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6 loopback")
def test_loopback_of_the_sixth_version_can_be_bound(free_port) -> None:
    with listen("::1", free_port()) as listener:
        assert listener.family == socket.AF_INET6


def settings_of(redis_url: str, **web: str) -> Settings:
    return load(None, {"REDIS_URL": redis_url, **web})


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.0.2.7"])
def test_nobody_serves_other_machines_without_a_key(redis_url, bind) -> None:
    with pytest.raises(ConfigurationError, match="there is no key") as refused:
        serve_page(settings_of(redis_url, ROOKERY_WEB_BIND=bind))
    assert "rookery key new" in refused.value.next_step


@pytest.mark.parametrize("bind", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_this_machine_is_served_without_a_key(ledger, redis_url, bind) -> None:
    refuse_open_door(settings_of(redis_url, ROOKERY_WEB_BIND=bind), ledger)


def test_with_a_key_of_the_ledger_or_of_its_own_others_are_served(ledger, redis_url) -> None:
    wide = settings_of(redis_url, ROOKERY_WEB_BIND="0.0.0.0")
    refuse_open_door(settings_of(redis_url, ROOKERY_WEB_BIND="0.0.0.0", WEB_KEY="k" * 32), ledger)
    keyed.cut(ledger, "ada", Scope.CHAT)
    refuse_open_door(wide, ledger)
    ledger.run(keys.revoke("ada"))
    with pytest.raises(ConfigurationError):
        refuse_open_door(wide, ledger)


def test_a_key_of_its_own_that_can_be_guessed_is_refused(ledger, redis_url) -> None:
    with pytest.raises(ConfigurationError, match="WEB_KEY has 5 characters") as refused:
        refuse_open_door(settings_of(redis_url, WEB_KEY="guess"), ledger)
    assert "guess" not in str(refused.value).replace("guesses", "")


def test_while_redis_is_away_it_starts_and_lets_nobody_in(free_port, caplog) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    refuse_open_door(settings_of(nowhere, ROOKERY_WEB_BIND="0.0.0.0"), Store.open(nowhere))
    assert "cannot be told yet" in caplog.text
