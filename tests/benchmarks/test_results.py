from __future__ import annotations

import importlib.metadata
import platform
from pathlib import Path

from benchmarks.results import commit, load, processor, save, taken_here
from tests.benchmarks.test_page import SECTION, TWO


def test_what_was_measured_is_read_back_as_it_was(tmp_path: Path) -> None:
    save(tmp_path / "figures.json", {"overhead": SECTION, "growth": TWO})
    assert load(tmp_path / "figures.json") == {"overhead": SECTION, "growth": TWO}


def test_before_the_first_measurement_there_is_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "figures.json") == {}


def test_a_measurement_says_when_where_and_of_what() -> None:
    taken = taken_here(0.26, {"litellm": "1.2.3"})
    assert platform.system() in taken
    assert f"Python {platform.python_version()}" in taken
    assert "celery 5" in taken
    assert "litellm 1.2.3" in taken
    assert "load of 0.3" in taken


def test_the_commit_is_named_or_the_version_where_there_is_none(tmp_path: Path) -> None:
    assert commit()
    assert commit(tmp_path) == importlib.metadata.version("rookery")


def test_the_processor_is_named_where_the_system_knows_it(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Abacus 3000\nprocessor\t: 1\nmodel name\t: Abacus\n"
    )
    assert processor(tmp_path / "cpuinfo") == "Abacus 3000"
    assert processor(tmp_path / "none") == platform.machine()
