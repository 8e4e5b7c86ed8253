"""One child process: how it is described, started on a leash in a session of its own, signalled and reaped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tasks.contracts.errors import ProcessFailed
from workers.supervision.childlog import ChildLog
from workers.supervision.forking import FOR_PYTHON, ForkedProcess, Forkserver, as_request
from workers.supervision.leash import GRACE_S, LEASH_FD_ENV, exit_code_of, wrap

KILL_TIMEOUT_S = 10.0
READY_TIMEOUT_S = 30.0
#: The longest wait between two starts of a child that keeps dying.
BACKOFF_CAP_S = 30.0
#: A child that was ready for this long has no failures behind it.
HEALTHY_S = 60.0
#: How long the last words of a dead child are waited for.
LAST_WORDS_S = 0.5
#: What a shell returns for a command that cannot be run.
NOT_STARTED = 127


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run, and how to tell that it works.

    `env` is added to the supervisor's own environment. `watches_leash` says that the program calls `leash.watch`; all
    others are run by the shim, whose pid is then the child's. `needs` names children that must be ready before this one
    is started. `prepare` runs before every start and raises ProcessFailed when there is no use in starting. `ready`
    must return soon and not raise; a child without it is ready once it has lived for a moment. A child that is not
    `essential` may go on failing without ending the start of everything else. A Python program that is `forkable` may
    start as a copy of a warm process, if its supervisor has a forkserver; one that `forks` is then handed another.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    watches_leash: bool = False
    forkable: bool = False
    forks: bool = False
    ready: Callable[[], bool] | None = None
    ready_timeout_s: float = READY_TIMEOUT_S
    prepare: Callable[[], None] | None = None
    needs: tuple[str, ...] = ()
    essential: bool = True
    stop_signal: signal.Signals = signal.SIGTERM
    kill_timeout_s: float = KILL_TIMEOUT_S
    backoff_cap_s: float = BACKOFF_CAP_S
    healthy_s: float = HEALTHY_S
    cwd: Path | None = None
    log_file: Path | None = None


class Child:
    """A running child. Closing its leash, or the end of this process, ends it."""

    def __init__(self, spec: ChildSpec, log: ChildLog, forkserver: Forkserver | None = None) -> None:
        if spec.prepare is not None:
            spec.prepare()
        read_end, self._leash = os.pipe()
        try:
            self._process = _forked(spec, read_end, forkserver, log) or _popen(spec, read_end)
        except OSError as exc:
            os.close(self._leash)
            raise ProcessFailed(
                f"{spec.name} could not be started: {exc.strerror}: {exc.filename or spec.argv[0]}",
                next_step=f"check that {spec.argv[0]} is installed and can be run",
            ) from exc
        finally:
            os.close(read_end)
        self.pid, self._watches_leash = self._process.pid, spec.watches_leash
        self._reader = threading.Thread(
            target=log.pump, args=(self._process.stdout, self.pid), name=f"log-{spec.name}", daemon=True
        )
        self._reader.start()

    def poll(self) -> int | None:
        """Return the exit code once the child has ended, and leave nothing of its group behind."""
        code = self._process.poll()
        if code is None:
            return None
        self.kill()
        self._let_go()
        return code if self._watches_leash else exit_code_of(code)

    def send_signal(self, number: signal.Signals) -> None:
        """Signal the child alone: it knows what to do with its own children."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Send SIGKILL to the whole group."""
        # EPERM is what macOS says of a group in which only a zombie is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Wait for the end, however long it takes; for use after `kill`."""
        self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1
        self._reader.join(LAST_WORDS_S)


def _forked(spec: ChildSpec, leash: int, forkserver: Forkserver | None, log: ChildLog) -> ForkedProcess | None:
    """Return the child as a copy of a warm process, or None where it must start from nothing."""
    if forkserver is None or not (spec.forkable and spec.watches_leash):
        return None
    request = as_request(spec.argv, _environment(spec), str(spec.cwd or Path.cwd()), forks=spec.forks)
    if request is None:
        return None
    try:
        return forkserver.fork(request, leash)
    except OSError as exc:
        log.note(f"could not be forked ({exc}); started from its command line")
        return None


def _environment(spec: ChildSpec) -> dict[str, str]:
    return {**FOR_PYTHON, **os.environ, **spec.env}


def _popen(spec: ChildSpec, leash: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        spec.argv if spec.watches_leash else wrap(spec.argv, min(GRACE_S, spec.kill_timeout_s)),
        env={**_environment(spec), LEASH_FD_ENV: str(leash)},
        cwd=spec.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=(leash,),
    )
