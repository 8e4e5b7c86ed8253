from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from tasks.contracts.errors import AlreadyRunning, PortTaken, ProcessFailed
from workers.supervision.background import detach, down
from workers.supervision.childlog import UP_LOG
from workers.supervision.instance import read_state
from workers.supervision.redis_check import wait_ready
from workers.supervision.redis_server import local_url, redis_child
from workers.supervision.supervise import ChildSpec
from workers.supervision.up import UpPlan, in_order, up

Alive = Callable[[int], bool]
Eventually = Callable[..., None]
Python = Callable[..., subprocess.Popen[bytes]]

#: `rookery up` in small: a real Redis, a child that ends politely, and one that must be killed.
UP = """
import pathlib, sys
from rich.console import Console
from tasks.contracts.errors import RookeryError
from workers.supervision.redis_server import redis_child
from workers.supervision.supervise import ChildSpec
from workers.supervision.up import UpPlan, up
folder, port, web, timeout_s = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
children = (
    ChildSpec("web", ("sh", "-c", web), cwd=folder, ready=(folder / "web.up").exists, kill_timeout_s=timeout_s),
    ChildSpec("flower", ("sh", "-c", "echo [no flower]; exit 1"), ready=lambda: False, essential=False),
)[: 1 + ("flower" in sys.argv)]
plan = UpPlan(folder, folder / "logs", redis_child(folder / "redis", port), children, {"web page": "http://127.0.0.1:8"})
try:
    sys.exit(up(plan, Console()))
except RookeryError as exc:
    sys.exit(f"error: {exc}")
"""
POLITE = "touch web.up; exec sleep 1000"
DEAF = "trap '' TERM; touch web.up; while :; do sleep 1000; done"


class Place:
    """A folder, a port and what is started there."""

    def __init__(self, folder: Path, port: int, python: Python, eventually: Eventually) -> None:
        self.folder, self.port = folder, port
        self._python, self.eventually = python, eventually

    def arguments(self, web: str = POLITE, timeout_s: float = 10.0) -> list[str]:
        return [str(self.folder), str(self.port), web, str(timeout_s)]

    def start(self, web: str = POLITE, timeout_s: float = 10.0, *words: str) -> subprocess.Popen[bytes]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return self._python(UP, *self.arguments(web, timeout_s), *words, **options)

    def started(self, web: str = POLITE, timeout_s: float = 10.0, *words: str) -> subprocess.Popen[bytes]:
        process = self.start(web, timeout_s, *words)
        self.eventually(lambda: (state := read_state(self.folder)) is not None and state.ready, "everything ready")
        return process

    def plan(self) -> UpPlan:
        return UpPlan(self.folder, self.folder / "logs", redis_child(self.folder / "redis", self.port), ())


@pytest.fixture
def place(tmp_path: Path, free_port: Callable[[], int], python: Python, eventually: Eventually) -> Place:
    return Place(tmp_path, free_port(), python, eventually)


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def family(process: subprocess.Popen[bytes]) -> list[int]:
    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert len(children) >= 4, "two shims, Redis and the web child"
    return children


def test_redis_is_started_before_all_others(place: Place):
    plan = UpPlan(place.folder, place.folder, place.plan().redis, (ChildSpec("a", ("a",)), ChildSpec("b", ("b",))))
    assert [(child.name, child.needs) for child in in_order(plan)] == [
        ("redis", ()),
        ("a", ("redis",)),
        ("b", ("redis",)),
    ]
    elsewhere = UpPlan(place.folder, place.folder, None, plan.children)
    assert in_order(elsewhere) == plan.children


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_up_runs_until_a_signal_and_leaves_nothing_behind(
    number: signal.Signals, place: Place, is_alive: Alive, eventually: Eventually
):
    process = place.started()
    wait_ready(local_url(place.port), 0.0)
    children = family(process)
    process.send_signal(number)
    output = process.communicate(timeout=20)[0].decode()
    assert process.returncode == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, children)), "the end of all children")
    assert "✓ redis ready in" in output
    assert "  web page     http://127.0.0.1:8\n" in output
    assert read_state(place.folder) is None


def test_up_goes_on_without_what_is_not_essential_and_says_so(place: Place):
    process = place.started(POLITE, 10.0, "flower")
    process.terminate()
    output = process.communicate(timeout=20)[0].decode()
    assert "going on without flower: flower ended with exit code 1; it said:\n  [no flower]" in output
    assert output.index("web stopped (SIGTERM)") < output.index("redis stopped (exit code 0)")


