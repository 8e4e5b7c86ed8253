"""A bot as `serve` runs it, on a platform that is a list."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bots import rereading, runner
from bots.access import Rules
from bots.delivery.manners import Manners
from bots.platform import Bounds, Face, Heard, Outgoing, Place, Proof
from bots.reception.desk import UNHOSTED
from bots.reception.values import Accepted, Told, Verdict
from bots.runner import House
from tasks.contracts import fleetwatch
from tasks.contracts.errors import AlreadyRunning, PlatformRefused, ProcessFailed
from tasks.contracts.jobs import Cause
from tasks.contracts.settings import Settings, load
from tasks.jobs import moves
from tasks.jobs.offices import AsyncOffice
from tasks.jobs.store import Store
from tests.bots.conftest import Hand

PATIENCE_S = 20.0


class Wall:
    """A platform and its adapter: what is said is written on a wall."""

    name, bot, edits = "wall", "scribe", True

    def __init__(self, hears: Callable[[House], Awaitable[None]], office: str = "") -> None:
        self.platform, self.office, self._hears = self, office, hears
        self.written: list[Outgoing] = []
        self.came = asyncio.Event()

    async def run(self, house: House) -> None:
        await self._hears(house)

    def bounds(self, place: Place) -> Bounds:
        return Bounds(chars=2000, edit_every_s=0.01, typing_every_s=5.0, nonce_window_s=60.0, edits=self.edits)

    def proof(self, place: Place) -> Proof:
        return Proof.NONCE

    def length(self, text: str) -> int:
        return len(text)

    async def post(self, place: Place, what: Outgoing) -> str:
        self.written.append(what)
        self.came.set()
        return str(len(self.written))

    async def edit(self, place: Place, message: str, what: Outgoing) -> None:
        self.written[int(message) - 1] = what
        self.came.set()

    async def find(self, place: Place, what: Outgoing, since_ms: int) -> str:
        return ""

    async def typing(self, place: Place) -> None:
        return

    async def reads(self, text: str) -> None:
        """Wait until these words are on the wall to stay."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(text in what.text and what.final for what in self.written):
                self.came.clear()
                await self.came.wait()


def heard(text: str, message: str = "1", **fields: Any) -> Heard:
    place = Place("10", message)
    said = {"user": "7", "author": "Ann", "at_ms": 1_000, "mentioned": True, **fields}
    return Heard("wall", "scribe", place, message, text=text, **said)


@pytest.fixture
def told(tmp_path: Path, redis_url: str) -> Settings:
    return settings(tmp_path, redis_url)


def settings(folder: Path, redis_url: str, more: str = "", **environ: str) -> Settings:
    file = folder / "rookery.toml"
    file.write_text(f'[redis]\nurl = "{redis_url}"\n{more}', encoding="utf-8")
    return load(file, {"ROOKERY_DATA_DIR": str(folder), **environ})


