"""The one door to the flock, for bots, the command, and tasks that need a model: submit, watch, cancel.

`Gateway` blocks, `AsyncGateway` awaits; both run the same moves and the same steps of a watch.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs import intake, moves, watching
from tasks.jobs.store import AsyncStore, Store, translated
from tasks.jobs.values import Accepted, Ways
from tasks.jobs.watching import Answered, Event, Listen, Look, advance

LOOK_S = 1.0  # how long a watcher trusts silence before it reads the record


def cleaned(request: JobRequest) -> JobRequest:
    """Return the request with text that is fit to store. Raises BadInput."""
    return request.model_copy(update={"text": intake.clean(request.text)})


def _words(heard: dict[str, str] | None) -> str | None:
    return heard["data"] if heard else None


class Gateway:
    """The blocking face."""

    def __init__(self, store: Store, ways: Ways | None = None) -> None:
        self.store, self.ways = store, ways or Ways()

    def submit(self, request: JobRequest) -> Accepted:
        """Accept a job durably; submitting the same id again changes nothing.

        Raises:
            BadInput: the text cannot be used.
            Refused: the user has too much in flight.
            StoreUnavailable: Redis did not answer; submitting again is safe.
        """
        return self.store.run(moves.submit(cleaned(request), self.ways))

    def edit(self, request: JobRequest) -> bool:
        """Replace the words of a job unless somebody has claimed it already; its settings stay."""
        return self.store.run(moves.edit(cleaned(request)))

    def cancel(self, job: str, who: str = "") -> JobState:
        """Withdraw a job; returns the state it is in afterwards. Raises UnknownJob."""
        return self.store.run(moves.withdraw(job, who))

    def job(self, job: str) -> JobView:
        """Return the job as it stands. Raises UnknownJob."""
        return self.store.run(moves.read_job(job))

    def watch(self, job: str) -> Iterator[Event]:
        """Yield what happens to a job until it is answered, from wherever it stands now. Raises UnknownJob."""
        steps = watching.watch()
        with translated(), self.store.client.pubsub(ignore_subscribe_messages=True) as pubsub:
            pubsub.subscribe(self.store.key("watch", job))
            step = advance(steps)
            while step is not None:
                if isinstance(step, Look):
                    step = advance(steps, self.job(job))
                elif isinstance(step, Listen):
                    step = advance(steps, _words(pubsub.get_message(timeout=LOOK_S)))
                else:
                    yield step
                    step = advance(steps)

    def ask(self, request: JobRequest) -> JobView:
        """Submit, wait, and return the job with its answer."""
        self.submit(request)
        for event in self.watch(request.job):
            if isinstance(event, Answered):
                return event.view
        raise StoreUnavailable(f"watching job {request.job} ended without an answer")


class AsyncGateway:
    """The asyncio face."""

    def __init__(self, store: AsyncStore, ways: Ways | None = None) -> None:
        self.store, self.ways = store, ways or Ways()

    async def submit(self, request: JobRequest) -> Accepted:
        """Accept a job durably; raises as `Gateway.submit` does."""
        return await self.store.run(moves.submit(cleaned(request), self.ways))

    async def edit(self, request: JobRequest) -> bool:
        """Replace the words of a job unless somebody has claimed it already; its settings stay."""
        return await self.store.run(moves.edit(cleaned(request)))

    async def cancel(self, job: str, who: str = "") -> JobState:
        """Withdraw a job; returns the state it is in afterwards. Raises UnknownJob."""
        return await self.store.run(moves.withdraw(job, who))

    async def job(self, job: str) -> JobView:
        """Return the job as it stands. Raises UnknownJob."""
        return await self.store.run(moves.read_job(job))

    async def watch(self, job: str) -> AsyncIterator[Event]:
        """Yield what happens to a job until it is answered, from wherever it stands now. Raises UnknownJob."""
        steps = watching.watch()
        with translated():
            async with self.store.client.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(self.store.key("watch", job))
                step = advance(steps)
                while step is not None:
                    if isinstance(step, Look):
                        step = advance(steps, await self.job(job))
                    elif isinstance(step, Listen):
                        step = advance(steps, _words(await pubsub.get_message(timeout=LOOK_S)))
                    else:
                        yield step
                        step = advance(steps)

    async def ask(self, request: JobRequest) -> JobView:
        """Submit, wait, and return the job with its answer."""
        await self.submit(request)
        async for event in self.watch(request.job):
            if isinstance(event, Answered):
                return event.view
        raise StoreUnavailable(f"watching job {request.job} ended without an answer")
