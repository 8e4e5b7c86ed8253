from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.errors import ConfigurationError, ProcessFailed
from workers.supervision.supervise import SETTLED_S, ChildSpec, Phase, Supervisor

Alive = Callable[[int], bool]
Eventually = Callable[..., None]
PidIn = Callable[[Path], int]
READY_S = 20.0

DEAF = ("sh", "-c", "trap '' TERM; while :; do sleep 1000; done")


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    """Build supervisors that are stopped at the end of the test."""
    made: list[Supervisor] = []

    def make(*specs: ChildSpec, **options: Any) -> Supervisor:
        made.append(Supervisor(specs, **{"log_dir": tmp_path, "jitter": lambda: 1.0, **options}))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.hurry()
        supervisor.stop()


def sleeper(name: str, *, ready: Callable[[], bool] | None = lambda: True, **options: Any) -> ChildSpec:
    return ChildSpec(name, ("sleep", "1000"), ready=ready, **options)


def await_tick(supervisor: Supervisor, eventually: Eventually, condition: Callable[[], bool]) -> None:
    def ticked() -> bool:
        supervisor.tick()
        return condition()

    eventually(ticked)


def pid_of(supervisor: Supervisor, name: str) -> int:
    pid = supervisor.states()[name].pid
    assert pid is not None
    return pid


def test_a_child_that_dies_is_started_again(supervised: Callable[..., Supervisor], eventually: Eventually):
    exits: list[tuple[str, int]] = []
    supervisor = supervised(sleeper("child"), on_exit=lambda *args: exits.append(args))
    supervisor.wait_ready(READY_S)
    first = pid_of(supervisor, "child")
    subprocess.run(["kill", "-9", str(first)], check=True)
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].pid not in (None, first))
    state = supervisor.states()["child"]
    assert (state.starts, state.failures, state.exit_code) == (2, 1, -signal.SIGKILL)
    assert exits == [("child", -signal.SIGKILL)]


def test_a_child_that_keeps_dying_is_not_started_in_a_loop(supervised: Callable[..., Supervisor]):
    supervisor = supervised(ChildSpec("child", ("false",)), jitter=lambda: 0.0)
    until = time.monotonic() + 0.8
    while time.monotonic() < until:
        supervisor.tick()
    assert supervisor.states()["child"].starts <= 2  # at 0 and 0.5 s; the third is due at 1.5 s


def test_a_child_that_keeps_dying_ends_the_start_with_its_last_words(supervised: Callable[..., Supervisor]):
    supervisor = supervised(ChildSpec("child", ("sh", "-c", "echo no such model >&2; exit 3"), ready=lambda: False))
    with pytest.raises(ProcessFailed, match=r"child ended with exit code 3; it said:\n(  no such model\n?)+ → see"):
        supervisor.wait_ready(READY_S)


@pytest.mark.parametrize("watches_leash", [True, False])
def test_a_program_that_is_not_there_is_named(
    watches_leash: bool, supervised: Callable[..., Supervisor], eventually: Eventually
):
    supervisor = supervised(ChildSpec("child", ("no-such-program",), watches_leash=watches_leash))
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].failures > 0)
    assert supervisor.states()["child"].exit_code == 127
    said = str(supervisor.failure("child"))
    assert said.startswith("child ")
    assert "no-such-program" in said
    assert "No such file or directory" in said


def test_a_child_that_is_not_essential_may_fail(supervised: Callable[..., Supervisor]):
    supervisor = supervised(ChildSpec("flower", ("false",), ready=lambda: False, essential=False), sleeper("web"))
    assert supervisor.wait_ready(READY_S)
    assert supervisor.states()["flower"].phase is Phase.WAITING
    assert supervisor.states()["web"].phase is Phase.READY


def test_a_child_waits_for_those_that_it_needs(supervised: Callable[..., Supervisor], tmp_path: Path):
    ready = threading.Event()
    told: list[str] = []
    supervisor = supervised(
        sleeper("web", needs=("redis",)),
        sleeper("redis", ready=ready.is_set),
        on_ready=lambda name, _seconds: told.append(name),
    )
    for _ in range(5):
        supervisor.tick()
    assert [state.phase for state in supervisor.states().values()] == [Phase.WAITING, Phase.STARTING]
    with pytest.raises(ProcessFailed, match="web was not started: it waits for redis"):
        supervisor.wait_ready(0.0)
    ready.set()
    supervisor.wait_ready(READY_S)
    assert told == ["redis", "web"]


def test_a_child_that_never_gets_ready_is_killed_and_tried_again(
    supervised: Callable[..., Supervisor], eventually: Eventually
):
    supervisor = supervised(sleeper("child", ready=lambda: False, ready_timeout_s=0.1))
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].starts == 2)
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].phase is Phase.WAITING)
    assert "killed: not ready after 0.1 s" in str(supervisor.failure("child"))


def test_a_child_that_cannot_be_asked_is_ready_once_it_has_lived_for_a_moment(supervised: Callable[..., Supervisor]):
    supervisor = supervised(sleeper("child", ready=None))
    supervisor.wait_ready(READY_S)
    assert supervisor.states()["child"].ready_in_s >= SETTLED_S


def test_children_are_stopped_in_reverse_order(supervised: Callable[..., Supervisor]):
    exits: list[tuple[str, int]] = []
    specs = [sleeper(name) for name in ("redis", "host", "web")]
    supervisor = supervised(*specs, on_exit=lambda *args: exits.append(args))
    supervisor.wait_ready(READY_S)
    supervisor.stop()
    assert exits == [("web", -15), ("host", -15), ("redis", -15)]
    assert supervisor.states() == {}


