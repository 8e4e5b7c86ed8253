from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.web.first_paint import CHROMIUM, findings, measure, weight_bytes
from tests.benchmarks.quick import by_name, nobody


def test_every_file_of_the_page_weighs(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_bytes(b"x" * 10)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "two.css").write_bytes(b"x" * 5)
    assert weight_bytes(tmp_path) == 15
    found = by_name(findings(15_000, [100.0, 300.0, 200.0]))
    assert (found["weight of the page"].value, found["first paint, p50"].value) == (15.0, 200.0)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here")
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["first paint, p50"].value > 0
