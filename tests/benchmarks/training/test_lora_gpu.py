from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.training.lora_gpu import TINY_CASES, findings, main
from benchmarks.training.shapes import Case, Outcome
from tests.benchmarks.quick import by_name

FITS = Case("8B", "bfloat16", 2048, saving=True)
CAPPED = Case("8B", "nf4", 2048, saving=True, cap_gib=32.0)


def test_a_night_on_eight_billion_is_held_against_its_goals() -> None:
    outcomes = [Outcome(FITS, 10_000.0, 60.0), Outcome(CAPPED, 1_000.0, 20.0)]
    found = by_name(findings(outcomes, [], "NVIDIA H200", 989.0, same=True))
    assert found["a night of 1 M tokens on 8B"].value == pytest.approx(1.67, abs=0.01)
    assert found["utilisation on 8B"].value == pytest.approx(45.5, abs=0.1)
    late = found["the same within 32 GiB"]
    assert late.goal is not None
    assert late.goal.verdict(late.value) == "missed by 11 %"


def test_what_does_not_fit_and_what_needs_a_library_stand_in_the_table() -> None:
    found = findings([Outcome(FITS)], [CAPPED], "a card", None, same=False)
    assert [row[1] for row in found.grids[0].rows] == ["does not fit", "needs bitsandbytes"]
    assert by_name(found)["killed and gone on with: the same bits"].value == 0.0


@pytest.mark.slow  # torch alone takes seconds
def test_without_cuda_it_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([]) == 1
    assert "there is no CUDA device here" in capsys.readouterr().out


@pytest.mark.slow
def test_all_of_it_runs_on_a_cpu(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tiny", "--json", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert len(found["grids"][0]["rows"]) == len(TINY_CASES)
    assert found["figures"][0]["value"] == 1.0
    assert "the same bits: 1" in capsys.readouterr().out
