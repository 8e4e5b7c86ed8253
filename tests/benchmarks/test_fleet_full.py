from __future__ import annotations

from benchmarks.figures import Figure, Findings
from benchmarks.fleet_full import parts, together


def test_each_figure_bears_the_name_of_its_part_and_progress_goes_on() -> None:
    told: list[float] = []
    found = Findings(figures=(Figure(name="loads", value=3),))

    def act(tell):  # type: ignore[no-untyped-def]
        tell(0.5, "half")
        return found

    whole = together(lambda part, _what: told.append(part), (("one", act), ("two", act)))
    assert [(figure.name, figure.value) for figure in whole.figures] == [("one: loads", 3), ("two: loads", 3)]
    assert told == [0.25, 0.75]


def test_all_four_are_measured() -> None:
    assert [name for name, _ in parts(0)] == ["swaps", "one load", "joining", "batch"]
