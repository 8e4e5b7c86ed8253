"""Wishes about one's own memories: whose they become, where they are answered, and that everything is asked twice."""

from __future__ import annotations

import pytest

from bots import wishes
from bots.access import Rules
from bots.platform import WHISPER, Place
from bots.reception import wishing
from bots.reception.desk import Desk
from bots.reception.values import A_BOT, UNWANTED, Accepted, Ignored, Told, Verdict
from tasks.contracts.clock import ManualClock
from tasks.contracts.fleet import parse
from tasks.contracts.messages import JobRequest
from tasks.contracts.wishes import Wish, wish_of
from tasks.jobs import fleet_moves, remembering
from tasks.jobs.store import Store
from tests.bots.reception.counter import PERSONAS, Counter, command, heard

HERE = Place("10", "c1", via="interaction")
ALONE = Place("10", "c1", via=WHISPER)
REMEMBERS = {"persona": [PERSONAS[0], {**PERSONAS[1], "memory": True}], "limits": {"user_minute": 1}}


@pytest.fixture
def counter(redis_url, tmp_path, ledger: Store) -> Counter:
    """A reception of two personas, of whom Bob remembers; somebody is up who keeps memories."""
    ledger.run(remembering.is_up(600.0))
    return Counter(redis_url, tmp_path, REMEMBERS)


async def request_of(counter: Counter, verdict: Verdict) -> JobRequest:
    assert isinstance(verdict, Accepted), verdict
    return await counter.request(verdict.job)


def test_a_slash_command_is_a_job_that_who_asked_alone_is_told_of(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        asked = command("memory", "tea", guild="5", place=HERE, alone=ALONE)
        verdict = await desk.command(asked)
        request = await request_of(counter, verdict)
        assert wish_of(request) == Wish(kind="list", about="tea", alone=True)
        assert (request.work, request.person, request.tenant) == ("memory", "discord:7", "discord:5")
        assert (request.direct, request.channel, request.bot) == (False, "discord:10", "rook")
        assert request.reply_to == ALONE.as_ids()
        assert counter.post.followed == [request]
        assert await desk.command(asked) == verdict

    counter.run(scene)


def test_what_is_to_be_remembered_is_for_who_answers_there_and_remembers(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        public = await desk.hear(heard("/remember I like tea.", guild="5"))
        request = await request_of(counter, public)
        assert (request.persona, wish_of(request).about) == ("Bob", "I like tea.")
        assert Place.of(request.reply_to) == Place("10", "1")
        hidden = await desk.command(command("remember", "I like tea.", guild="5", place=HERE, alone=ALONE))
        assert Place.of((await request_of(counter, hidden)).reply_to) == ALONE
        counter.fleet = parse({"persona": PERSONAS}, "test")
        assert await desk.hear(heard("/remember it", "3")) == Told(wishes.FORGETFUL, private=True)

    counter.run(scene)


@pytest.mark.parametrize("said", ["/memory", "/forget tea", "/forget everything", "/export"])
def test_among_others_nothing_is_shown_unless_one_person_alone_can_be_told(counter: Counter, said: str) -> None:
    async def scene(desk: Desk) -> None:
        name = said.split()[0].removeprefix("/")
        refused = Told(wishing.FOR_YOU_ALONE.format(name=name), private=True)
        assert await desk.hear(heard(said, guild="5")) == refused

    counter.run(scene)
    assert counter.asked == []


def test_in_a_group_the_answer_goes_to_the_own_chat_and_the_group_is_told_so(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        verdict = await desk.hear(heard("/memory", alone=Place("7")))
        assert isinstance(verdict, Accepted)
        assert (verdict.place, verdict.aside) == (Place("7"), wishing.IN_OUR_CHAT)
        request = await request_of(counter, verdict)
        assert (request.reply_to, wish_of(request).alone, request.direct) == ({"chat": "7"}, True, False)
        remembered = await desk.hear(heard("/remember tea", "2", alone=Place("7")))
        assert isinstance(remembered, Accepted)
        assert (remembered.place, remembered.aside) == (Place("10", "2"), "")

    counter.run(scene)


def test_in_a_direct_message_one_is_alone(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        request = await request_of(counter, await desk.hear(heard("/export", chat="7", direct=True)))
        assert (request.direct, wish_of(request)) == (True, Wish(kind="export", alone=True))
        assert Place.of(request.reply_to) == Place("7", "1")

    counter.run(scene)


def test_everything_is_forgotten_when_that_is_said_twice_and_soon(counter: Counter) -> None:
    counter.clock = clock = ManualClock()
    sure = Told(wishing.ARE_YOU_SURE, private=True)

    async def scene(desk: Desk) -> None:
        async def say(message: str, **fields: str) -> Verdict:
            return await desk.hear(heard("/forget everything", message, direct=True, **fields))

        assert await say("1") == await say("1") == sure
        assert await say("2", user="8") == sure
        assert await say("3", chat="11") == sure
        clock.sleep(wishing.SURE_S + 1)
        assert await say("4") == sure
        clock.sleep(wishing.SURE_S - 1)
        verdict = await say("5")
        assert wish_of(await request_of(counter, verdict)) == Wish(kind="forget", alone=True)
        assert await say("5") == verdict
        again = counter.desk()  # after a restart
        assert await again.hear(heard("/forget everything", "5", direct=True)) == verdict

    counter.run(scene)
    assert len({request.job for request in counter.post.followed}) == 1


def test_a_feed_does_not_know_who_anybody_is_and_a_bot_is_nobody(counter: Counter) -> None:
    counter.rules = Rules(bots=frozenset({"7"}))

    async def scene(desk: Desk) -> None:
        for number, said in enumerate(("/memory", "/remember x", "/forget everything", "/export")):
            assert await desk.hear(heard(said, f"f{number}", vouched=False)) == Told(wishing.NAMELESS, private=True)
            assert await desk.hear(heard(said, f"b{number}", from_bot=True)) == Ignored(A_BOT)

    counter.run(scene)
    assert counter.asked == []


def test_blocked_words_are_not_remembered_and_can_be_forgotten(counter: Counter) -> None:
    (counter.folder / "words.yaml").write_text("- badword\n")

    async def scene(desk: Desk) -> None:
        assert await desk.hear(heard("/remember a badword", direct=True)) == Told(UNWANTED, private=True)
        assert isinstance(await desk.hear(heard("/forget badword", "2", direct=True)), Accepted)

    counter.run(scene)


def test_wishes_cost_no_quota_and_are_no_question_to_be_asked_anew(counter: Counter, ledger: Store) -> None:
    assert ledger.run(fleet_moves.status()).hosts == ()

    async def scene(desk: Desk) -> None:
        for number in range(3):
            assert isinstance(await desk.hear(heard("/memory", f"m{number}", direct=True)), Accepted)
        assert isinstance(await desk.hear(heard("hello", direct=True)), Accepted)
        assert isinstance(await desk.hear(heard("hello?", "2", direct=True)), Told)

    counter.run(scene)
    assert len(counter.asked) == 4


def test_while_nobody_keeps_memories_none_are_shown_and_what_is_to_go_will_go(counter: Counter, ledger: Store) -> None:
    ledger.run(remembering.has_left())

    async def scene(desk: Desk) -> None:
        for number, said in enumerate(("/memory", "/export")):
            assert await desk.hear(heard(said, f"m{number}", direct=True)) == Told(wishing.NOT_NOW, private=True)
        for number, said in enumerate(("/remember tea", "/forget tea")):
            assert isinstance(await desk.hear(heard(said, f"n{number}", direct=True)), Accepted)

    counter.run(scene)
    assert len(counter.asked) == 2
