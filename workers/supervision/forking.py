"""The asking side of a forkserver: processes that start from a warm one, with the face of `subprocess.Popen`."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import MutableMapping, Sequence
from typing import IO

from workers.supervision.forkserver import CONTROL_FD_ENV, READ_BYTES, Request

#: The longest wait for a process, the imports of a server that was only just started included.
FORK_TIMEOUT_S = 30.0
#: Logs are seen at once, and Celery gives no process another name than its command line.
FOR_PYTHON = {"PYTHONUNBUFFERED": "1", "NOSETPS": "1"}
AS_MODULE = (sys.executable, "-P", "-m")


class Forkserver:
    """A warm process that forks others: its own, or the one that this process was handed when it was forked itself.

    One that dies takes its processes with it, and the next request starts another. May be used from any thread.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = tuple(modules)
        self._line: Line | None = None
        self._lock = threading.Lock()

    def adopt(self, environment: MutableMapping[str, str]) -> None:
        """Take the forkserver that this process was handed, if it was, out of the environment."""
        handed = environment.pop(CONTROL_FD_ENV, None)
        if handed is not None:
            self._line = Line(socket.socket(fileno=int(handed)))

    @property
    def pid(self) -> int | None:
        """Return the process id of a server that this process started."""
        return self._line.pid if self._line is not None else None

    def warm_up(self) -> None:
        """Start the server now, so that it is warm when it is first asked. Raises OSError."""
        with self._lock:
            self._current()

    def fork(self, request: Request, leash: int) -> ForkedProcess:
        """Start a process that holds `leash`. Raises OSError when there is no server that could."""
        with self._lock:
            return self._current().fork(request, leash)

    def close(self) -> None:
        """End the server; its processes go on while their leashes are held."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _current(self) -> Line:
        if self._line is None or self._line.gone:
            self._line = _start(self._modules)
        return self._line


class Line:
    """The line to one forkserver, and what it said of its processes."""

    def __init__(self, control: socket.socket, server: subprocess.Popen[bytes] | None = None) -> None:
        self._control, self._server = control, server
        self._ended: dict[int, int] = {}
        self._unread = b""
        self._lock = threading.Lock()
        self.gone = False

    @property
    def pid(self) -> int | None:
        """Return the server's process id, if this process started it."""
        return self._server.pid if self._server is not None else None

    def fork(self, request: Request, leash: int) -> ForkedProcess:
        """Ask for a process. Raises OSError."""
        log, write_end = os.pipe()
        try:
            with self._lock:
                pid = self._ask(request, leash, write_end)
        except OSError:
            os.close(log)
            raise
        finally:
            os.close(write_end)
        return ForkedProcess(pid, os.fdopen(log, "rb"), self)

    def exit_code(self, pid: int, *, wait: bool = False) -> int | None:
        """Return how a process ended, or None while it runs."""
        with self._lock:
            while pid not in self._ended and not self.gone and self._hear(FORK_TIMEOUT_S if wait else 0.0) is not None:
                pass
            if self.gone and pid not in self._ended:
                # Nobody is left who could tell how it fares: it must not go on beside its successor.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                self._ended[pid] = -signal.SIGKILL
            return self._ended.get(pid)

    def close(self) -> None:
        """Let the server go, and wait for its end."""
        with self._lock:
            self._hang_up()

    def _ask(self, request: Request, leash: int, log: int) -> int:
        said = request.encoded()
        try:
            sent = socket.send_fds(self._control, [said], [leash, log])
            self._control.sendall(said[sent:])
            while (heard := self._hear(FORK_TIMEOUT_S)) is not None:
                if "pid" in heard:
                    return heard["pid"]
        except OSError:
            self._hang_up()
            raise
        self._hang_up()
        raise ConnectionAbortedError("the forkserver does not answer")

    def _hear(self, timeout_s: float) -> dict[str, int] | None:
        """Return the next thing that the server says, or None when it says nothing in time or is gone."""
        while b"\n" not in self._unread:
            if not select.select([self._control], [], [], timeout_s)[0]:
                return None
            try:
                part = self._control.recv(READ_BYTES)
            except ConnectionResetError:
                part = b""
            if not part:
                self._hang_up()
                return None
            self._unread += part
        line, self._unread = self._unread.split(b"\n", 1)
        heard: dict[str, int] = json.loads(line)
        if "ended" in heard:
            self._ended[heard["ended"]] = heard["code"]
        return heard

    def _hang_up(self) -> None:
        self.gone = True
        self._control.close()
        if self._server is not None:
            self._server.kill()
            self._server.wait()


class ForkedProcess:
    """A process that a forkserver started; what `subprocess.Popen` calls the same does the same."""

    def __init__(self, pid: int, stdout: IO[bytes], line: Line) -> None:
        self.pid, self.stdout, self._line = pid, stdout, line

    def poll(self) -> int | None:
        """Return the exit code once it has ended."""
        return self._line.exit_code(self.pid)

    def wait(self) -> int:
        """Wait for its end, and return the exit code."""
        while (code := self._line.exit_code(self.pid, wait=True)) is None:
            pass
        return code

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def as_request(argv: Sequence[str], env: dict[str, str], cwd: str, *, forks: bool) -> Request | None:
    """Return the request for a command line `python -P -m MODULE ARGUMENTS…`, or None for any other."""
    if tuple(argv[: len(AS_MODULE)]) != AS_MODULE:
        return None
    module, *arguments = argv[len(AS_MODULE) :]
    return Request(module, tuple(arguments), env, cwd, forks)


def _start(modules: Sequence[str]) -> Line:
    ours, theirs = socket.socketpair()
    with theirs:
        server = subprocess.Popen(
            (*AS_MODULE, "workers.supervision.forkserver", *modules),
            env={**FOR_PYTHON, **os.environ, CONTROL_FD_ENV: str(theirs.fileno())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(theirs.fileno(),),
        )
    return Line(ours, server)
