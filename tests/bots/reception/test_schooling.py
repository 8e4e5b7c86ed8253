"""Who says in a chat that they may be learned from, and what an answer should have been."""

from __future__ import annotations

from typing import Any

import pytest

from bots import lessons
from bots.access import Rules
from bots.reception.desk import Desk
from bots.reception.schooling import NAMELESS
from bots.reception.values import A_BOT, UNWANTED, Ignored, Told, Verdict
from tasks.jobs import consents, moves
from tasks.jobs.archive import ArchiveStream
from tasks.jobs.consents import Consents
from tasks.jobs.store import Store
from tests.bots.conftest import Hand
from tests.bots.reception.counter import Counter, command, heard
from tests.bots.reception.test_orders import job_of, text_of

ANN, ROOM = "discord:7", "discord:10"


def known(ledger: Store) -> Consents:
    return ledger.run(consents.every())


def noted(ledger: Store) -> list[dict[str, str]]:
    """Return what was thought of answers, as the archive gets it."""
    stream = ArchiveStream(ledger)
    entries = [*stream.unfinished(99), *stream.fresh(99)]
    return [dict(entry.fields) for entry in entries if entry.kind == "feedback"]


def test_everybody_decides_for_themselves(counter: Counter, ledger: Store) -> None:
    async def scene(desk: Desk) -> None:
        async def say(args: str, **how: Any) -> str:
            verdict = await desk.command(command("learning", args, **how))
            assert isinstance(verdict, Told)
            assert verdict.private
            return verdict.text

        assert "I learn nothing from what you say" in await say("status")
        assert await say("ON") == lessons.AGREED
        assert await say("on") == lessons.AGREED
        assert "I may learn from what you say" in await say("")
        assert "I learn nothing" in await say("status", user="8")
        assert set(known(ledger).people) == {ANN}
        assert await say("off") == lessons.WITHDRAWN
        assert await say("perhaps") == lessons.HOW

    counter.run(scene)
    assert known(ledger) == Consents()


def test_only_who_looks_after_the_bot_decides_for_a_channel(counter: Counter, ledger: Store) -> None:
    counter.rules = Rules(admins=frozenset({"1"}))

    async def scene(desk: Desk) -> None:
        async def say(args: str, user: str) -> Verdict:
            return await desk.command(command("learning", args, user=user, guild="5"))

        assert await say("here off", "7") == Told(lessons.NOT_YOURS, private=True)
        assert known(ledger).closed == frozenset()
        assert await say("here off", "1") == Told(lessons.CLOSED)
        assert known(ledger).closed == {ROOM}
        assert await say("on", "7") == Told(lessons.AGREED, private=True)
        assert lessons.CLOSED in text_of(await say("here status", "7"))
        assert not known(ledger).allow([ANN], ROOM)
        assert await say("here on", "1") == Told(lessons.REOPENED)
        assert known(ledger).allow([ANN], ROOM)

    counter.run(scene)


def test_a_feed_does_not_know_who_agrees_and_a_bot_is_nobody(counter: Counter, ledger: Store) -> None:
    counter.rules = Rules(bots=frozenset({"7"}), admins=frozenset({"7"}))

    async def scene(desk: Desk) -> None:
        for number, said in enumerate(("/learning on", "/learning here off", "/correct no")):
            assert await desk.hear(heard(said, f"f{number}", vouched=False)) == Told(NAMELESS, private=True)
            assert await desk.hear(heard(said, f"b{number}", from_bot=True)) == Ignored(A_BOT)

    counter.run(scene)
    assert known(ledger) == Consents()
    assert noted(ledger) == []


def test_the_last_answer_is_corrected(counter: Counter, ledger: Store, hand: Hand) -> None:
    async def scene(desk: Desk) -> None:
        async def correct(text: str, **how: Any) -> str:
            return text_of(await desk.command(command("correct", text, **how)))

        assert await correct("Lima") == lessons.WHICH
        job = job_of(await desk.hear(heard("capital of Peru?")))
        assert await correct("Lima") == lessons.TOO_EARLY
        hand.answer("Bogotá")
        assert await correct("Lima", user="8") == lessons.WHICH, "somebody else's"
        assert await correct(" ") == lessons.WHAT_TO_CORRECT
        assert await correct("Lima") == f"{lessons.CORRECTED} {lessons.NOT_LEARNED}"
        await desk.command(command("learning", "on"))
        assert await correct("Lima!") == lessons.CORRECTED
        said = noted(ledger)
        assert [(one["job"], one["user"], one["opinion"], one["text"]) for one in said] == [
            (job, ANN, "corrected", "Lima"),
            (job, ANN, "corrected", "Lima!"),
        ]

    counter.run(scene)


def test_so_is_the_one_that_is_replied_to(counter: Counter, ledger: Store) -> None:
    async def scene(desk: Desk) -> None:
        theirs = heard("/correct Lima", "2", replied_to="77")
        assert text_of(await desk.hear(theirs)) == lessons.WHICH
        assert "Noted" in text_of(await desk.hear(heard("/correct Lima", "3", replied_to="77", replied_to_us=True)))

    counter.run(scene)
    [said] = noted(ledger)
    assert {name: said[name] for name in ("bot", "chat", "message", "user", "text")} == {
        "bot": "rook",
        "chat": "10",
        "message": "77",
        "user": ANN,
        "text": "Lima",
    }


def test_a_failure_has_nothing_to_correct(counter: Counter, ledger: Store, hand: Hand) -> None:
    async def scene(desk: Desk) -> None:
        await desk.hear(heard())
        claim = hand.claim()
        ledger.run(moves.give_back(claim.job, claim.fence, "rejected", "too strange"))
        assert text_of(await desk.command(command("correct", "Lima"))) == lessons.WHICH

    counter.run(scene)
    assert noted(ledger) == []


@pytest.mark.parametrize("inbound", ["refuse", "mask"])
def test_words_that_are_to_be_left_out_are_not_learned(counter: Counter, ledger: Store, inbound: str) -> None:
    (counter.folder / "words.yaml").write_text(f"inbound: {inbound}\nwords: [badword]\n")
    below = {"replied_to": "77", "replied_to_us": True}

    async def scene(desk: Desk) -> None:
        said = text_of(await desk.hear(heard("/correct a badword", **below)))
        assert (said == UNWANTED) == (inbound == "refuse")

    counter.run(scene)
    assert [one["text"] for one in noted(ledger)] == ([] if inbound == "refuse" else ["a […]"])
