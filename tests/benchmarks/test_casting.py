from __future__ import annotations

from benchmarks.casting import WORDS, fleet_of, measure, talk
from bots.casting import Scene, choose, dice
from bots.listening.context import NOTHING_SAID
from tests.benchmarks.quick import by_name, nobody


def test_messages_call_somebody_trigger_somebody_and_concern_nobody() -> None:
    fleet = fleet_of(50)
    chosen = [choose(Scene(heard, NOTHING_SAID, {}, frozenset(), 0, dice(heard)), fleet) for heard in talk(len(WORDS))]
    assert {one.why if one else "" for one in chosen} == {"mention", "keyword", "regex", ""}


def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["To choose among 1000, p50"].value > 0
    assert found["To choose among 1000, p99"].goal is not None
    assert found["Memory of 1000 personas"].goal is not None
