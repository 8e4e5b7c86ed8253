from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest

from bots.choosing import Draw, at_random, by_topic, by_weight, in_turn, select, usual
from tasks.contracts.personas import Persona

DRAWS = 6_000
CHI_SQUARE = {2: 13.82, 3: 16.27}  # exceeded once in a thousand by chance, by degrees of freedom


@dataclass(frozen=True)
class State:
    last_spoke_ms: int = 0
    disabled: bool = False


def flock(*models: str) -> list[Persona]:
    return [Persona(name=f"p{at}", model=model) for at, model in enumerate(models)]


def draw(pool: Sequence[Persona], **how: object) -> Draw:
    return Draw(pool=pool, rng=random.Random(7), **how)  # type: ignore[arg-type]


def chi_square(seen: Counter[str], expected: dict[str, float]) -> float:
    return sum((seen[name] - DRAWS * share) ** 2 / (DRAWS * share) for name, share in expected.items())


def test_at_random_each_is_as_likely_as_the_others() -> None:
    pool = flock("m", "m", "m", "m")
    dice = draw(pool)
    seen = Counter(at_random(dice).name for _ in range(DRAWS))
    assert chi_square(seen, {persona.name: 1 / 4 for persona in pool}) < CHI_SQUARE[3]


def test_by_weight_each_is_as_likely_as_its_weight_and_one_without_never_is() -> None:
    weights = {"a": 1.0, "b": 2.0, "c": 5.0, "never": 0.0}
    dice = draw([Persona(name=name, weight=weight) for name, weight in weights.items()])
    seen = Counter(choice.name for _ in range(DRAWS) if (choice := by_weight(dice)))
    assert seen["never"] == 0
    assert chi_square(seen, {"a": 1 / 8, "b": 2 / 8, "c": 5 / 8}) < CHI_SQUARE[2]


def test_where_nobody_weighs_anything_nobody_is_chosen() -> None:
    assert by_weight(draw([Persona(name="a", weight=0.0)])) is None


def test_by_topic_the_best_score_wins_and_without_any_nobody_does() -> None:
    pool = flock("m", "m", "m")
    chosen = by_topic(draw(pool, scores={"p1": 1, "p2": 3}))
    assert chosen is pool[2]
    assert by_topic(draw(pool)) is None


def test_of_equal_scores_one_whose_model_is_in_memory_wins_then_who_was_silent_for_longest() -> None:
    pool, scores = flock("a", "b", "b"), {"p0": 2, "p1": 2, "p2": 2}
    states = {"p1": State(50), "p2": State(20)}
    assert by_topic(draw(pool, scores=scores, states=states, residents=frozenset({"b"}))) is pool[2]
    assert by_topic(draw(pool, scores=scores, states=states)) is pool[0]


def test_one_goes_on_with_who_spoke_last_else_with_who_is_meant_for_the_place_else_the_first() -> None:
    pool = [Persona(name="a"), Persona(name="b", channels=("7",)), Persona(name="c")]
    place = frozenset({"7"})
    assert usual(draw(pool, last="c", place=place)).name == "c"
    assert usual(draw(pool, last="somebody else", place=place)).name == "b"
    assert usual(draw(pool)).name == "a"


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_in_turn_everybody_is_visited_before_anybody_comes_again(size: int) -> None:
    pool = flock(*(f"m{at % 4}" for at in range(size)))
    for lap in range(3):
        visited = [in_turn(draw(pool, turn=lap * size + at)).name for at in range(size)]
        assert sorted(visited) == sorted(persona.name for persona in pool)


def taken_in_turn(pool: Sequence[Persona], turns: int) -> list[Persona]:
    """Return who speaks, one after another."""
    return [in_turn(draw(pool, turn=turn)) for turn in range(turns)]


def test_in_turn_a_model_that_is_in_memory_is_used_again_before_another_one_is_loaded() -> None:
    pool = flock(*(f"m{at % 4}" for at in range(10)))
    spoken = taken_in_turn(pool, 40)
    swaps = sum(one.model != other.model for one, other in pairwise(spoken))
    assert swaps == 3 * 4, "four models are visited in each lap, the last of one lap first in the next"


@pytest.mark.parametrize(
    "models", [("a", "a"), ("a", "b"), ("a", "a", "b"), ("a", "b", "b"), ("a", "b", "c"), ("a", "b", "a", "c", "c")]
)
def test_in_turn_nobody_speaks_last_in_one_lap_and_first_in_the_next(models: tuple[str, ...]) -> None:
    pool, laps = flock(*models), 4
    spoken = taken_in_turn(pool, laps * len(pool))
    assert all(one is not other for one, other in pairwise(spoken))
    for lap in range(laps):
        visited = spoken[lap * len(pool) : (lap + 1) * len(pool)]
        assert {persona.name for persona in visited} == {persona.name for persona in pool}


@pytest.mark.parametrize("strategy", ["mention", "topic", "weighted", "random", "round-robin"])
def test_every_strategy_of_the_file_is_known(strategy) -> None:
    pool = flock("m")
    assert select(strategy, draw(pool, scores={"p0": 1})) is pool[0]
