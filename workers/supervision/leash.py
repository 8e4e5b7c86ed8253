"""The parent-death contract: whoever holds a leash ends when the process at its other end is gone.

A parent keeps the write end of a pipe and never writes to it; the child inherits the read end. End of file means that
the parent is gone, however it went, SIGKILL included, on every Unix. Programs of our own call `watch`; for a program
that knows nothing of this there is a shim, `python -m workers.supervision.leash [--grace-s S] -- COMMAND ARGUMENTS…`.

Only the standard library is imported, so that the shim starts in milliseconds and from any folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence

#: Names the inherited read end, as a number.
LEASH_FD_ENV = "ROOKERY_LEASH_FD"
#: How long the shim lets a program tidy up once the parent is gone.
GRACE_S = 5.0
#: From <linux/prctl.h>.
PR_SET_PDEATHSIG = 1
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
COMMAND_NOT_FOUND = 127
SIGNALLED = 128


def end_group() -> None:
    """End this process at once, and with it the process group that it leads."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def watch(on_parent_gone: Callable[[], None] = end_group) -> bool:
    """Call `on_parent_gone`, from a daemon thread, once the parent is gone; return False when there is no leash."""
    leash = take()
    if leash is None:
        return False
    threading.Thread(target=_wait_for_end, args=(leash, on_parent_gone), name="leash", daemon=True).start()
    return True


@contextlib.contextmanager
def dying_with_parent() -> Iterator[None]:
    """Have Linux kill this process with the thread that started it, though no thread of its own could see that.

    For as long as Python's lock is held, beside `watch`: the thread that waits for a child may end before its process
    does. Where there is no Linux this does nothing.
    """
    if sys.platform != "linux":
        yield
        return
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    yield
    prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)


def take() -> int | None:
    """Take the leash out of the environment, so that no child of ours takes it for its own.

    Raises SystemExit when the variable names no pipe: a process that cannot see its parent end must not start.
    """
    named = os.environ.pop(LEASH_FD_ENV, None)
    if named is None:
        return None
    try:
        leash = int(named)
        is_pipe = stat.S_ISFIFO(os.fstat(leash).st_mode)
    except (ValueError, OSError):
        is_pipe = False
    if not is_pipe:
        raise SystemExit(f"{LEASH_FD_ENV}={named} names no open pipe → unset it to run this process without a parent")
    os.set_inheritable(leash, False)
    return leash


def wrap(command: Sequence[str], grace_s: float = GRACE_S) -> tuple[str, ...]:
    """Return the command line that runs `command` on a leash."""
    # By path, isolated, without site-packages: no folder and no environment variable can put another module in its way.
    return (sys.executable, "-I", "-S", os.path.abspath(__file__), "--grace-s", str(grace_s), "--", *command)


def exit_code_of(shim_code: int) -> int:
    """Return the exit code of the shim's program in Python's way, where a signal is a negative number."""
    return SIGNALLED - shim_code if shim_code > SIGNALLED else shim_code


def main(arguments: Sequence[str]) -> int:
    """Run the command after `--` until it ends or the parent does, and return its exit code."""
    options, found, command = _split(arguments)
    if not found or not command or len(options) not in (0, 2):
        raise SystemExit("usage: python -m workers.supervision.leash [--grace-s SECONDS] -- COMMAND [ARGUMENT…]")
    grace_s = float(options[1]) if options else GRACE_S
    leash = take()
    with _Signals() as signals:
        try:
            program = subprocess.Popen(command, preexec_fn=_death_signal())
        except OSError as exc:
            sys.stderr.write(f"{command[0]}: {exc.strerror}\n")
            return COMMAND_NOT_FOUND
        return _mind(program, leash, signals, grace_s)


def _split(arguments: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in arguments:
        return list(arguments), False, []
    cut = list(arguments).index("--")
    return list(arguments[:cut]), True, list(arguments[cut + 1 :])


class _Signals:
    """Collects the signals of this process and makes `select` wake up for them."""

    def __init__(self) -> None:
        self.pending: list[int] = []

    def __enter__(self) -> _Signals:
        self.wakeup, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        for number in FORWARDED:
            signal.signal(number, lambda received, _frame: self.pending.append(received))
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # only so that it wakes `select`
        return self

    def __exit__(self, *_exc: object) -> None:
        signal.set_wakeup_fd(-1)
        os.close(self.wakeup)
        os.close(self._write_end)


def _mind(program: subprocess.Popen[bytes], leash: int | None, signals: _Signals, grace_s: float) -> int:
    watched = [signals.wakeup] if leash is None else [signals.wakeup, leash]
    kill_at_s: float | None = None
    while (code := program.poll()) is None:
        while signals.pending:
            program.send_signal(signals.pending.pop(0))
        left_s = None if kill_at_s is None else kill_at_s - time.monotonic()
        if left_s is not None and left_s <= 0:
            program.kill()
        woken, _, _ = select.select(watched, [], [], None if left_s is None else max(left_s, 0.05))
        if signals.wakeup in woken:
            os.read(signals.wakeup, 4096)
        if leash is not None and leash in woken and not os.read(leash, 1):
            watched.remove(leash)
            program.terminate()
            kill_at_s = time.monotonic() + grace_s
    if kill_at_s is not None:
        end_group()
    return code if code >= 0 else SIGNALLED - code


def _death_signal() -> Callable[[], None] | None:
    """Return what makes Linux kill the program with the shim, for the one case that no process can handle itself."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    shim = os.getpid()

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != shim:  # it went before the kernel knew
            os._exit(1)

    return ask_kernel


def _wait_for_end(leash: int, on_parent_gone: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):  # a leash that cannot be read is held by nobody
        while os.read(leash, 1):
            pass
    on_parent_gone()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
