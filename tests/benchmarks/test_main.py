from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from benchmarks.table import Benchmark
from tasks.contracts.errors import BadInput, ProcessFailed

GOAL = Goal.most(3.0)


@dataclass
class Scripted:
    """Means what the test needs."""

    value: float = 1.0
    fails: bool = False
    runs: list[bool] = field(default_factory=list)

    def measure(self, tell: Tell, *, quick: bool = False) -> Findings:
        self.runs.append(quick)
        tell(0.5, "half way")
        if self.fails:
            raise ProcessFailed("no such luck")
        chart = Chart(title="Bars", unit="ms", bars=(("one", self.value),))
        return Findings(figures=(Figure(name="p50", value=self.value, unit="ms", goal=GOAL),), charts=(chart,))


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, Scripted]:
    made = {name: Scripted() for name in ("one", "two", "peers")}
    table = {name: Benchmark(name, module, peers=("rq",) * (name == "peers")) for name, module in made.items()}
    monkeypatch.setattr(command, "BENCHMARKS", table)
    monkeypatch.setattr(command, "python_of", str)  # nothing is installed
    return made


def test_without_a_name_all_are_run_but_those_with_peers(modules: dict[str, Scripted], tmp_path: Path) -> None:
    assert command.main(["--docs", str(tmp_path)]) == 0
    assert {name for name, module in modules.items() if module.runs} == {"one", "two"}
    assert (tmp_path / "plots" / "one.svg").exists()


def test_those_with_peers_are_run_when_asked_for_and_name_their_versions(
    modules: dict[str, Scripted], tmp_path: Path
) -> None:
    assert command.main(["--peers", "--docs", str(tmp_path)]) == 0
    assert {name for name, module in modules.items() if module.runs} == {"peers"}
    assert "rq 3" in (tmp_path / "benchmarks.md").read_text()


def test_one_that_is_run_alone_leaves_what_the_page_says_of_the_others(
    modules: dict[str, Scripted], tmp_path: Path
) -> None:
    command.main(["--docs", str(tmp_path)])
    modules["two"].value = 7.0
    assert command.main(["two", "--docs", str(tmp_path)]) == 0
    text = (tmp_path / "benchmarks.md").read_text()
    assert "| [one](#one) | p50 | 1 ms | ≤ 3 | met |" in text
    assert "| [two](#two) | p50 | 7 ms | ≤ 3 | missed by 133 % |" in text


def test_one_that_fails_keeps_no_other_from_running_nor_its_old_figures_from_the_page(
    modules: dict[str, Scripted], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["--docs", str(tmp_path)])
    modules["one"].fails = True
    modules["two"].value = 7.0
    assert command.main(["--docs", str(tmp_path)]) == command.FAILED
    assert "no such luck" in capsys.readouterr().out
    text = (tmp_path / "benchmarks.md").read_text()
    assert "| [one](#one) | p50 | 1 ms" in text
    assert "| [two](#two) | p50 | 7 ms" in text


def test_the_page_can_be_drawn_anew_without_measuring(modules: dict[str, Scripted], tmp_path: Path) -> None:
    command.main(["one", "--docs", str(tmp_path)])
    before = (tmp_path / "benchmarks.md").read_text()
    (tmp_path / "benchmarks.md").unlink()
    (tmp_path / "plots" / "former.svg").touch()
    assert command.main(["--draw", "--docs", str(tmp_path)]) == 0
    assert (tmp_path / "benchmarks.md").read_text() == before
    assert [file.name for file in (tmp_path / "plots").iterdir()] == ["one.svg"]
    assert len(modules["one"].runs) == 1


def test_a_quick_run_writes_nothing(modules: dict[str, Scripted], tmp_path: Path) -> None:
    assert command.main(["one", "--quick", "--docs", str(tmp_path)]) == 0
    assert modules["one"].runs == [True]
    assert not list(tmp_path.iterdir())


def test_figures_of_another_version_are_told_before_anything_is_measured(
    modules: dict[str, Scripted], tmp_path: Path
) -> None:
    (tmp_path / command.DATA).write_text('{"one": {"figures": []}}')
    with pytest.raises(BadInput, match=r"benchmarks\.json"):
        command.main(["--docs", str(tmp_path)])
    assert not modules["one"].runs


def test_a_name_that_is_none_is_refused_with_those_that_are(
    modules: dict[str, Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(["three"])
    assert "there are: one, two, peers" in capsys.readouterr().err
