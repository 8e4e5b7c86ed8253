from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.environments import FOLDER, STAMP
from benchmarks.month.kept import findings, measure
from benchmarks.month.life import month
from benchmarks.month.living import bytes_of, lived
from benchmarks.recalling.rates import ENVIRONMENT
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tests.benchmarks.quick import by_name, nobody
from tests.tasks.memory.conftest import DIMENSION, Directions
from tests.tasks.memory.tiers.people import turn

INSTALLED = (FOLDER / ENVIRONMENT / STAMP).exists()


@pytest.fixture(scope="module")
def found() -> Iterator[dict[str, object]]:
    stores = [QdrantStore(IN_MEMORY, name, DIMENSION) for name in ("verbatim", "tiers")]
    yield lived(month(1, 9, sessions=1), *stores, Directions())
    for store in stores:
        store.close()


def test_after_the_nights_a_little_is_left_that_knows_as_much(found: dict[str, object]) -> None:
    figures = by_name(findings(found))
    assert figures["answered from the first 3, after the nights"].value >= 85.0
    assert figures["bytes left"].value <= 40.0
    assert figures["junk, after the nights"].value <= 5.0
    assert figures["said twice, after the nights"].value == 0.0
    assert figures["recalled and remembered again, after the nights"].value == 0.0
    assert figures["junk, every turn kept"].value > 5.0


def test_bytes_are_those_of_vectors_words_and_what_is_known() -> None:
    short, long = turn(1, "tea"), turn(2, "tea and cake and more tea " * 20)
    [small], [large] = bytes_of([short], 384), bytes_of([long], 384)
    assert 2 * 384 * 4 < small < large < small + 1_000


def test_the_goals_are_those_that_were_set(found: dict[str, object]) -> None:
    goals = {name: figure.goal.bound for name, figure in by_name(findings(found)).items() if figure.goal}
    assert goals == {
        "answered from the first 3, every turn kept": 90.0,
        "answered from the first 3, after the nights": 85.0,
        "bytes left": 40.0,
        "junk, after the nights": 5.0,
        "said twice, after the nights": 0.0,
        "recalled and remembered again, after the nights": 0.0,
    }


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="`make bench-peers` installs it")
def test_it_runs(tmp_path: Path) -> None:
    assert by_name(measure(nobody, quick=True))["questions"].value > 0
