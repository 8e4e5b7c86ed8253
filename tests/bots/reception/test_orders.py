from __future__ import annotations

import asyncio
import itertools
import json

import pytest

from bots import commands
from bots.access import Rules
from bots.platform import Place
from bots.reception import orders
from bots.reception.desk import Desk
from bots.reception.values import Accepted, Told, Verdict
from tasks.contracts.fleet import parse
from tasks.contracts.jobs import JobState
from tests.bots.conftest import Hand
from tests.bots.reception.counter import PERSONAS, TABLES, Counter, command, heard


def text_of(verdict: Verdict) -> str:
    assert isinstance(verdict, Told), verdict
    return verdict.text


def job_of(verdict: Verdict) -> str:
    assert isinstance(verdict, Accepted), verdict
    return verdict.job


def test_ask_is_a_job_of_its_own_for_whoever_was_named(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        interaction = Place("10", via="interaction")
        asked = command("ask", "how are you?", persona="bob", place=interaction)
        verdict = await desk.command(asked)
        assert verdict == Accepted(job_of(verdict), "Bob", interaction)
        assert (await counter.request(job_of(verdict))).reply_to == {"chat": "10", "via": "interaction"}
        assert await desk.command(asked) == verdict
        assert text_of(await desk.command(command("ask", ""))) == commands.WHAT_TO_ASK
        assert "There is no persona 'Zed' here." in text_of(
            await desk.command(command("ask", "hi", "c2", persona="Zed"))
        )

    counter.run(scene)


def test_an_unknown_command_is_answered_with_those_that_there_are(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        said = text_of(await desk.command(command("frobnicate")))
        assert said.startswith("I do not know /frobnicate")
        assert all(f"/{name}" in said for name in commands.NAMES)
        assert text_of(await desk.command(command("start"))) == commands.help_text()

    counter.run(scene)


def test_who_is_here_is_told_and_managers_may_choose_for_a_channel(counter: Counter) -> None:
    counter.rules = Rules(admins=frozenset({"1"}))
    file = counter.folder / "settings.json"

    async def scene(desk: Desk) -> None:
        assert text_of(await desk.command(command("persona"))) == "Who is here:\n› Ada\n· Bob"
        assert text_of(await desk.command(command("persona", "bob", guild="5"))) == commands.NOT_ALLOWED
        assert not file.exists()
        chosen = text_of(await desk.command(command("persona", "bob", user="1", guild="5")))
        assert chosen.startswith("Bob it is")
        assert json.loads(file.read_text()) == {"guilds": {"5": {"channels": {"10": {"persona": "Bob"}}}}}
        assert isinstance(verdict := await desk.hear(heard(guild="5")), Accepted)
        assert verdict.persona == "Bob"
        assert "There is no persona 'Zed'" in text_of(await desk.command(command("persona", "Zed", user="1")))
        await desk.command(command("persona", "none", user="1", guild="5"))
        assert json.loads(file.read_text()) == {"guilds": {"5": {"channels": {"10": {}}}}}

    counter.run(scene)


def test_whom_the_file_calls_a_manager_may_choose_and_so_may_anybody_in_their_own_chat(counter: Counter) -> None:
    (counter.folder / "settings.json").write_text('{"guilds": {"5": {"managers": ["7", "30"]}}}')

    async def scene(desk: Desk) -> None:
        for said in (
            command("persona", "Bob", guild="5"),
            command("persona", "Bob", guild="5", user="8", roles=frozenset({"30"})),
            command("persona", "Bob", chat="8", user="8", direct=True),
        ):
            assert text_of(await desk.command(said)).startswith("Bob it is")
        assert text_of(await desk.command(command("persona", "Bob", guild="6"))) == commands.NOT_ALLOWED

    counter.run(scene)


def test_a_model_is_chosen_among_those_that_the_persona_allows(counter: Counter) -> None:
    counter.rules = Rules(admins=frozenset({"7"}))
    models = [{"name": "demo", "builtin": "demo"}, {"name": "other", "builtin": "demo"}]
    tied = {"name": "Tied", "model": "demo", "adapter": "style"}
    counter.fleet = parse({"model": models, "persona": [*PERSONAS, tied], "jobs": {"max_in_flight": 9}}, "test")

    async def scene(desk: Desk) -> None:
        assert text_of(await desk.command(command("model"))) == "What Ada can answer with:\n› demo\n· other"
        assert text_of(await desk.command(command("model", "OTHER"))).startswith("other it is")
        job = job_of(await desk.hear(heard()))
        assert (await counter.request(job)).model == "other"
        assert "There is no model 'gpt'" in text_of(await desk.command(command("model", "gpt")))
        assert isinstance(verdict := await desk.hear(heard("Tied, hello", "2")), Accepted)
        assert (await counter.request(verdict.job)).model == "demo", "its adapter belongs to that model"

    counter.run(scene)


def test_settings_that_cannot_be_read_are_not_written_over(counter: Counter) -> None:
    counter.rules = Rules(admins=frozenset({"7"}))
    (counter.folder / "settings.json").write_text("{")

    async def scene(desk: Desk) -> None:
        assert text_of(await desk.command(command("persona", "Bob"))) == orders.BROKEN

    counter.run(scene)
    assert (counter.folder / "settings.json").read_text() == "{"


def test_reset_begins_a_new_session_for_everybody_who_answers_there(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        first = await counter.request(job_of(await desk.hear(heard(message="1"))))
        assert text_of(await desk.command(command("reset"))) == commands.RESET_DONE
        ada = await counter.request(job_of(await desk.hear(heard(message="2"))))
        bob = await counter.request(job_of(await desk.hear(heard("Bob, hello", "3"))))
        elsewhere = await counter.request(job_of(await desk.hear(heard(message="4", chat="11"))))
        assert first.session == "discord:ada:10"
        assert ada.session.startswith("discord:ada:10~")
        assert bob.session.startswith("discord:bob:10~")
        assert elsewhere.session == "discord:ada:11"

    counter.run(scene)


def test_status_tells_hosts_queues_and_the_own_quota(counter: Counter, hand: Hand) -> None:
    assert hand.fence
    counter.fleet = parse({"persona": PERSONAS, "limits": {"user_day": 5}}, "test")

    async def scene(desk: Desk) -> None:
        job_of(await desk.hear(heard()))
        said = text_of(await counter.desk().command(command("status")))
        assert said == "1 of 1 hosts is up; 1 question waits.\ndemo: 1 waiting\nYou may ask 4 more this day."

    counter.run(scene)


def test_who_asked_can_stop_it_and_nobody_else(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        job = job_of(await desk.hear(heard()))
        other = command("stop", user="8", job=job)
        assert text_of(await desk.command(other)) == commands.NOT_YOURS
        assert text_of(await desk.command(command("stop", user="8"))) == commands.NOTHING_TO_STOP
        assert text_of(await desk.command(command("stop"))) == commands.STOPPED
        assert (await desk._gateway.job(job)).state is JobState.WITHDRAWN
        assert text_of(await desk.command(command("stop"))) == commands.NOTHING_TO_STOP
        second = job_of(await desk.hear(heard(message="2")))
        assert text_of(await counter.desk().command(command("stop"))) == commands.STOPPED, "also after a restart"
        assert text_of(await desk.command(command("stop", job="long ago"))) == commands.TOO_LATE
        assert job != second

    counter.run(scene)


def test_an_admin_may_stop_what_others_asked(counter: Counter) -> None:
    counter.rules = Rules(admins=frozenset({"1"}))

    async def scene(desk: Desk) -> None:
        job = job_of(await desk.hear(heard()))
        assert text_of(await desk.command(command("stop", user="1", job=job))) == commands.STOPPED

    counter.run(scene)


def test_retry_answers_the_latest_question_anew_in_the_place_of_the_first_answer(counter: Counter, hand: Hand) -> None:
    async def scene(desk: Desk) -> None:
        assert text_of(await desk.command(command("retry"))) == commands.NOTHING_TO_RETRY
        first = job_of(await desk.hear(heard()))
        assert text_of(await desk.command(command("retry"))) == commands.STILL_AT_IT
        await asyncio.to_thread(hand.answer, "hi")
        again = command("retry", message="c2", place=Place("10", via="interaction"))
        second = job_of(await desk.command(again))
        assert job_of(await desk.command(again)) == second, "the same press is the same job"
        request = await counter.request(second)
        assert (request.replaces, request.text, request.persona) == (first, "Ann: hello", "Ada")
        assert request.reply_to == {"chat": "10", "via": "interaction"}
        await asyncio.to_thread(hand.answer, "hello!")
        pressed = command("retry", message="c3", job=second)
        third = await counter.request(job_of(await desk.command(pressed)))
        assert third.replaces == first
        other = command("retry", message="c4", job=second, user="8")
        assert text_of(await desk.command(other)) == commands.NOT_YOURS

    counter.run(scene)


def test_a_button_that_is_pressed_twice_is_answered_once(counter: Counter, hand: Hand) -> None:
    async def scene(desk: Desk) -> None:
        first = job_of(await desk.hear(heard()))
        await asyncio.to_thread(hand.answer, "hi")
        presses = [desk.command(command("retry", message=f"c{number}", job=first)) for number in range(3)]
        verdicts = await asyncio.gather(*presses)
        assert sorted(type(verdict).__name__ for verdict in verdicts) == ["Accepted", "Told", "Told"]
        assert text_of(await desk.command(command("retry", message="c3", job=first))) == commands.STILL_AT_IT
        await asyncio.to_thread(hand.answer, "hello!")
        third = job_of(await desk.command(command("retry", message="c4", job=first)))
        assert (await counter.request(third)).replaces == first

    counter.run(scene)


def test_an_answer_anew_that_was_refused_can_be_asked_for_again(
    counter: Counter, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.fleet = parse({**TABLES, "limits": {"user_minute": 2}}, "test")

    async def scene(desk: Desk) -> None:
        first = job_of(await desk.hear(heard()))
        await asyncio.to_thread(hand.answer, "hi")
        job_of(await desk.command(command("retry", message="c1", job=first)))
        await asyncio.to_thread(hand.answer, "hello")
        assert "of this minute" in text_of(await desk.command(command("retry", message="c2", job=first)))
        counter.fleet = parse(TABLES, "test")
        monkeypatch.setattr(orders, "SUBMIT_S", 0.0)
        job_of(await desk.command(command("retry", message="c3", job=first)))

    counter.run(scene)


def test_each_answer_anew_has_dice_of_its_own(counter: Counter, hand: Hand) -> None:
    counter.fleet = parse({**TABLES, "persona": [{**PERSONAS[0], "seed": 7}]}, "test")

    async def scene(desk: Desk) -> None:
        seeds = {7}
        first = job_of(await desk.hear(heard()))
        for number in range(3):
            await asyncio.to_thread(hand.answer, "hi")
            job = job_of(await desk.command(command("retry", message=f"c{number}", job=first)))
            seeds.add((await counter.request(job)).sampling.seed)
        assert len(seeds) == 4

    counter.run(scene)


@pytest.mark.parametrize("args", ["", "\u202e\x00", "x" * 5000, "' OR 1=1 --", "../../etc", "💥" * 300])
def test_no_command_breaks_on_what_is_written_behind_it(counter: Counter, args: str) -> None:
    async def scene(desk: Desk) -> None:
        for direct, name in itertools.product((True, False), commands.NAMES):
            verdict = await desk.command(command(name, args, f"{name}{direct}", direct=direct, job=args[:9]))
            assert isinstance(verdict, Accepted | Told)

    counter.run(scene)
