"""Writes the report of a fault run, `pytest tests/faults --fault-report=PATH`, and says meanwhile how far it is."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.notebook import NOTEBOOK
from tests.faults.report import Row, reason_of, row_of, surroundings, title, verdict
from tests.faults.report_page import render

OPTION = "--fault-report"
PROPERTY = "fault"  # under which a test's page travels with its reports
WORST_FIRST = ("failed", "skipped", "passed")


class FaultReport:
    """Collects what each test leaves behind; writes it all at the end."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path, self._root = path, root
        self._began_s = time.monotonic()
        self._reports: dict[str, list[pytest.TestReport]] = {}
        self._count = self._number = 0
        self._session: pytest.Session | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note how many tests there are."""
        self._session, self._count = session, len(session.items)
        NOTEBOOK.progress = self._say

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Say which fault is next."""
        self._number += 1
        self._say(f"fault {self._number} of {self._count}: {title(item.nodeid)}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the report of each phase of a test."""
        self._reports.setdefault(report.nodeid, []).append(report)

    def pytest_sessionfinish(self) -> None:
        """Write the page, unless there is nothing on it."""
        if rows := self.rows():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            seconds = time.monotonic() - self._began_s
            self._path.write_text(render(rows, surroundings(self._root), seconds), "utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where the page is."""
        if rows := self.rows():
            terminalreporter.write_line(f"faults: {verdict(rows)} → {self._path}")

    def rows(self) -> list[Row]:
        """Return a row for each test that has something to say, in the order in which they ran."""
        made = [_row(nodeid, phases) for nodeid, phases in self._reports.items()]
        return [row for row in made if row.worth_a_row]

    def _say(self, line: str) -> None:
        assert self._session is not None
        capture: Any = self._session.config.pluginmanager.getplugin("capturemanager")
        terminal: Any = self._session.config.pluginmanager.getplugin("terminalreporter")
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            terminal.write(f"\n  {line} ", flush=True)  # what the test comes to stands behind it


def _row(nodeid: str, phases: list[pytest.TestReport]) -> Row:
    worst = min(phases, key=lambda report: WORST_FIRST.index(report.outcome))
    pages = [value for report in phases for name, value in report.user_properties if name == PROPERTY]
    seconds = sum(report.duration for report in phases)
    return row_of(nodeid, worst.outcome, seconds, reason_of(worst.longrepr), pages[-1] if pages else {})
