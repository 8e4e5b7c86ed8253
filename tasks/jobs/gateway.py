"""The one door to the flock, for bots, the command, and tasks that need a model: submit, watch, cancel.

`Gateway` blocks, `AsyncGateway` awaits; both run the same moves and the same steps of a watch.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs import intake, moves, watching
from tasks.jobs.ears import AsyncEars, Ears, Hear, HearSoon
from tasks.jobs.store import AsyncStore, Store, translated
from tasks.jobs.switchboard import Switchboard
from tasks.jobs.values import Accepted, Ways
from tasks.jobs.watching import Answered, Event, Listen, Look, Watch, advance

logger = logging.getLogger(__name__)


def cleaned(request: JobRequest) -> JobRequest:
    """Return the request with text that is fit to store. Raises BadInput: nothing is there to be answered."""
    if request.inputs:  # vectors of another model, or of one with an adapter, are not the ones that were asked for
        texts = tuple(map(intake.mended, request.inputs))
        return request.model_copy(update={"inputs": texts, "fallback": (), "adapter": ""})
    if request.history and not request.text:
        return request
    return request.model_copy(update={"text": intake.clean(request.text)})


def noted(accepted: Accepted, request: JobRequest) -> Accepted:
    """Write down that a job was accepted, without its words, and return what the ledger said."""
    about = {"job": accepted.job, "model": request.model, "fresh": accepted.fresh, "hosted": accepted.hosted}
    logger.info("accepted", extra=about)
    return accepted


class Gateway:
    """The blocking face."""

    def __init__(self, store: Store, ways: Ways | None = None) -> None:
        self.store, self.ways, self._ears = store, ways or Ways(), Ears(store)

    def submit(self, request: JobRequest, *, ear: str = "") -> Accepted:
        """Accept a job durably; submitting the same id again changes nothing. `ear` is told of it besides.

        Raises:
            BadInput: the text cannot be used.
            Refused: the user, the channel or everybody together has too much in flight.
            StoreUnavailable: Redis did not answer; submitting again is safe.
        """
        return noted(self.store.run(moves.submit(cleaned(request), self.ways, ear)), request)

    def edit(self, request: JobRequest) -> bool:
        """Replace the words of a job unless somebody has claimed it already; its settings stay."""
        return self.store.run(moves.edit(cleaned(request)))

    def cancel(self, job: str, who: str = "") -> JobState:
        """Withdraw a job; returns the state it is in afterwards. Raises UnknownJob."""
        return self.store.run(moves.withdraw(job, who))

    def forget(self, session: str) -> int:
        """Forget what was said in a session; returns how many turns that was."""
        return self.store.run(moves.forget(session))

    def job(self, job: str) -> JobView:
        """Return the job as it stands. Raises UnknownJob."""
        return self.store.run(moves.read_job(job))

    def watch(self, job: str, *, until_answered: bool = False) -> Iterator[Event]:
        """Yield what happens to a job until it is answered, from wherever it stands now. Raises UnknownJob.

        With `until_answered` only the answer is told, at less cost.
        """
        steps = watching.watch(until_answered=until_answered)
        with translated(), self._ears.on(job) as hear:
            yield from self._follow(job, steps, hear)

    def converse(self, request: JobRequest, *, until_answered: bool = False) -> Iterator[Event]:
        """Submit a job and yield what happens to it: `submit` and `watch` in one, with fewer ways to Redis."""
        job, steps = request.job, watching.watch(until_answered=until_answered, fresh=True)
        with translated(), self._ears.named() as (ear, hear):
            if self.submit(request, ear=ear).fresh:
                yield from self._follow(job, steps, lambda: hear(job))
                return
        yield from self.watch(job, until_answered=until_answered)

    def _follow(self, job: str, steps: Watch, hear: Hear) -> Iterator[Event]:
        step = advance(steps)
        while step is not None:
            if isinstance(step, Look):
                step = advance(steps, self.job(job))
            elif isinstance(step, Listen):
                step = advance(steps, hear())
            else:
                yield step
                step = advance(steps)

    def ask(self, request: JobRequest) -> JobView:
        """Submit, wait, and return the job with its answer."""
        for event in self.converse(request, until_answered=True):
            if isinstance(event, Answered):
                return event.view
        raise StoreUnavailable(f"watching job {request.job} ended without an answer")


class AsyncGateway:
    """The asyncio face."""

    def __init__(self, store: AsyncStore, ways: Ways | None = None) -> None:
        self.store, self.ways = store, ways or Ways()
        self._ears, self._switchboard = AsyncEars(store), Switchboard(store)

    async def submit(self, request: JobRequest, *, ear: str = "") -> Accepted:
        """Accept a job durably; raises as `Gateway.submit` does."""
        return noted(await self.store.run(moves.submit(cleaned(request), self.ways, ear)), request)

    async def edit(self, request: JobRequest) -> bool:
        """Replace the words of a job unless somebody has claimed it already; its settings stay."""
        return await self.store.run(moves.edit(cleaned(request)))

    async def cancel(self, job: str, who: str = "") -> JobState:
        """Withdraw a job; returns the state it is in afterwards. Raises UnknownJob."""
        return await self.store.run(moves.withdraw(job, who))

    async def forget(self, session: str) -> int:
        """Forget what was said in a session; returns how many turns that was."""
        return await self.store.run(moves.forget(session))

    async def job(self, job: str) -> JobView:
        """Return the job as it stands. Raises UnknownJob."""
        return await self.store.run(moves.read_job(job))

    async def watch(self, job: str, *, until_answered: bool = False) -> AsyncIterator[Event]:
        """Yield what happens to a job, as `Gateway.watch` does."""
        steps = watching.watch(until_answered=until_answered)
        with translated():
            async with self._ears.on(job) as hear:
                async for event in self._follow(job, steps, hear):
                    yield event

    async def converse(
        self, request: JobRequest, *, until_answered: bool = False, text_alone: bool = False
    ) -> AsyncIterator[Event]:
        """Submit a job and yield what happens to it, as `Gateway.converse` does.

        With `text_alone` its text and its answer are told as they come, and where it stands after a silence only.
        """
        job = request.job
        steps = watching.watch(until_answered=until_answered, fresh=True, text_alone=text_alone)
        with translated():
            async with self._switchboard.line(job) as (ear, hear):
                if (await self.submit(request, ear=ear)).fresh:
                    async for event in self._follow(job, steps, hear):
                        yield event
                    return
        async for event in self.watch(job, until_answered=until_answered):
            yield event

    async def _follow(self, job: str, steps: Watch, hear: HearSoon) -> AsyncIterator[Event]:
        step = advance(steps)
        while step is not None:
            if isinstance(step, Look):
                step = advance(steps, await self.job(job))
            elif isinstance(step, Listen):
                step = advance(steps, await hear())
            else:
                yield step
                step = advance(steps)

    async def ask(self, request: JobRequest) -> JobView:
        """Submit, wait, and return the job with its answer."""
        async for event in self.converse(request, until_answered=True):
            if isinstance(event, Answered):
                return event.view
        raise StoreUnavailable(f"watching job {request.job} ended without an answer")
