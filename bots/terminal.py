"""One message to the flock from a terminal: streamed, and withdrawn when nobody waits any more."""

from __future__ import annotations

import asyncio
import contextlib
import io
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.status import Status

from bots import conversation, replies
from bots.conversation import Said
from bots.following import ticking
from bots.lookout import Lookout, Prospect
from tasks.contracts.entries import DEMO_LABEL
from tasks.contracts.errors import RetryableError, RookeryError, StoreUnavailable
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import JobState, JobView, Outcome
from tasks.contracts.messages import JobRequest
from tasks.contracts.settings import Settings
from tasks.jobs import roster
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Accepted, Ways
from tasks.jobs.watching import Answered, Event, StartedOver, StateChanged, TextAdded

ID_BYTES = 12
USER = "operator"  # who can run the command owns the flock


@dataclass(frozen=True)
class Waiting:
    """The job still waits for a host, and this is what it may hope for."""

    view: JobView
    prospect: Prospect


Happening = Accepted | Event | Waiting
Show = Callable[[Happening], None]


def said_of(text: str, persona: str, session: str) -> Said:
    """Return what the operator says; without a session it is a conversation of its own."""
    chat, message = session or secrets.token_hex(ID_BYTES), secrets.token_hex(ID_BYTES)
    return Said(conversation.TERMINAL, chat, message, USER, text, persona, bounded=False)


async def talk(settings: Settings, request: JobRequest, show: Show, timeout_s: float | None = None) -> JobView:
    """Submit a job, show what happens to it, and return it answered; who stops waiting takes it back.

    Raises:
        RetryableError: no answer came within `timeout_s`.
        PersonaAway: who was asked takes no messages.
    """
    store = AsyncStore.open(settings.redis_url, settings.namespace)
    try:
        async with asyncio.timeout(timeout_s):
            states = await store.run(roster.disabled())
            roster.refuse_away(settings.fleet.persona(request.persona), states)
            return await _follow(
                AsyncGateway(store, Ways.of(settings.fleet.jobs, archive=settings.fleet.transcript.enabled)),
                request,
                show,
            )
    except TimeoutError as exc:
        raise RetryableError(
            f"no answer came within {timeout_s:g} s, so the message was taken back",
            next_step=f"allow more with --timeout; `rookery job explain {request.job}` says where it stood",
        ) from exc
    finally:
        await store.close()


async def _follow(gateway: AsyncGateway, request: JobRequest, show: Show) -> JobView:
    lookout = Lookout(gateway.store)
    view: JobView | None = None
    try:
        show(await gateway.submit(request))
        async with contextlib.aclosing(ticking(gateway.watch(request.job))) as events:
            async for event in events:
                if event is not None:
                    show(event)
                if isinstance(event, StateChanged | Answered):
                    view = event.view
                if view is not None and view.state is JobState.QUEUED:
                    show(Waiting(view, await lookout.prospect(view)))
    except asyncio.CancelledError:
        with contextlib.suppress(RookeryError):
            await gateway.cancel(request.job, conversation.TERMINAL)
        raise
    if view is None or not view.answered:
        raise StoreUnavailable(f"watching job {request.job} ended without an answer")
    return view


class Teller:
    """Shows one job: waiting states on `aside`, the answer on `out` as it is written if `live`, else at its end.

    Where `aside` is a terminal, `speaker` stands before the answer.
    """

    def __init__(self, out: TextIO, aside: Console, *, live: bool, speaker: str = "") -> None:
        self._out, self._aside, self._live, self._speaker = out, aside, live, speaker
        self._waiting: Status | None = None
        self._shown = ""
        self._warned = False

    def __call__(self, event: Happening) -> None:
        """Show what has happened."""
        match event:
            case Waiting(view, prospect):
                self._hope(view, prospect)
            case StateChanged(view) if view.state is not JobState.QUEUED:
                self.wait(replies.phrase(view))
            case TextAdded(text):
                self._write(text)
            case StartedOver():
                self._start_over()
            case Answered(view):
                self._finish(view)

    def note(self, words: str) -> None:
        """Say something beside the answer."""
        self.rest()
        self._aside.print(words, style="dim", markup=False, highlight=False)

    def wait(self, words: str) -> None:
        """Say what is waited for, in place of what was said before, until there are words of the answer."""
        if self._shown or not self._aside.is_terminal:
            return
        if self._waiting is None:
            self._waiting = self._aside.status(words)
            self._waiting.start()
        self._waiting.update(words)

    def rest(self) -> None:
        """Take the waiting line away."""
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    def _hope(self, view: JobView, prospect: Prospect) -> None:
        hint = replies.hint(view, prospect)
        if hint and not self._warned:
            self._warned = True
            self.note(f"no host is up for this model. {hint}")
        self.wait(replies.phrase(view, prospect))

    def _write(self, text: str) -> None:
        if self._live:
            self._begin()
            self._shown += text
            self._out.write(replies.printable(text))
            self._out.flush()

    def _begin(self) -> None:
        self.rest()
        if self._speaker and not self._shown and self._aside.is_terminal:
            self._aside.print(f"{self._speaker} › ", end="", style="bold", markup=False, highlight=False)

    def _start_over(self) -> None:
        if self._shown:
            self._out.write("\n")
            self._out.flush()
            self._shown = ""
            self.note("(starting over)")

    def _finish(self, view: JobView) -> None:
        self.rest()
        if view.outcome is not Outcome.REPLY:
            if self._shown:
                self._out.write("\n")
                self._out.flush()
            self._aside.print(replies.ending(view), style="yellow", markup=False, highlight=False, soft_wrap=True)
            return
        whole = replies.ending(view)
        if not whole.startswith(self._shown):  # pieces were lost with their worker
            self._start_over()
        self._begin()
        self._out.write(replies.printable(whole[len(self._shown) :]) + "\n")
        self._out.flush()


def foot(view: JobView, fleet: Fleet) -> str:
    """Return the line below an answer in a terminal."""
    demo = f"{DEMO_LABEL} · " if replies.is_demo(view.model, fleet) else ""
    return demo + replies.details(view)


def forgive_encodings() -> None:
    """Let a terminal that cannot show or send a character get a stand-in for it, not a traceback."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
