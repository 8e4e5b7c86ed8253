"""The scale hook, called for real: a program with its arguments and JSON, an address, and what fails about them."""

from __future__ import annotations

import json
import os
import signal
import stat
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.sections import Scale
from tasks.jobs import fleet_moves, notices
from tasks.scaling.calling import Caller, without_secrets
from tests.tasks.jobs.flock import Flock
from tests.workers.household import alive

HEARD = """#!/bin/sh
cat > heard.json
printf '%s\\n' "$@" > arguments
env > environment
"""
#: Its child is no longer of its session when it goes on.
LEAVES = """#!/bin/sh
setsid sh -c 'echo $$ > left; exec sleep 300' &
while [ ! -s left ]; do sleep 0.01; done
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return written(tmp_path, HEARD)


def written(folder: Path, text: str) -> Path:
    file = folder / "more.sh"
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def waiting(flock: Flock) -> None:
    """Have somebody wait for long."""
    job = flock.submit()
    flock.client.zadd(flock.store.key("models"), {"demo": 1})
    flock.client.zadd(flock.store.key("waiting", "demo"), {job: 1})


def look(flock: Flock, folder: Path, times: int = 1, environ: dict[str, str] | None = None, **rules: Any) -> None:
    told = Scale(**{"after_s": 60.0, "every_s": 300.0, "timeout_s": 20.0, **rules})
    caller = Caller(flock.store, lambda: told, folder, environ)
    for _ in range(times):
        caller.look(flock.store.run(fleet_moves.status()))
        caller.wait()


def complaint(flock: Flock) -> str:
    taken = flock.store.run(notices.take())
    return f"{taken.notice.title}: {taken.notice.words}" if taken else ""


def test_a_program_is_called_with_its_arguments_and_told_who_waits(flock: Flock, program: Path, tmp_path: Path) -> None:
    waiting(flock)
    look(flock, tmp_path, command=("./more.sh", "--up", "two words; $HOME `id`"))
    body = json.loads((tmp_path / "heard.json").read_text())
    assert [each["model"] for each in body["waits"]] == ["demo"]
    assert body["waits"][0]["oldest_s"] > 60
    assert (tmp_path / "arguments").read_text().splitlines() == ["--up", "two words; $HOME `id`"]  # no shell read it
    assert not complaint(flock)


def test_it_is_called_once_in_a_while_whichever_process_looks(flock: Flock, tmp_path: Path) -> None:
    written(tmp_path, "#!/bin/sh\necho called >> calls\n")
    waiting(flock)
    look(flock, tmp_path, times=5, command=("./more.sh",))
    look(flock, tmp_path, times=5, command=("./more.sh",))  # another process, or the same after a restart
    assert (tmp_path / "calls").read_text() == "called\n"


def test_nobody_waits_and_nothing_is_called(flock: Flock, program: Path, tmp_path: Path) -> None:
    flock.submit()
    look(flock, tmp_path, command=("./more.sh",))
    assert not (tmp_path / "heard.json").exists()


def test_secrets_of_the_flock_are_not_for_programs_of_others(flock: Flock, program: Path, tmp_path: Path) -> None:
    waiting(flock)
    environ = {"PATH": os.environ["PATH"], "DISCORD_TOKEN": "hush", "REDIS_URL": "redis://:hush@h", "CLOUD": "mine"}
    look(flock, tmp_path, environ=environ, command=("./more.sh",))
    said = (tmp_path / "environment").read_text()
    assert "hush" not in said
    assert "CLOUD=mine" in said
    assert without_secrets({"NTFY_TOKEN_FILE": "/x", "HOME": "/h"}) == {"HOME": "/h"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#!/bin/sh\necho no money left; exit 3\n", "ended with code 3: no money left"),
        ("#!/bin/sh\nsleep 60 & wait\n", "took longer than 0.2 s"),
    ],
)
def test_a_program_that_fails_or_hangs_is_told_of(
    flock: Flock, tmp_path: Path, text: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path, text)
    waiting(flock)
    look(flock, tmp_path, command=("./more.sh",), timeout_s=0.2 if "sleep" in text else 20.0)
    assert why in complaint(flock)
    assert caplog.records[-1].message == "the scale hook failed"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{LEAVES}", ""),
        (f"{LEAVES}sleep 300\n", "took longer than 2 s"),
    ],
)
def test_what_a_program_leaves_behind_is_not_waited_for(flock: Flock, tmp_path: Path, text: str, why: str) -> None:
    written(tmp_path, text)
    waiting(flock)
    try:
        look(flock, tmp_path, command=("./more.sh",), timeout_s=2.0 if why else 20.0)
        assert alive(int((tmp_path / "left").read_text()))
    finally:
        os.kill(int((tmp_path / "left").read_text()), signal.SIGKILL)
    said = complaint(flock)
    assert why in said if why else not said


def test_a_program_that_is_not_there_is_told_of(flock: Flock, tmp_path: Path) -> None:
    waiting(flock)
    look(flock, tmp_path, command=("./none.sh",))
    assert "cannot be started" in complaint(flock)


@pytest.mark.parametrize(("status", "told"), [(200, ""), (204, ""), (500, "answered 500"), (302, "answered 302")])
def test_an_address_is_posted_the_same(flock: Flock, tmp_path: Path, status: int, told: str) -> None:
    bodies: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_request(self, *_said: Any) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        waiting(flock)
        look(flock, tmp_path, url=f"http://127.0.0.1:{server.server_port}/hooks/T0123")
        thread.join()
    assert [body["event"] for body in bodies] == ["scale"]
    said = complaint(flock)
    assert told in said if told else not said
    assert "T0123" not in said  # who knows the path of such a hook may call it