async def until(scene: Callable[[House, Wall], Awaitable[None]], told: Settings) -> Wall:
    """Serve a bot until the scene is over."""
    over = asyncio.Event()

    async def hears(house: House) -> None:
        await scene(house, wall)
        over.set()
        await asyncio.Event().wait()

    wall = Wall(hears)
    serving = asyncio.create_task(runner.serve(told, wall))
    waiting = asyncio.create_task(over.wait())
    await asyncio.wait({serving, waiting}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    assert over.is_set()
    return wall


def test_processes_messages_end_to_end(told: Settings, hand: Hand) -> None:
    async def scene(house: House, wall: Wall) -> None:
        verdict = await house.desk.hear(heard("how are you?"))
        assert isinstance(verdict, Accepted)
        claim = await asyncio.to_thread(hand.answer, "very well, thank you")
        assert claim.request.text == "Ann: how are you?"
        await wall.reads("very well, thank you")
        again = await house.desk.hear(heard("how are you?"))
        assert again == verdict

    wall = asyncio.run(until(scene, told))
    assert [what.text.splitlines()[0] for what in wall.written] == ["very well, thank you"]
    assert wall.written[0].face == Face("rookery")
    assert "demo model" in wall.written[0].text, "the built-in model is labelled as such"


def test_handles_errors_gracefully(told: Settings, hand: Hand) -> None:
    async def scene(house: House, wall: Wall) -> None:
        assert isinstance(await house.desk.hear(heard("")), Told)
        assert isinstance(await house.desk.hear(heard("/frobnicate", "2")), Told)
        assert isinstance(await house.desk.hear(heard("hello", "3")), Accepted)
        claim = await asyncio.to_thread(hand.claim)
        rejected = moves.give_back(claim.job, claim.fence, Cause.REJECTED.value, "no such template")
        await house.store.run(rejected)
        await wall.reads("My model would not take that message.")

    wall = asyncio.run(until(scene, told))
    assert len(wall.written) == 1, "a failure is told once"
    assert "template" not in wall.written[0].text


def test_respects_rate_limits(tmp_path: Path, redis_url: str, hand: Hand) -> None:
    limited = settings(tmp_path, redis_url, "[limits]\nuser_minute = 2\n")

    async def scene(house: House, wall: Wall) -> None:
        verdicts: list[Verdict] = [await house.desk.hear(heard("hello", str(n))) for n in range(4)]
        assert [type(verdict) for verdict in verdicts] == [Accepted, Accepted, Told, Told]
        assert isinstance(verdicts[2], Told)
        assert "2 answers of this minute" in verdicts[2].text
        for _ in range(2):
            await asyncio.to_thread(hand.answer, "hi")
        assert isinstance(await house.desk.hear(heard("hello", "9", user="8", author="Cleo")), Accepted)

    asyncio.run(until(scene, limited))


def test_a_file_that_changes_is_taken_up_by_a_bot_that_runs(
    tmp_path: Path, redis_url: str, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleetwatch, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(rereading, "LOOK_S", 0.05)
    told = settings(tmp_path, redis_url)

    async def scene(house: House, wall: Wall) -> None:
        settings(tmp_path, redis_url, "[limits]\nuser_minute = 1\n")
        async with asyncio.timeout(PATIENCE_S):
            while not house.settings().fleet.limits.user_minute:
                await asyncio.sleep(0.01)
        verdicts = [await house.desk.hear(heard("hello", str(n))) for n in range(2)]
        assert [type(verdict) for verdict in verdicts] == [Accepted, Told]

    asyncio.run(until(scene, told))


def test_blocked_words_are_replaced_in_what_is_said(told: Settings, hand: Hand) -> None:
    told.worded(told.fleet.words.blocked).parent.mkdir(parents=True)
    told.worded(told.fleet.words.blocked).write_text("- badword\n")

    async def scene(house: House, wall: Wall) -> None:
        await house.desk.hear(heard("hello"))
        claim = await asyncio.to_thread(hand.claim)
        await asyncio.to_thread(hand.say, claim, "a BÁD")
        await asyncio.to_thread(hand.finish, claim, "a BÁDWORD it is")
        await wall.reads("a […] it is")

    wall = asyncio.run(until(scene, told))
    assert "badword" not in str(wall.written).lower()


def test_that_no_host_is_up_is_said_once_and_the_answer_comes_when_one_is(told: Settings, ledger: Any) -> None:
    async def scene(house: House, wall: Wall) -> None:
        wall.edits = False
        for message in "12":
            await house.desk.hear(heard("hello", message))
        await wall.reads("Your message is kept")
        late = Hand(ledger)
        await asyncio.to_thread(late.arrive)
        for answer in ("here I am", "and again"):
            await asyncio.to_thread(late.answer, answer)
            await wall.reads(answer)

    wall = asyncio.run(until(scene, told))
    assert [what.text.split("\n")[0] for what in wall.written] == [UNHOSTED, "here I am", "and again"]


@pytest.mark.parametrize(("edits", "dry_run"), [(True, False), (False, True)])
def test_where_delivery_shows_how_a_job_stands_or_nothing_may_be_posted_nothing_is_said_aside(
    edits: bool, dry_run: bool
) -> None:
    async def scene() -> list[Outgoing]:
        wall = Wall(lambda _house: asyncio.sleep(0))
        wall.edits = edits
        runner.Aside(wall, lambda: Manners(dry_run=dry_run))(Place("10"), "no host is up", "j")
        await asyncio.sleep(0)
        return wall.written

    assert asyncio.run(scene()) == []


def test_a_dry_run_posts_nothing(tmp_path: Path, redis_url: str, hand: Hand) -> None:
    dry = settings(tmp_path, redis_url, DRY_RUN="1")

    async def scene(house: House, wall: Wall) -> None:
        assert house.manners().dry_run
        verdict = await house.desk.hear(heard("hello"))
        assert isinstance(verdict, Accepted)
        await asyncio.to_thread(hand.answer, "hi")
        async with asyncio.timeout(PATIENCE_S):
            while not (await house.gateway.job(verdict.job)).ended:
                await asyncio.sleep(0.01)

    assert asyncio.run(until(scene, dry)).written == []


def test_a_test_flock_and_the_real_one_share_a_redis_and_hear_nothing_of_each_other(
    tmp_path: Path, redis_url: str, hand: Hand
) -> None:
    real, test = settings(tmp_path, redis_url), settings(tmp_path, redis_url, ROOKERY_ENV="test")
    other = Hand(Store.open(redis_url, test.namespace))
    other.arrive()

    def scene(answer: str, theirs: Hand) -> Callable[[House, Wall], Awaitable[None]]:
        async def said(house: House, wall: Wall) -> None:
            assert isinstance(await house.desk.hear(heard("hello")), Accepted)
            await both.wait()
            await asyncio.to_thread(theirs.answer, answer)
            await wall.reads(answer)
            assert await asyncio.to_thread(theirs.try_to_claim) is None

        return said

    async def play() -> list[Wall]:
        return await asyncio.gather(until(scene("from the real one", hand), real), until(scene("a test", other), test))

    both = asyncio.Barrier(2)
    walls = asyncio.run(play())
    other.store.close()
    assert [[what.text.split("\n")[0] for what in wall.written] for wall in walls] == [
        ["from the real one"],
        ["a test"],
    ]


def test_a_connection_that_is_over_ends_the_process(told: Settings) -> None:
    async def at_once(_house: House) -> None:
        return

    async def refused(_house: House) -> None:
        raise PlatformRefused("the token is none")

    with pytest.raises(ProcessFailed, match="'scribe' is over"):
        asyncio.run(runner.serve(told, Wall(at_once)))
    with pytest.raises(PlatformRefused, match="the token is none"):
        asyncio.run(runner.serve(told, Wall(refused)))


def test_one_process_has_a_token(told: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "AsyncOffice", partial(AsyncOffice, patience_s=0.0))

    async def scene() -> None:
        async def stays(_house: House) -> None:
            up.set()
            await asyncio.Event().wait()

        up = asyncio.Event()
        first = asyncio.create_task(runner.serve(told, Wall(stays, "wall:abc")))
        await asyncio.wait_for(up.wait(), PATIENCE_S)
        with pytest.raises(AlreadyRunning):
            await runner.serve(told, Wall(stays, "wall:abc"))
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await first

    asyncio.run(scene())


def test_who_may_speak_and_how_it_is_posted_is_read_from_the_tables_of_the_platform(
    tmp_path: Path, redis_url: str
) -> None:
    tables = '[discord]\nusers = ["5"]\nstream = false\n[telegram]\nchats = ["-100"]\ndry_run = true\n'
    now = settings(tmp_path, redis_url, tables)

    def wall(name: str) -> Wall:
        made = Wall(lambda _house: asyncio.sleep(0))
        made.name = name
        return made

    assert runner.rules_of(now, wall("discord")) == Rules(users=frozenset({"5"}))
    assert runner.rules_of(now, wall("telegram")) == Rules(channels=frozenset({"-100"}))
    assert runner.rules_of(now, wall("other")) == Rules()
    assert runner.manners_of(now, "discord") == Manners(stream=False)
    assert runner.manners_of(now, "telegram") == Manners(dry_run=True)
    assert runner.manners_of(now, "other") == Manners()
