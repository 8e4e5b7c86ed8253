from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bots.platform import Place
from bots.reception.desk import Desk
from bots.reception.silence import OPENING
from tasks.contracts.clock import ManualClock
from tasks.contracts.fleet import parse
from tasks.contracts.messages import JobClass
from tests.bots.reception.counter import Counter, heard

ADA: dict[str, Any] = {"name": "Ada", "model": "demo", "prompt": "You are Ada."}
BOB = {**ADA, "name": "Bob", "triggers": [{"kind": "silence", "value": "60"}]}
Scene = Callable[[Desk, ManualClock], Awaitable[None]]


@pytest.fixture
def played(redis_url: str, tmp_path: Path) -> Callable[[Scene], Counter]:
    """Play a scene at a desk whose clock the test moves; Bob speaks after a minute of silence."""

    def play(scene: Scene, *personas: dict[str, Any], **tables: Any) -> Counter:
        counter = Counter(redis_url, tmp_path)
        counter.clock = ManualClock()
        counter.fleet = parse({"persona": list(personas or (ADA, BOB)), **tables}, "test")
        counter.run(lambda desk: scene(desk, counter.clock))
        return counter

    return play


async def after(desk: Desk, clock: ManualClock, seconds: float) -> None:
    """Let time pass between two looks."""
    await desk.silence.look()
    clock.sleep(seconds)
    await desk.silence.look()


def test_after_its_time_a_persona_speaks_first_once_and_answers_nobody(played: Any) -> None:
    async def scene(desk: Desk, clock: ManualClock) -> None:
        await desk.hear(heard("good night", mentioned=False, place=Place("10", "1", topic="3")))
        for seconds in (59, 1, 600, 6000):
            await after(desk, clock, seconds)

    (request,) = played(scene).post.followed
    assert (request.persona, request.text, request.job_class) == ("Bob", OPENING, JobClass.AMBIENT)
    assert request.reply_to == {"chat": "10", "topic": "3"}
    assert request.session == "discord:bob:10.3"


def test_whoever_speaks_ends_the_silence_and_another_one_may_be_broken(played: Any) -> None:
    async def scene(desk: Desk, clock: ManualClock) -> None:
        await desk.hear(heard("good night", mentioned=False))
        await after(desk, clock, 40)
        await desk.hear(heard("still here", "2", mentioned=False))
        await after(desk, clock, 40)
        await after(desk, clock, 40)
        await desk.hear(heard("oh", "3", mentioned=False))
        await after(desk, clock, 61)

    assert [request.persona for request in played(scene).post.followed] == ["Bob", "Bob"]


@pytest.mark.parametrize("how", [{"direct": True, "mentioned": False}, {}])
def test_nobody_speaks_first_in_a_direct_message_or_after_an_answer(how: dict[str, Any], played: Any) -> None:
    async def scene(desk: Desk, clock: ManualClock) -> None:
        await desk.hear(heard("hello", **how))
        await after(desk, clock, 600)

    assert [request.persona for request in played(scene).post.followed] == ["Ada"]


def test_where_a_place_is_muted_or_no_persona_may_nobody_speaks_first(played: Any) -> None:
    async def muted(desk: Desk, clock: ManualClock) -> None:
        await desk.hear(heard("good night", mentioned=False))
        await after(desk, clock, 600)

    (Path(played(muted, ADA).folder) / "settings.json").write_text('{"channels": {"10": {"mute": true}}}')
    assert played(muted).post.followed == []
    assert played(muted, ADA).post.followed == []


def test_the_time_of_the_file_holds_for_a_trigger_without_one(played: Any) -> None:
    async def scene(desk: Desk, clock: ManualClock) -> None:
        await desk.hear(heard("good night", mentioned=False))
        await after(desk, clock, 30)

    patient = {**ADA, "triggers": [{"kind": "silence"}]}
    assert played(scene, patient).post.followed == []
    assert len(played(scene, patient, casting={"silence_s": 30}).post.followed) == 1