def test_a_process_that_says_why_it_cannot_go_on_is_quoted_once_however_often_it_is_tried(place: Place):
    starts = place.folder / "starts"
    web = f"echo . >> {starts}; touch web.up; echo 'rookery: no token'; echo '  → make one'; sleep 0.2; exit 2"
    process = place.started(web)
    place.eventually(lambda: starts.read_text().count(".") > 3, "some tries")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert out.decode().count("! web cannot go on: no token → make one; it is tried again") == 1


def test_a_second_signal_ends_up_without_patience(place: Place, is_alive: Alive):
    process = place.started(DEAF, timeout_s=1000.0)
    children = family(process)
    process.send_signal(signal.SIGINT)
    for line in process.stdout or ():
        if b"Stopping" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert not any(map(is_alive, children))


def test_up_that_cannot_start_says_why_and_leaves_nothing_behind(place: Place):
    process = place.start("echo no page >&2; exit 9")
    output = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 1
    assert "error: web ended with exit code 9; it said:\n  no page" in output
    with pytest.raises(psutil.NoSuchProcess):
        assert not psutil.Process(process.pid).children()
    assert read_state(place.folder) is None


def test_what_cannot_start_is_told_before_anything_is_started(tmp_path: Path, console: Console):
    def refuse() -> None:
        raise PortTaken("port 8080 is taken by another page", next_step="change web.port")

    started = tmp_path / "started"
    children = (ChildSpec("a", ("touch", str(started))), ChildSpec("web", ("true",), prepare=refuse))
    with pytest.raises(PortTaken, match="another page"):
        up(UpPlan(tmp_path, tmp_path / "logs", None, children), console)
    assert not started.exists()
    assert read_state(tmp_path) is None


def test_a_second_up_in_the_folder_is_refused_and_the_first_goes_on(place: Place):
    first = place.started()
    second = place.start()
    output = second.communicate(timeout=20)[0].decode()
    assert second.returncode == 1
    assert f"Rookery already runs in {place.folder} (pid {first.pid})" in output
    assert "rookery down" in output
    wait_ready(local_url(place.port), 0.0)
    with pytest.raises(AlreadyRunning, match=f"pid {first.pid}"):
        detach(place.plan(), ["never", "run"])


def test_a_folder_of_a_killed_up_can_be_used_again(place: Place):
    first = place.started()
    first.kill()
    first.wait()
    place.started()  # although the old Redis may still be on its way out


def test_down_ends_what_runs_in_the_folder(place: Place, console: Console, is_alive: Alive):
    process = place.started()
    children = family(process)
    assert down(place.folder, console) == 0
    assert said(console) == f"Rookery (pid {process.pid}) has stopped; nothing of it is left.\n"
    assert process.wait(timeout=20) == 0
    assert not any(map(is_alive, children))


def test_down_uses_force_when_it_must(place: Place, console: Console, is_alive: Alive):
    process = place.started()
    children = family(process)
    process.send_signal(signal.SIGSTOP)  # so that it cannot hear the polite signal
    assert down(place.folder, console, timeout_s=0.2) == 0
    assert "did not stop within 0.2 s and was killed; nothing of it is left" in said(console)
    assert process.wait(timeout=20) == -signal.SIGKILL
    assert not any(map(is_alive, children))


def test_down_where_nothing_runs_says_so(tmp_path: Path, console: Console):
    assert down(tmp_path, console) == 0
    assert said(console) == f"Nothing runs in {tmp_path}.\n"


@pytest.fixture
def in_repo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(Path(__file__).parents[3])
    return


@pytest.mark.usefixtures("in_repo")
def test_detach_returns_once_everything_is_ready(place: Place, console: Console, is_alive: Alive):
    state = detach(place.plan(), [sys.executable, "-c", UP, *place.arguments()])
    try:
        wait_ready(local_url(place.port), 0.0)
        assert psutil.Process(state.pid).terminal() is None
        assert state.urls == {"web page": "http://127.0.0.1:8"}
    finally:
        down(place.folder, console)
    assert not is_alive(state.pid)
    assert "Rookery is up." in (place.folder / "logs" / UP_LOG).read_text()


def test_detach_says_why_it_did_not_start(place: Place):
    with pytest.raises(ProcessFailed, match=r"did not start in the background:\nerror: no page → see .*/logs/up\.log"):
        detach(place.plan(), [sys.executable, "-c", "import sys; sys.exit('error: no page')"])
