from __future__ import annotations

from collections import Counter as Tally
from typing import Any

import pytest

from bots.reception.desk import Desk
from bots.reception.values import Accepted
from tasks.contracts.fleet import parse
from tasks.jobs import roster
from tests.bots.reception.counter import PERSONAS, Counter, heard

ROOMY = {
    "persona": [*PERSONAS, {"name": "Cleo", "model": "demo", "topics": ["gardening"]}],
    "jobs": {"max_in_flight": 99},
}


async def answers(desk: Desk, count: int, text: str = "hello", first: int = 0) -> list[str]:
    verdicts = [await desk.hear(heard(text, str(message))) for message in range(first, first + count)]
    return [verdict.persona for verdict in verdicts if isinstance(verdict, Accepted)]


def with_strategy(counter: Counter, strategy: str, **more: Any) -> None:
    limits = {"channel_in_flight": 0}
    counter.fleet = parse({**ROOMY, "limits": limits, "casting": {"strategy": strategy}, **more}, "test")


@pytest.mark.parametrize(
    ("strategy", "text", "persona"),
    [("mention", "Bob?", "Bob"), ("topic", "what about gardening?", "Cleo"), ("weighted", "hello", "Ada")],
)
def test_the_strategy_of_the_file_says_who_answers(counter: Counter, strategy: str, text: str, persona: str) -> None:
    weights = [{**each, "weight": float(each["name"] == "Ada")} for each in ROOMY["persona"]]
    with_strategy(counter, strategy, persona=weights)

    async def scene(desk: Desk) -> None:
        assert await answers(desk, 3, text) == [persona] * 3

    counter.run(scene)


def test_turns_go_on_after_a_restart(counter: Counter) -> None:
    with_strategy(counter, "round-robin")

    async def scene(desk: Desk) -> None:
        said = await answers(desk, 6)
        assert Tally(said[:3]) == Tally(said[3:]) == Tally(["Ada", "Bob", "Cleo"])
        after_a_restart = await answers(counter.desk(), 3, first=6)
        assert Tally(after_a_restart) == Tally(["Ada", "Bob", "Cleo"])

    counter.run(scene)


def test_who_was_switched_off_has_no_turn(counter: Counter) -> None:
    with_strategy(counter, "round-robin", persona=[*PERSONAS, {"name": "Dee", "model": "demo", "enabled": False}])

    async def scene(desk: Desk) -> None:
        await counter.store.run(roster.disable("Bob", "resting", "op"))
        assert set(await answers(desk, 4)) == {"Ada"}
        await counter.store.run(roster.enable("Bob"))
        assert set(await answers(counter.desk(), 4, first=4)) == {"Ada", "Bob"}

    counter.run(scene)


def test_who_spoke_last_goes_on(counter: Counter) -> None:
    async def scene(desk: Desk) -> None:
        assert await answers(desk, 1, "Bob, hello") == ["Bob"]
        assert await answers(desk, 1, "and you?", first=1) == ["Bob"]

    counter.run(scene)


def test_a_chance_of_the_channel_has_personas_join_in(counter: Counter) -> None:
    (counter.folder / "settings.json").write_text('{"channels": {"10": {"chance": 1.0}}}')

    async def scene(desk: Desk) -> None:
        assert isinstance(await desk.hear(heard("nice weather", mentioned=False)), Accepted)
        assert not isinstance(await desk.hear(heard("nice weather", "2", chat="11", mentioned=False)), Accepted)

    counter.run(scene)
