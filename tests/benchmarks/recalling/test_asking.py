from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.environments import FOLDER, STAMP
from benchmarks.recalling.asking import hit, measured, rates, remembered
from benchmarks.recalling.conversations import Asked, Conversation, Line
from benchmarks.recalling.rates import ENVIRONMENT, findings, measure
from tasks.memory.stores.edge import EdgeStore
from tests.benchmarks.quick import by_name, nobody
from tests.tasks.memory.conftest import DIMENSION, Directions

INSTALLED = (FOLDER / ENVIRONMENT / STAMP).exists()
DAY_MS = 86_400_000


def test_a_turn_is_hit_where_it_is_found_and_its_session_where_a_neighbour_is() -> None:
    asked = Asked("?", ("D1:3", "D2:1"), 4)
    found = ["D9:1"] * 4 + ["D1:9"] + ["D9:2"] * 4 + ["D2:1"]
    assert hit(asked, found) == {5: (False, True), 10: (True, True), 20: (True, True)}
    assert hit(asked, []) == dict.fromkeys((5, 10, 20), (False, False))


def test_rates_are_shares_of_all_questions() -> None:
    hits = [hit(Asked("?", ("D1:1",), 4), found) for found in (["D1:1"], ["D1:2"], ["D2:1"], [])]
    assert rates(hits)["turn@5"] == 25.0
    assert rates(hits)["session@20"] == 50.0


def test_what_was_said_is_found_by_the_products_own_way(tmp_path: Path) -> None:
    said = ["my dog is called Rex", "the weather is fine", "I sold the piano", "we leave for Porto in June"]
    session = tuple(Line(f"D1:{at + 1}", "Ann", text, DAY_MS + at) for at, text in enumerate(said))
    asked = (Asked("what is the dog called?", ("D1:1",), 4), Asked("when do we leave for Porto?", ("D1:4",), 2))
    store = EdgeStore(tmp_path, DIMENSION)
    found = measured([Conversation("talk", (session,), asked)], store, Directions())
    store.close()
    assert found["turns"] == 4
    assert found["rates"]["all"]["turn@5"] == 100.0
    assert set(found["rates"]) == {"all", "one turn", "times"}


def test_a_turn_is_remembered_as_ingest_would() -> None:
    memory = remembered(Line("D1:1", "Ann", "my birthday is on 3 May", 5), "talk:0")
    assert (memory.source, memory.tenant, memory.name, memory.at_ms) == ("D1:1", "talk:0", "Ann", 5)
    assert memory.importance > 0.3


def test_the_figures_hold_the_goals() -> None:
    rates_ = {f"{what}@{depth}": 90.0 for what in ("turn", "session") for depth in (5, 10, 20)}
    times = [1.0] * 19 + [50.0]
    told = {
        "turns": 9,
        "questions": 3,
        "rates": {"all": rates_, "times": rates_},
        "write_ms": times,
        "recall_ms": times,
    }
    crowd = {f"crowd_{name}_ms": times for name in ("plain", "recall", "write")}
    found = by_name(
        findings(told | crowd | {"crowd": 100, "crowd_index_s": 3.0, "crowd_plain": rates_, "crowd_graph": rates_})
    )
    assert found["all questions: turn among the first 10"].goal is not None
    assert found["recall among 100 memories, p95"].value == 1.0
    assert found["questions about times: session among the first 10"].value == 90.0


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="`make bench-peers` installs it")
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["questions"].value > 0
