"""Asks a panel: all members at once, then one who makes an answer of theirs. All of it is jobs in the ledger.

Who fails or is late is left out. Where one alone answers, that is the answer; where nobody does, the first notice is;
and where nothing could be made of the answers, the first of them stands. Who stops asking takes back what is not
answered yet.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from bots.following import ticking
from bots.panel import Member, Panel, Voice
from tasks.contracts.errors import RookeryError, StoreUnavailable
from tasks.contracts.jobs import JobView, Outcome
from tasks.jobs.ending import put_down
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.watching import Answered, StartedOver, StateChanged, TextAdded

MEMBERS_SHARE = 0.6  # of the time that there is; the rest is for who brings it together
WHO = "panel"


@dataclass(frozen=True)
class Concluded:
    """The answer of the panel. Nothing follows."""

    view: JobView
    voices: tuple[Voice, ...]
    """In the order in which they were named."""
    merged: bool
    """Whether it was made of several; else it is one member's own, or a notice."""


Happening = Voice | TextAdded | StartedOver | StateChanged | Concluded


async def convene(gateway: AsyncGateway, panel: Panel) -> AsyncGenerator[Happening, None]:
    """Ask, and yield each member's answer as it comes, how the one answer comes along, and how it ends.

    Close the generator, or cancel the task, to take back what is not answered yet.

    Raises:
        Refused: whoever asks has too much in flight.
        StoreUnavailable: Redis did not answer.
    """
    open_jobs: set[str] = set()
    try:
        for member in panel.members:
            open_jobs.add(member.request.job)
            await gateway.submit(member.request)
        heard: dict[str, Voice] = {}
        async with contextlib.aclosing(_voices(gateway, panel)) as voices:
            async for member, voice in voices:
                if voice.view is not None:
                    open_jobs.discard(member.request.job)
                heard[member.name] = voice
                yield voice
        await _take_back(gateway, open_jobs)
        async for event in _conclude(gateway, panel, [heard[member.name] for member in panel.members], open_jobs):
            yield event
    finally:
        await _take_back(gateway, open_jobs)


async def _voices(gateway: AsyncGateway, panel: Panel) -> AsyncGenerator[tuple[Member, Voice], None]:
    """Yield what came of each member; those who are late as such, when it is too late."""
    tasks = {asyncio.create_task(_answer(gateway, each.request.job)): each for each in panel.members}
    loop, left = asyncio.get_running_loop(), set(tasks)
    ends_s = loop.time() + MEMBERS_SHARE * min(each.request.deadline_s for each in panel.members)
    try:
        while left and (wait_s := ends_s - loop.time()) > 0:
            done, left = await asyncio.wait(left, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield tasks[task], Voice(tasks[task].name, task.result())
        for task in left:
            yield tasks[task], Voice(tasks[task].name, None)
    finally:
        await put_down(tasks)


async def _conclude(
    gateway: AsyncGateway, panel: Panel, voices: Sequence[Voice], open_jobs: set[str]
) -> AsyncGenerator[Happening, None]:
    answers = [voice for voice in voices if voice.answered]
    if len(answers) < 2:
        yield Concluded(_alone(answers or voices), tuple(voices), merged=False)
        return
    request = panel.merging(voices)
    open_jobs.add(request.job)
    await gateway.submit(request)
    async with contextlib.aclosing(ticking(gateway.watch(request.job))) as events:
        async for event in events:
            if isinstance(event, Answered):
                open_jobs.discard(request.job)
                merged = event.view.outcome is Outcome.REPLY and bool(event.view.text.strip())
                yield Concluded(event.view if merged else _alone(answers), tuple(voices), merged=merged)
            elif event is not None:
                yield event


def _alone(voices: Sequence[Voice]) -> JobView:
    """Return the first job that has anything to say."""
    for voice in voices:
        if voice.view is not None:
            return voice.view
    raise StoreUnavailable(
        "nobody on the panel had an answer in time",
        next_step="`rookery status` shows which hosts are up, and who waits",
    )


async def _answer(gateway: AsyncGateway, job: str) -> JobView:
    async with contextlib.aclosing(ticking(gateway.watch(job, until_answered=True))) as events:
        async for event in events:
            if isinstance(event, Answered):
                return event.view
    raise StoreUnavailable(f"watching job {job} ended without an answer")


async def _take_back(gateway: AsyncGateway, jobs: set[str]) -> None:
    for job in tuple(jobs):
        jobs.discard(job)
        with contextlib.suppress(RookeryError):  # one that was never accepted, or a Redis that is away
            await gateway.cancel(job, WHO)