def test_a_child_that_ignores_its_stop_signal_is_killed_with_its_group(
    supervised: Callable[..., Supervisor], tmp_path: Path, pid_in: PidIn, is_alive: Alive, eventually: Eventually
):
    script = f"trap '' TERM; sleep 1000 & echo $! > {tmp_path}/pid; while :; do sleep 1000; done"
    exits: list[int] = []
    supervisor = supervised(
        ChildSpec("deaf", ("sh", "-c", script), kill_timeout_s=0.3), on_exit=lambda _name, code: exits.append(code)
    )
    supervisor.start()
    grandchild, started = pid_in(tmp_path / "pid"), time.monotonic()
    supervisor.stop()
    assert time.monotonic() - started >= 0.3
    assert exits == [-signal.SIGKILL]
    eventually(lambda: not is_alive(grandchild), "the end of the group")


def test_the_stop_signal_can_be_chosen(supervised: Callable[..., Supervisor], tmp_path: Path, pid_in: PidIn):
    exits: list[int] = []
    command = ("sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 1000")
    supervisor = supervised(
        ChildSpec("child", command, stop_signal=signal.SIGINT), on_exit=lambda _name, code: exits.append(code)
    )
    supervisor.start()
    pid_in(tmp_path / "pid")
    supervisor.remove("child")
    assert exits == [-signal.SIGINT]


def test_what_a_dead_child_leaves_in_its_group_is_killed(
    supervised: Callable[..., Supervisor], tmp_path: Path, pid_in: PidIn, is_alive: Alive, eventually: Eventually
):
    supervisor = supervised(ChildSpec("child", ("sh", "-c", f"sleep 1000 & echo $! > {tmp_path}/pid")))
    supervisor.start()
    orphan = pid_in(tmp_path / "pid")
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].exit_code == 0)
    eventually(lambda: not is_alive(orphan), "the end of the orphan")


def test_children_come_and_go_while_it_runs(supervised: Callable[..., Supervisor], eventually: Eventually):
    supervisor, stop = supervised(), threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(stop,))
    thread.start()
    supervisor.add(sleeper("tiny@here", env={"A": "1"}))
    eventually(lambda: supervisor.states()["tiny@here"].phase is Phase.READY)
    with pytest.raises(ConfigurationError, match="two children are called 'tiny@here'"):
        supervisor.add(sleeper("tiny@here"))
    supervisor.remove("tiny@here")
    assert supervisor.states() == {}
    supervisor.remove("tiny@here")
    stop.set()
    thread.join()


def test_a_removed_child_can_be_replaced_before_it_is_gone(
    supervised: Callable[..., Supervisor], eventually: Eventually
):
    supervisor = supervised(ChildSpec("child", DEAF, kill_timeout_s=0.2))
    supervisor.wait_ready(READY_S)
    supervisor.remove("child", wait=False)
    assert supervisor.states()["child"].phase is Phase.STOPPING
    supervisor.add(sleeper("child"))
    first = pid_of(supervisor, "child")
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].pid not in (None, first))


def test_a_restart_waits_for_no_backoff(supervised: Callable[..., Supervisor], eventually: Eventually):
    supervisor = supervised(sleeper("child"))
    supervisor.wait_ready(READY_S)
    first = pid_of(supervisor, "child")
    supervisor.restart("child")
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].pid not in (None, first))
    assert supervisor.states()["child"].failures == 0
    with pytest.raises(ConfigurationError, match="no child is called 'kid' → there are: child"):
        supervisor.restart("kid")


def test_two_that_are_swapped_go_on_under_each_others_names(
    supervised: Callable[..., Supervisor], eventually: Eventually
):
    supervisor = supervised(sleeper("engine"), sleeper("worker", needs=("engine",)), sleeper("other"))
    supervisor.wait_ready(READY_S)
    engine, worker, other = (pid_of(supervisor, name) for name in ("engine", "worker", "other"))
    supervisor.swap("engine", "other")
    assert (pid_of(supervisor, "engine"), pid_of(supervisor, "other")) == (other, engine)
    supervisor.remove("other")
    supervisor.restart("worker")
    await_tick(supervisor, eventually, lambda: supervisor.states()["worker"].phase is Phase.READY)
    assert pid_of(supervisor, "worker") != worker, "it needs who is called so now"
    assert {state.name for state in supervisor.states().values()} == set(supervisor.states()) == {"engine", "worker"}


def test_a_hurried_stop_spares_no_time(supervised: Callable[..., Supervisor]):
    supervisor = supervised(ChildSpec("deaf", DEAF, kill_timeout_s=1000.0))
    supervisor.wait_ready(READY_S)
    supervisor.hurry()
    supervisor.stop()  # would last for minutes
    assert supervisor.states() == {}


def test_a_child_gets_its_environment_folder_and_no_terminal(
    supervised: Callable[..., Supervisor], tmp_path: Path, eventually: Eventually
):
    (tmp_path / "folder").mkdir()
    script = """if True:
        import os, sys
        print(os.environ['ANSWER'], os.getcwd(), sys.stdin.read() == '', os.getsid(0) == os.getpgrp() == os.getppid())
    """
    supervisor = supervised(
        ChildSpec("child", (sys.executable, "-c", script), env={"ANSWER": "42"}, cwd=tmp_path / "folder")
    )
    await_tick(supervisor, eventually, lambda: supervisor.states()["child"].failures > 0)
    assert f"42 {tmp_path / 'folder'} True True" in str(supervisor.failure("child"))
