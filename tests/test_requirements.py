"""Keeps docs/requirements.md true: every row is there, every named test exists, the count is the count."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "requirements.md"

ROWS_PER_SECTION = {"U": 6, "0": 24, "1": 94, "2": 26, "3": 64}
ROWS = 214
NOT_YET = "not yet"

ROW = re.compile(r"^\| *[0-9U]\.[0-9]{2} ")
SUMMARY = re.compile(r"^(\d+) of (\d+) proved\.$", re.MULTILINE)
NODE_ID = re.compile(r"(?P<file>tests/[\w/]+\.py)::(?P<name>\w+(?:::\w+)*)(?:\[.*\])?")


class Row(NamedTuple):
    """One line of the page."""

    id: str
    intent: str
    proofs: tuple[str, ...]


def rows(page: str) -> list[Row]:
    """Return the rows of the page, in order; a row that says `not yet` has no proofs."""
    found = []
    for line in page.splitlines():
        if ROW.match(line):
            id_, intent, proof = (cell.strip() for cell in line.strip().strip("|").split("|"))
            named = () if proof == NOT_YET else tuple(part.strip(" `") for part in proof.split("<br>"))
            found.append(Row(id_, intent, named))
    return found


@cache
def defined_tests(file: Path) -> frozenset[str]:
    """Return the tests that a file defines, those in classes as `Class::test`."""
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    return frozenset(names_of_tests(tree.body, ""))


def names_of_tests(body: list[ast.stmt], prefix: str) -> list[str]:
    names = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            names.append(prefix + node.name)
        if isinstance(node, ast.ClassDef):
            names += names_of_tests(node.body, f"{prefix}{node.name}::")
    return names


def fault(proof: str, root: Path) -> str:
    """Return what is wrong with a proof, or nothing."""
    node = NODE_ID.fullmatch(proof)
    if node is None:
        return f"{proof!r} is neither a pytest node id nor {NOT_YET!r}"
    file = root / node["file"]
    if not file.is_file():
        return f"there is no file {node['file']}"
    return "" if node["name"] in defined_tests(file) else f"{node['file']} defines no test {node['name']}"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_row_is_there_once_and_in_order(page: str) -> None:
    expected = [f"{section}.{n:02}" for section, count in ROWS_PER_SECTION.items() for n in range(1, count + 1)]
    assert len(expected) == ROWS
    assert [row.id for row in rows(page)] == expected


def test_every_line_of_a_table_is_a_row(page: str) -> None:
    cells = [line for line in page.splitlines() if line.startswith("|")]
    headings = [line for line in cells if line.startswith(("| id |", "|---"))]
    assert len(cells) - len(headings) == ROWS


def test_every_row_says_what_it_is_for_in_its_own_words(page: str) -> None:
    intents = Counter(row.intent for row in rows(page))
    assert not [intent for intent, times in intents.items() if times > 1 or not intent]


def test_every_named_test_exists(page: str) -> None:
    faults = [f"{row.id}: {wrong}" for row in rows(page) for proof in row.proofs if (wrong := fault(proof, ROOT))]
    assert not faults


def test_the_summary_counts_the_proved_rows(page: str) -> None:
    proved = sum(bool(row.proofs) for row in rows(page))
    summaries = SUMMARY.findall(page)
    assert summaries == [(str(proved), str(ROWS))], f"the line should read '{proved} of {ROWS} proved.'"


def test_a_row_may_name_several_tests() -> None:
    (row,) = rows("| 1.75 | short modules | `tests/a.py::test_x`<br>`tests/b.py::Test::test_y[case]` |")
    assert row == Row("1.75", "short modules", ("tests/a.py::test_x", "tests/b.py::Test::test_y[case]"))


@pytest.mark.parametrize("proof", ["tests/test_x.py::test_here", "tests/test_x.py::TestX::test_inside[a-1]"])
def test_a_test_that_exists_is_a_proof(tmp_path: Path, proof: str) -> None:
    write_tests(tmp_path)
    assert not fault(proof, tmp_path)


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        ("tests/test_x.py::test_gone", "defines no test test_gone"),
        ("tests/test_x.py::test_inside", "defines no test test_inside"),
        ("tests/test_x.py::helper", "defines no test helper"),
        ("tests/test_y.py::test_here", "no file tests/test_y.py"),
        ("tests/test_x.py", "neither"),
        ("soon", "neither"),
        ("", "neither"),
    ],
)
def test_a_test_that_is_not_there_is_no_proof(tmp_path: Path, proof: str, why: str) -> None:
    write_tests(tmp_path)
    assert why in fault(proof, tmp_path)


def write_tests(root: Path) -> None:
    (root / "tests").mkdir()
    text = "def test_here(): ...\ndef helper(): ...\nclass TestX:\n    async def test_inside(self): ...\n"
    (root / "tests" / "test_x.py").write_text(text, encoding="utf-8")
