"""The child program that forks processes from a warm one: `python -P -m workers.supervision.forkserver MODULE…`.

It imports the modules once. Each process that it is asked for starts as a copy of it, in milliseconds instead of a
second, and shares their memory with all others. It has no threads, and ends when whoever asks it is gone.

A request is four bytes of length and that much JSON, sent over a Unix socket together with two file descriptors: the
leash and the log of the process to be. The answers are lines of JSON: `{"pid": …}`, and `{"ended": …, "code": …}` for
each process that ended, in Python's way, where a signal is a negative number.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import setproctitle

from workers.supervision.leash import LEASH_FD_ENV

#: Names the inherited end of the socket over which a forkserver is asked, as a number: the server's own end in its
#: environment, and the asking end in that of a process that forks others.
CONTROL_FD_ENV = "ROOKERY_FORKSERVER_FD"
LENGTH_BYTES = 4
FDS_PER_REQUEST = 2
READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Request:
    """A Python module to be run as a program, and where. `forks` asks for a forkserver of its own, ready to use."""

    module: str
    arguments: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    forks: bool = False

    def encoded(self) -> bytes:
        """Return what goes over the socket."""
        words = json.dumps(asdict(self)).encode()
        return len(words).to_bytes(LENGTH_BYTES, "big") + words


class Server:
    """The warm process: forks when it is asked to, and tells who has ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)

    def serve(self) -> Request | None:
        """Answer until nobody asks any more. In a process that was forked, return what it is to run."""
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # only so that it wakes `select`
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        watched: list[socket.socket | int] = [self._control, self._woken]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if self._woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._woken, READ_BYTES)
                self._reap()
            if self._control in ready:
                received = self._receive()
                if received is None:
                    return None
                if forked := self._fork(*received):
                    return forked

    def _receive(self) -> tuple[Request, int, int] | None:
        try:
            head, fds, _, _ = socket.recv_fds(self._control, LENGTH_BYTES, FDS_PER_REQUEST, socket.MSG_WAITALL)
        except ConnectionResetError:  # killed before it had read what it was told last
            return None
        if len(head) < LENGTH_BYTES:
            return None
        words = b""
        while len(words) < int.from_bytes(head, "big"):
            part = self._control.recv(READ_BYTES)
            if not part:
                return None
            words += part
        said = json.loads(words)
        return Request(**{**said, "arguments": tuple(said["arguments"])}), fds[0], fds[1]

    def _fork(self, request: Request, leash: int, log: int) -> Request | None:
        """Fork what was asked for; return the request in the new process alone."""
        handed = None
        if request.forks:
            handed, served = socket.socketpair()
            if os.fork() == 0:  # the forkserver of the process to be: as warm as this one
                os.close(leash)
                handed.close()
                self._let_go()
                _write_to(log)
                inner = Server(served).serve()
                if inner is None:
                    raise SystemExit  # not `return None`: the loop around this one is the other server's
                return inner
            served.close()
        pid = os.fork()
        if pid == 0:
            self._let_go()
            _settle(request, leash, log, handed)
            return request
        with contextlib.suppress(PermissionError, ProcessLookupError):  # it is quicker than we are, or dead
            os.setpgid(pid, pid)
        os.close(leash)
        os.close(log)
        if handed is not None:
            handed.close()
        self._tell({"pid": pid})
        return None

    def _let_go(self) -> None:
        """Leave, in a forked process, what belongs to the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._woken)
        os.close(self._waker)
        self._control.close()

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._tell({"ended": pid, "code": os.waitstatus_to_exitcode(status)})

    def _tell(self, said: dict[str, int]) -> None:
        with contextlib.suppress(BrokenPipeError):  # the next look at the socket sees that nobody is there
            self._control.sendall(json.dumps(said).encode() + b"\n")


def main(modules: Sequence[str]) -> None:
    """Get warm, serve, and, in each process that was forked, run what was asked for."""
    setproctitle.setproctitle("rookery forkserver")  # before the environment is touched: it lies beside the title
    control = socket.socket(fileno=int(os.environ.pop(CONTROL_FD_ENV)))
    for name in modules:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is here stays: the collector would write to every page and so unshare it
    request = Server(control).serve()
    if request is not None:
        sys.argv = [request.module, *request.arguments]
        setproctitle.setproctitle(" ".join(("python -P -m", *sys.argv)))
        runpy.run_module(request.module, run_name="__main__", alter_sys=True)


def _settle(request: Request, leash: int, log: int, handed: socket.socket | None) -> None:
    """Make a forked process look as if it had been started from its command line."""
    os.setpgid(0, 0)
    _write_to(log)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.chdir(request.cwd)
    os.environ.clear()
    os.environ.update(request.env)
    os.environ[LEASH_FD_ENV] = str(leash)
    if handed is not None:
        os.environ[CONTROL_FD_ENV] = str(handed.detach())


def _write_to(log: int) -> None:
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


if __name__ == "__main__":
    main(sys.argv[1:])
