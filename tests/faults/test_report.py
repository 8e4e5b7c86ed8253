"""The report of the fault suite: its arithmetic, its page, and that a broken promise shows."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.faults.judging import PROMISES
from tests.faults.notebook import Page
from tests.faults.report import Held, Row, Surroundings, late, reason_of, row_of, spread, title, totals, verdict
from tests.faults.report_page import duration, render
from tests.faults.report_plot import seconds, x_of
from tests.faults.settings import RECOVERY_S

WHERE = Surroundings("2026-01-02 03:04 UTC", "Linux, 2 cores", {"Python": "3.11", "Redis": "7.0"}, "0.1 0.2 0.3")
GOOD = Row("Redis may be killed", "passed", 4.2, "", {"messages": 9, "replies": 9}, {"I1": [9, 0]}, [400, 900])
BAD = Row("Clocks <go> wrong", "failed", 1.0, "2 posts for x", {"messages": 3, "doubled": 1}, {"I2": [3, 1]})
SKIPPED = Row("The disk is full", "skipped", 0.0, "only root may mount a small disk")
LIBFAKETIME = "a.py::test_what[x-y]"


class Tags(HTMLParser):
    """Which tags are open, and what was wrong with those that were closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], None),
        ([7], (1, 7, 7, 7)),
        ([3, 1, 2], (3, 2, 3, 3)),
        (range(1, 101), (100, 50, 99, 100)),
        (range(1, 201), (200, 100, 198, 200)),
    ],
)
def test_a_spread_is_by_nearest_rank(values: Any, said: tuple[int, ...] | None):
    found = spread(values)
    assert (found and (found.count, found.p50, found.p99, found.most)) == said


def test_what_was_looked_at_and_never_broken_has_held_and_the_rest_was_not_asked():
    assert [row.held("I1") for row in (GOOD, BAD)] == [Held.HELD, Held.NOT_ASKED]
    assert BAD.held("I2") is Held.BROKEN


def test_only_what_judged_nothing_and_went_well_has_no_row():
    assert [row.worth_a_row for row in (GOOD, BAD, SKIPPED, Row("Proxy", "passed"))] == [True, True, True, False]


def test_counts_add_up_over_all_faults():
    total = totals([GOOD, BAD, SKIPPED])
    assert (total["messages"], total["replies"], total["doubled"], total["lost"]) == (12, 9, 1, 0)
    assert (total["passed"], total["failed"], total["skipped"]) == (1, 1, 1)


def test_one_sentence_says_whether_all_held():
    assert verdict([GOOD, SKIPPED]) == "every promise held under 1 fault, 1 skipped"
    assert verdict([GOOD, BAD]) == "1 of 2 faults broke a promise or could not be judged"


def test_recoveries_beyond_the_bound_are_late():
    bound_ms = int(RECOVERY_S * 1000)
    assert late(Row("x", "passed", recoveries_ms=[1, bound_ms, bound_ms + 1])) == 1


def test_a_page_of_the_notebook_adds_up_and_survives_its_journey():
    page = Page()
    for looked_at, broken in ((3, 0), (2, 1)):
        page.judge("I2", looked_at, broken)
        page.count({"messages": looked_at})
    page.recovered([5])
    page.tell(seed=7)
    row = row_of(LIBFAKETIME, "passed", 1.5, "", json.loads(json.dumps(page.as_json())))
    assert (row.counts, row.verdicts, row.recoveries_ms, row.facts) == (
        {"messages": 5},
        {"I2": [5, 1]},
        [5],
        {"seed": "7"},
    )
    assert (row.fault, row.held("I2")) == ("What x-y", Held.BROKEN)


def test_a_title_is_the_name_of_the_test_in_words():
    assert title("tests/faults/t.py::test_redis_may_be_killed") == "Redis may be killed"


def test_why_a_test_failed_is_told_in_one_line():
    assert reason_of(None) == ""
    assert reason_of(("f.py", 1, "Skipped: needs root")) == "needs root"
    assert reason_of("AssertionError: not within 3 s.\nmore") == "not within 3 s."


@pytest.mark.parametrize("rows", [[GOOD], [GOOD, BAD, SKIPPED]], ids=["good", "mixed"])
def test_the_page_is_whole_and_needs_nothing_else(rows: list[Row]):
    page = render(rows, WHERE, 61)
    tags = read(page)
    assert (tags.open, tags.wrong, tags.addresses) == ([], [], [])
    assert not re.search(r"https?://|@import|url\(", page)
    for word in (*PROMISES, WHERE.machine, "1 min 1 s", "Redis 7.0", "n 2 · p50 0.40 s · p99 0.90 s · max 0.90 s"):
        assert word in page


def test_a_broken_promise_shows_and_words_of_a_test_are_no_markup():
    page = render([GOOD, BAD], WHERE, 1)
    assert 'class="broken" data-name="I2" title="1 of 3 broken"' in page
    assert "Clocks &lt;go&gt; wrong" in page
    assert 'class="broken"' not in render([GOOD], WHERE, 1)


def test_a_fault_that_nobody_recovers_from_has_no_strip():
    assert "<svg" not in render([BAD], WHERE, 1)


def test_the_scale_is_logarithmic_and_keeps_to_the_page():
    assert x_of(100) - x_of(10) == pytest.approx(x_of(10_000) - x_of(1_000), abs=0.02)
    assert x_of(0) == x_of(1) < x_of(20_000) < x_of(10**9) < 100


@pytest.mark.parametrize(("value", "said"), [(4.23, "4.2 s"), (190, "3 min 10 s")])
def test_durations_are_told_as_people_do(value: float, said: str):
    assert duration(value) == said
    assert seconds(1234) == "1.2 s"


FAULTS = """
import pytest
from tests.faults.notebook import NOTEBOOK

def test_redis_may_be_killed():
    NOTEBOOK.progress("half way")
    NOTEBOOK.page.count({"messages": 4, "replies": 4})
    NOTEBOOK.page.judge("I1", 4, 0)

def test_it_breaks():
    NOTEBOOK.page.judge("I2", 4, 1)
    assert False, "two answers"

def test_it_cannot_run_here():
    pytest.skip("no such thing")
"""


def test_pytest_writes_the_page_and_says_how_far_it_is_and_where_it_stands(tmp_path: Path):
    import os
    import subprocess
    import sys

    root = Path(__file__).parents[2]
    (tmp_path / "conftest.py").write_text(
        "from tests.faults.conftest import *\nfrom tests.faults.conftest import _page\n"
    )
    (tmp_path / "test_it.py").write_text(FAULTS)
    page = tmp_path / "debug" / "faults.html"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    told = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # what others bring takes seconds and has no say
    ran = subprocess.run(
        [*command, f"--fault-report={page}"],
        cwd=root,
        env=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "fault 1 of 3: Redis may be killed" in ran.stdout
    assert "half way" in ran.stdout
    assert f"faults: 1 of 3 faults broke a promise or could not be judged → {page}" in ran.stdout
    text = page.read_text("utf-8")
    assert all(word in text for word in ("Redis may be killed", "two answers", "no such thing", "1 of 4 broken"))
