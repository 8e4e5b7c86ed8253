"""A client on the line: its job is followed for as long as it listens, and withdrawn when it hangs up."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import Request

from bots.following import TICK_S, ticking
from bots.web import doors
from bots.web.openai.keyed import Keyed, check
from bots.web.site import Site
from bots.web.visitors import API, Visitor
from tasks.contracts.errors import Refused, RookeryError, ServerBusy, StoreUnavailable
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.watching import Answered, Event, StateChanged

LAST_S = 3.0  # for answers in progress once the server is told to end
_hanging_up: set[asyncio.Task[None]] = set()  # so that nobody collects them half-way


class HungUp(Exception):
    """Nobody is on the line any more."""


@dataclass
class Line:
    """One client, and the job that it waits for."""

    site: Site
    request: Request
    asker: Visitor
    job: JobRequest
    listeners: Counter[str]
    """How many clients of this server wait for a job; with an idempotency key there may be several."""
    keyed: Keyed | None = None
    told: bool = False
    """The client knows the job's id: should the server end, the job goes on, and its answer can be fetched."""
    kept: bool = False
    """The job goes on when the client hangs up."""

    async def answer(self) -> JobView:
        """Submit the job and return it with its outcome.

        Raises:
            HungUp: the client did; the job is withdrawn.
            RookeryError: as `events` does.
        """
        async with contextlib.aclosing(self.events(until_answered=True)) as events:
            async for event in events:
                if isinstance(event, Answered):
                    return event.view
                await self.check()
        raise StoreUnavailable(f"watching job {self.job.job} ended without an answer")

    async def check(self) -> None:
        """Return while somebody is on the line. Raises HungUp."""
        if await self.request.is_disconnected():
            raise HungUp

    async def events(self, *, until_answered: bool) -> AsyncGenerator[Event | None, None]:
        """Submit the job and yield what happens to it, and None at each tick of silence.

        Whoever closes this before there is an answer has hung up.

        Raises:
            Refused: not now.
            KeyReused: the key came with another request before.
            ServerBusy: the server ends before there is an answer.
            StoreUnavailable: Redis did not answer.
        """
        job, over = self.job.job, False
        await doors.charge(self.request, self.asker, job)
        self.listeners[job] += 1
        try:
            happens = self.site.gateway.converse(self.job, until_answered=until_answered, text_alone=True)
            async with contextlib.aclosing(ticking(happens)) as events:
                async for event in self._sound(events):
                    over = isinstance(event, Answered)
                    yield event
        except Refused:
            over = True
            await doors.refund(self.request, self.asker, job)
            raise
        except RookeryError as exc:
            over = not isinstance(exc, ServerBusy) or self.told or self.keyed is not None
            raise
        finally:
            self._leave(over)

    async def _sound(self, events: AsyncGenerator[Event | None, None]) -> AsyncGenerator[Event | None, None]:
        left_s = LAST_S
        async for event in events:
            if self.keyed and isinstance(event, Answered | StateChanged):
                check(self.keyed, event.view)
            if event is None and self.site.closing():
                left_s -= TICK_S
                if left_s <= 0:
                    raise ServerBusy("the server ends", next_step="ask again; it may be back in a moment")
            yield event

    def _leave(self, over: bool) -> None:
        job = self.job.job
        self.listeners[job] -= 1
        if self.listeners[job] > 0:
            return
        del self.listeners[job]
        if not over and not self.kept:
            hanging_up = asyncio.create_task(_withdraw(self.site.gateway, job))  # who is cancelled may not wait
            _hanging_up.add(hanging_up)
            hanging_up.add_done_callback(_hanging_up.discard)


async def _withdraw(gateway: AsyncGateway, job: str) -> None:
    with contextlib.suppress(RookeryError):  # it ends at its deadline then
        await gateway.cancel(job, API)
