"""`rookery up`: everything on one machine under one supervisor, until a signal ends it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from rich.console import Console

from workers.supervision.child import ChildSpec
from workers.supervision.coming import Coming
from workers.supervision.forking import Forkserver
from workers.supervision.instance import UpState, hold, write_state
from workers.supervision.supervise import Phase, Supervisor

READY_TIMEOUT_S = 120.0
SAYS = "rookery: "
IN_WORDS = 2  # the exit code of a process of ours that has said what is wrong
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class UpPlan:
    """What to run and what to tell: `redis` is None when somebody else runs it, `urls` are labels and addresses.

    `warm` names the modules that a forkserver imports once, for all children that may be forked. `alongside` goes on
    while the children run: it may add and remove some, and tell of it.
    """

    data_dir: Path
    log_dir: Path
    redis: ChildSpec | None
    children: tuple[ChildSpec, ...]
    urls: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    warm: tuple[str, ...] = ()
    alongside: Callable[[Supervisor, Callable[[str], None]], contextlib.AbstractContextManager[None]] | None = None
    ready_timeout_s: float = READY_TIMEOUT_S


def up(plan: UpPlan, console: Console) -> int:
    """Start everything, say where to talk, and keep it running until SIGINT, SIGTERM or SIGHUP; return 0.

    Raises AlreadyRunning when the folder has an owner, PortTaken before anything is started, and ProcessFailed, which
    quotes its last lines, when something essential does not start. Either way nothing is left behind.
    """
    stop = threading.Event()
    with hold(plan.data_dir):
        _refuse_what_cannot_start(plan)
        teller = _Teller(console, stop)
        forkserver = Forkserver(plan.warm) if plan.warm else None
        supervisor = Supervisor(
            in_order(plan),
            log_dir=plan.log_dir,
            on_ready=teller.on_ready,
            on_exit=teller.on_exit,
            forkserver=forkserver,
        )
        teller.said = lambda name: last_words(supervisor.failure(name).message)
        with _ended_by_signals(stop, supervisor.hurry):
            try:
                if forkserver is not None:
                    forkserver.warm_up()  # while Redis starts
                _start_and_run(plan, supervisor, teller, stop)
            finally:
                stop.set()
                teller.say("Stopping …")
                supervisor.stop()
        teller.say("Rookery has stopped.")
    return 0


def in_order(plan: UpPlan) -> tuple[ChildSpec, ...]:
    """Return the children in starting order, each after our own Redis if we run one."""
    if plan.redis is None:
        return plan.children
    redis = plan.redis
    return (redis, *(dataclasses.replace(child, needs=(redis.name, *child.needs)) for child in plan.children))


def _refuse_what_cannot_start(plan: UpPlan) -> None:
    """Ask all that is essential whether there is use in starting it: a taken port is told at once, not after tries."""
    for child in plan.children:
        if child.essential and child.prepare is not None:
            child.prepare()


def _start_and_run(plan: UpPlan, supervisor: Supervisor, teller: _Teller, stop: threading.Event) -> None:
    state = UpState(pid=os.getpid(), ready=False, log_dir=str(plan.log_dir.absolute()), urls=plan.urls)
    write_state(plan.data_dir, state)
    for warning in plan.warnings:
        teller.say(f"! {warning}", style="yellow")
    teller.say(f"Starting {', '.join(supervisor.states())}")
    with teller.coming.awaited(supervisor.states()):
        if not supervisor.wait_ready(plan.ready_timeout_s, stop):
            return
    for child in supervisor.states().values():
        if child.phase is not Phase.READY:
            teller.say(f"! going on without {child.name}: {supervisor.failure(child.name)}", style="yellow")
    write_state(plan.data_dir, dataclasses.replace(state, ready=True))
    teller.say("Rookery is up.", style="bold green")
    for label, url in plan.urls.items():
        teller.say(f"  {label:<12} {url}")
    teller.say(f"  {'logs':<12} {plan.log_dir}")
    with plan.alongside(supervisor, teller.say) if plan.alongside else contextlib.nullcontext():
        supervisor.tick_until(stop)


def last_words(failure: str) -> str:
    r"""Return what a process of ours said was wrong when it ended, on one line; empty: it said nothing.

    >>> last_words("bot ended; it said:\n  rookery: no token\n    → make one")
    'no token → make one'
    """
    lines = [line.strip() for line in failure.splitlines()]
    begins = max((number for number, line in enumerate(lines) if line.startswith(SAYS)), default=len(lines))
    return " ".join(lines[begins:]).removeprefix(SAYS)


class _Teller:
    """Tells the person at the terminal how it goes."""

    def __init__(self, console: Console, stop: threading.Event) -> None:
        self._console, self._stop = console, stop
        self._told: dict[str, str] = {}
        self.said: Callable[[str], str] = lambda _name: ""
        self.coming = Coming(console)

    def say(self, line: str, style: str | None = None) -> None:
        # Soft wrapping keeps an address in one piece; markup would swallow brackets in a child's last words.
        with contextlib.suppress(OSError):  # the terminal may be gone, and stopping must go on
            self._console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)

    def on_ready(self, name: str, seconds: float) -> None:
        if name not in self._told:
            self.say(f"  ✓ {name} ready in {seconds:.1f} s")
        self.coming.here(name)

    def on_exit(self, name: str, code: int) -> None:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        if self._stop.is_set():
            self.say(f"  {name} stopped ({how})")
        elif why := self.said(name) if code == IN_WORDS else "":
            if self._told.get(name) != why:  # it may be so for days: said once
                self.say(f"  ! {name} cannot go on: {why}; it is tried again", style="yellow")
            self._told[name] = why
        else:
            self._told.pop(name, None)
            self.say(f"  ! {name} ended ({how}) and is started again", style="yellow")


@contextlib.contextmanager
def _ended_by_signals(stop: threading.Event, hurry: Callable[[], None]) -> Iterator[None]:
    """Let the first signal end the run, and a second one end it without patience."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            hurry()
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
