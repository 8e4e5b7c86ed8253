"""Fifty personas on three platforms, as many people as a busy evening has, and an engine that fails: real processes.

The platforms are emulated, the engine is a stub. What a person says bears a mark, and so does the answer.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import time
from collections.abc import Iterator, Sequence

import psutil
import pytest

from benchmarks.bots.judging import Account, Question, account
from benchmarks.bots.platforms import Discord, Feed, Telegram, all_of_them
from benchmarks.bots.town import MODELS, MOST_OF_ONE, Resident, Town, town, until
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.lmstudio import LMStudio

PATIENCE_S = 60.0
MINUTE_S = 60.0
PER_MINUTE = 1_000
PER_S = 1.05 * PER_MINUTE / MINUTE_S  # so that a minute holds a thousand answers, and not only questions
MINUTES = float(os.environ.get("ROOKERY_TEST_SIMULATED_MINUTES", "1"))
MANY = int(os.environ.get("ROOKERY_TEST_MANY_MESSAGES", "3000"))
PERSONAS = 50
#: A fifth of a second: the words of an answer are those of the question and two more.
A_FIFTH_S = "!slow 0.034"
QUICKLY = (
    "[jobs]\nno_progress_s = 2\nlease_s = 3\nload_timeout_s = 5\nrequest_timeout_s = 2\nmax_in_flight = 8\n"
    "[health]\ncool_down_s = 0.5\nlongest_cool_down_s = 2\nprobe_s = 2\n"
)
DEADLINE_S = 15.0
OVERLOADED = (
    f"[jobs]\ndeadline_s = {DEADLINE_S}\nmax_in_flight = 100\n[limits]\nchannel_in_flight = 0\nall_in_flight = 10\n"
)


@pytest.fixture(scope="module")
def busy() -> Iterator[Town]:
    """Three bots with fifty personas each."""
    with town(all_of_them(), personas=PERSONAS, models=MODELS[:2]) as made:
        yield made


def clean(accounts: dict[str, Account]) -> bool:
    """Whether nobody was left without an answer, or got two, or one before their turn, or from somebody else."""
    return all(one.is_clean and not one.told for one in accounts.values())


def since(made: Town, before: dict[str, int]) -> dict[str, Account]:
    """Return what came of what was asked since then."""
    return {one.name: account(made.asked[one.name][before[one.name] :], one.posts()) for one in made.platforms}


def counts(made: Town) -> dict[str, int]:
    return {name: len(asked) for name, asked in made.asked.items()}


def p95(sample: Sequence[float]) -> float:
    return statistics.quantiles(sample, n=20, method="inclusive")[-1]


def test_handles_1000_messages_minute(busy: Town) -> None:
    before = counts(busy)
    crowds = [busy.residents(one, 20) for one in busy.platforms]
    busy.talk(crowds, 30, PER_S)  # by each, on three platforms: three times as much
    busy.settle_all()
    accounts = since(busy, before)
    assert clean(accounts), accounts
    assert [one.answered for one in accounts.values()] == [30, 30, 30]


def test_manages_50_concurrent_entities(busy: Town) -> None:
    before, discord = counts(busy), busy.platforms[0]
    everybody = busy.residents(discord, PERSONAS)
    with busy.paused():
        for one in everybody:
            busy.ask(one)
        until(lambda: busy.open_jobs() == PERSONAS, PATIENCE_S, "all questions to be taken")
    busy.settle_all()
    came = since(busy, before)[discord.name]
    assert came.is_clean, came
    assert came.answered == PERSONAS
    assert {one.persona for one in everybody} == set(busy.personas)


def test_whoever_asks_too_much_is_told_while_the_others_still_wait(busy: Town) -> None:
    before, taken = counts(busy), busy.taken()
    eager = [busy.residents(one, 1)[0] for one in busy.platforms[:2]]  # a feed shows nobody what is a reply to what

    def told() -> list[tuple[int, int]]:
        accounts = since(busy, before)
        return [(accounts[one.platform.name].answered, accounts[one.platform.name].told) for one in eager]

    with busy.paused():
        for one in eager:
            for _ in range(MOST_OF_ONE + 3):
                busy.ask(one)
        until(lambda: told() == [(0, 3)] * 2, PATIENCE_S, "words for who asks too much")
    busy.settle(taken + MOST_OF_ONE * 2)
    assert told() == [(MOST_OF_ONE, 3)] * 2
    assert all(came.is_clean for came in since(busy, before).values())


class Studio:
    """A bot whose personas share one model, in an emulated LM Studio."""

    def __init__(self, made: Town, studio: LMStudio) -> None:
        self.made, self.studio = made, studio
        self.crowd = made.residents(made.platforms[0], 4)

    def ask(self) -> list[Question]:
        """Have each person ask something."""
        return [self.made.ask(one) for one in self.crowd]

    def let_go(self) -> None:
        """Have LM Studio let its models go, as people do in its window."""
        for copy in list(self.studio.copies):
            self.studio._drop(copy)

    def answers(self, questions: Sequence[Question]) -> list[str]:
        """Wait until all was delivered, and return what the answers to these say; each has one."""
        self.made.settle_all()
        posts = self.made.platforms[0].posts()
        found = [[post.text for post in posts if post.answers == question.message] for question in questions]
        assert [len(texts) for texts in found] == [1] * len(questions), found
        return [texts[0] for texts in found]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """It, with a real agent of the host between."""
    with (
        Children(tmp_path_factory.mktemp("models")) as children,
        LMStudio(children, Stock("studio", 1), parallel=4) as server,
        town([Telegram()], personas=4, models=["studio"], engine=f"lmstudio+{server.url}", more=QUICKLY) as made,
    ):
        yield Studio(made, server)


def is_reply(text: str) -> bool:
    """Whether a model said it: all that we say ourselves is in sentences."""
    return not text.endswith(".")


def test_recovers_from_lm_studio_failures(studio: Studio) -> None:
    assert all(map(is_reply, studio.answers(studio.ask())))
    studio.let_go()
    loads = len(studio.studio.loads)
    assert all(map(is_reply, studio.answers(studio.ask())))
    assert len(studio.studio.loads) > loads, "it was loaded again"


@pytest.mark.slow
def test_recovers_from_lm_studio_failures_to_load_and_from_its_silence(studio: Studio) -> None:
    sound = studio.studio.quirks
    studio.studio.quirks = dataclasses.replace(sound, load_fails=True)
    studio.let_go()
    loads = len(studio.studio.loads)
    asked = studio.ask()
    until(lambda: len(studio.studio.loads) > loads, PATIENCE_S, "a load that fails")
    studio.studio.quirks = sound
    assert all(map(is_reply, studio.answers(asked)))
    requests = len(studio.studio.seen)
    studio.studio.freeze()
    asked = studio.ask()
    until(lambda: len(studio.studio.seen) >= requests + len(asked), PATIENCE_S, "questions that nobody answers")
    studio.studio.thaw()
    assert all(map(is_reply, studio.answers(asked)))


@pytest.mark.slow
def test_handles_1000_messages_minute_for_as_long_as_one_likes() -> None:
    with town(all_of_them(), personas=PERSONAS) as made:
        crowds = [made.residents(one, PERSONAS) for one in made.platforms]
        each = round(PER_S * MINUTES * MINUTE_S / len(crowds))
        began_s = time.time()
        made.talk(crowds, each, PER_S / len(crowds))
        made.settle_all()
        accounts = made.accounts()
        ends_s = began_s + MINUTES * MINUTE_S
        in_time = [post for one in made.platforms for post in one.posts() if post.at_s <= ends_s]
    assert clean(accounts), accounts
    assert sum(one.answered for one in accounts.values()) == 3 * each
    assert len(in_time) >= PER_MINUTE * MINUTES


@pytest.mark.slow
def test_a_reply_comes_within_two_seconds_where_the_engine_takes_a_fifth_of_one() -> None:
    with town([Discord(), Telegram()]) as made:
        crowds = [made.residents(one, 20) for one in made.platforms]
        made.talk(crowds, 200, 5.0, A_FIFTH_S)
        made.settle_all()
        accounts = made.accounts()
    assert clean(accounts), accounts
    for one in accounts.values():
        assert min(one.waits_s) > 0.1, "the engine was no stub that takes its time"
        assert p95(one.waits_s) < 2.0


@pytest.mark.slow
def test_ten_times_too_much_is_mostly_declined_at_once_and_the_rest_answered_in_time() -> None:
    with town([Discord(), Telegram()], personas=1, models=["model0"], slots=1, more=OVERLOADED) as made:
        crowds = [made.residents(one, 20) for one in made.platforms]
        made.talk(crowds, 250, 25.0, A_FIFTH_S)  # fifty a second, where five can be answered
        until(lambda: not made.open_jobs(), PATIENCE_S, "the last answer")
        until(lambda: not any(one.lost for one in made.accounts().values()), PATIENCE_S, "the last word")
        accounts = made.accounts()
    assert all(one.is_clean for one in accounts.values()), accounts
    waits_s = [wait_s for one in accounts.values() for wait_s in one.waits_s]
    told_s = [wait_s for one in accounts.values() for wait_s in one.told_s]
    assert len(told_s) > 250
    assert len(waits_s) > 20
    assert max(waits_s) < DEADLINE_S
    assert p95(told_s) < 2.0


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Discord, Telegram, Feed], ids=lambda kind: kind.name)
def test_many_messages_leave_a_bot_no_larger_and_with_no_more_open(kind: type[Discord | Telegram | Feed]) -> None:
    sizes, open_files = [], []
    with town([kind()]) as made:
        crowd: list[Resident] = made.residents(made.platforms[0], PERSONAS)
        bot = psutil.Process(made.pids().bots[kind.name])
        for twentieth in range(20):
            made.talk([crowd], MANY // 20, 12.0 if kind is Feed else 40.0)
            made.calm_down(10 * PATIENCE_S)  # a busy machine declines some, and is long at the rest
            sizes.append(bot.memory_info().rss)
            open_files.append(bot.num_fds())
            print(f"{twentieth + 1} of 20: {sizes[-1] / 1e6:.1f} MB, {open_files[-1]} open files")  # noqa: T201 (for `-s`)
        (came,) = made.accounts().values()
    assert came.is_clean, came
    # In the first quarter its pools fill; after that nothing may grow with the number of messages.
    quarter = len(sizes) // 4
    assert statistics.mean(sizes[-quarter:]) < 1.05 * statistics.mean(sizes[quarter : 2 * quarter]), sizes
    assert max(open_files[2 * quarter :]) <= max(open_files[: 2 * quarter]) + 4, open_files
