"""A panel in the ledger: all asked at once, one answer of what they say, and what happens when somebody fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from bots import convening
from bots.convening import Concluded, Happening, convene
from bots.conversation import Said
from bots.panel import Panel, Voice, panel_of
from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.fleet import parse
from tasks.contracts.jobs import Cause, JobState
from tasks.contracts.messages import JobRequest
from tasks.jobs import moves
from tasks.jobs.gateway import AsyncGateway, Gateway
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Claim
from tasks.jobs.watching import TextAdded
from tests.bots.conftest import Hand, eventually

PERSONAS = ("Ada", "Bob", "Cy")
FLEET = parse({"persona": [{"name": name, "model": "demo", "prompt": name} for name in PERSONAS]}, "test")


def panel(message: str = "m") -> Panel:
    return panel_of(Said("web", "s", message, "u", "Why?"), PERSONAS, FLEET)


def held(hand: Hand, panel: Panel) -> dict[str, Claim]:
    """Take the jobs of all members."""
    claims = [hand.claim() for _ in panel.members]
    return {claim.request.persona: claim for claim in claims}


def fail(hand: Hand, claim: Claim) -> None:
    hand.store.run(moves.give_back(claim.job, claim.fence, Cause.REJECTED.value, "no"))


async def discussed(
    redis_url: str, told: Panel, act: Callable[[], Any], happened: list[Happening] | None = None
) -> list[Happening]:
    """Return what happened on a panel while `act`, in a thread, played its hosts."""
    happened = [] if happened is None else happened
    store = AsyncStore.open(redis_url)
    acting = asyncio.create_task(asyncio.to_thread(act))
    try:
        async with contextlib.aclosing(convene(AsyncGateway(store), told)) as events:
            async for event in events:
                happened.append(event)
            return happened
    finally:
        await acting
        await store.close()


def play(
    redis_url: str, told: Panel, act: Callable[[], Any], happened: list[Happening] | None = None
) -> tuple[list[Happening], Concluded]:
    events = asyncio.run(discussed(redis_url, told, act, happened))
    assert isinstance(events[-1], Concluded)
    return events[:-1], events[-1]


def test_three_are_asked_and_one_answer_is_made_of_theirs(redis_url: str, hand: Hand) -> None:
    asked, merging, happened = panel(), list[JobRequest](), list[Happening]()

    def streamed() -> str:
        return "".join(event.text for event in happened if isinstance(event, TextAdded))

    def act() -> None:
        for name, claim in held(hand, asked).items():
            hand.finish(claim, f"{name} says so.")
        merge = hand.claim()
        merging.append(merge.request)
        hand.say(merge, "All ")
        eventually(lambda: streamed() == "All ", "the first word")
        hand.finish(merge, "All say so.")

    events, ended = play(redis_url, asked, act, happened)
    assert (ended.view.text, ended.merged) == ("All say so.", True)
    assert [voice.name for voice in ended.voices] == list(PERSONAS)
    assert sum(isinstance(event, Voice) for event in events) == 3
    assert all(f"{name} says so." in merging[0].text for name in PERSONAS)
    assert merging[0].persona == "Ada"


def test_who_fails_is_left_out(redis_url: str, hand: Hand) -> None:
    asked, texts = panel(), []

    def act() -> None:
        claims = held(hand, asked)
        fail(hand, claims["Bob"])
        hand.finish(claims["Ada"], "Ada's.")
        hand.finish(claims["Cy"], "Cy's.")
        texts.append(hand.answer("Both.").request.text)

    _, ended = play(redis_url, asked, act)
    assert (ended.view.text, ended.merged) == ("Both.", True)
    assert [voice.answered for voice in ended.voices] == [True, False, True]
    assert 'by="Bob"' not in texts[0]


def test_who_is_late_is_taken_back_and_left_out(
    redis_url: str, hand: Hand, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = panel()
    for member in asked.members:  # asked before: so the others have surely answered in time
        gateway.submit(member.request)
    claims = held(hand, asked)
    hand.finish(claims["Ada"], "Ada's.")
    hand.finish(claims["Bob"], "Bob's.")
    monkeypatch.setattr(convening, "MEMBERS_SHARE", 1.0 / FLEET.jobs.deadline_s)
    _, ended = play(redis_url, asked, lambda: hand.answer("Both."))
    assert (ended.view.text, ended.voices[2].view) == ("Both.", None)
    assert gateway.job(claims["Cy"].job).state is JobState.WITHDRAWN


def test_one_answer_alone_is_the_answer(redis_url: str, hand: Hand) -> None:
    asked = panel()

    def act() -> None:
        claims = held(hand, asked)
        fail(hand, claims["Ada"])
        fail(hand, claims["Cy"])
        hand.finish(claims["Bob"], "Bob's own.")

    _, ended = play(redis_url, asked, act)
    assert (ended.view.text, ended.merged) == ("Bob's own.", False)
    assert hand.try_to_claim() is None


def test_where_nobody_answers_the_first_notice_is_told(redis_url: str, hand: Hand) -> None:
    asked = panel()

    def act() -> None:
        for claim in held(hand, asked).values():
            fail(hand, claim)

    _, ended = play(redis_url, asked, act)
    assert (ended.view.cause, ended.merged) == (Cause.REJECTED, False)


def test_where_nothing_can_be_made_of_the_answers_the_first_stands(redis_url: str, hand: Hand) -> None:
    asked = panel()

    def act() -> None:
        for name, claim in held(hand, asked).items():
            hand.finish(claim, f"{name}'s.")
        fail(hand, hand.claim())

    _, ended = play(redis_url, asked, act)
    assert (ended.view.text, ended.merged) == ("Ada's.", False)


def test_where_nobody_is_in_time_that_is_told(redis_url: str, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convening, "MEMBERS_SHARE", 0.05 / FLEET.jobs.deadline_s)
    asked = panel()
    with pytest.raises(StoreUnavailable, match="nobody on the panel"):
        asyncio.run(discussed(redis_url, asked, lambda: None))
    assert states(hand, asked) == {JobState.WITHDRAWN}


@pytest.mark.parametrize("when", ["while they answer", "while it is brought together"])
def test_who_leaves_takes_all_of_it_back(redis_url: str, hand: Hand, when: str) -> None:
    asked = panel()

    async def scene() -> None:
        store = AsyncStore.open(redis_url)
        going = asyncio.create_task(consume(convene(AsyncGateway(store), asked)))
        claims = await asyncio.to_thread(held, hand, asked)
        if when != "while they answer":
            for claim in claims.values():
                hand.finish(claim, "so")
            await asyncio.to_thread(hand.claim)
        going.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await going
        await store.close()

    asyncio.run(scene())
    left = {asked.chair.job} if when != "while they answer" else {each.request.job for each in asked.members}
    assert {hand.store.run(moves.read_job(job)).state for job in left} == {JobState.WITHDRAWN}
    eventually(lambda: not hand.store.run(moves.list_jobs()), "nothing to be left")


async def consume(events: Any) -> None:
    async with contextlib.aclosing(events):
        async for _event in events:
            pass


def states(hand: Hand, told: Panel) -> set[JobState]:
    return {hand.store.run(moves.read_job(member.request.job)).state for member in told.members}
