"""The libraries that this project is built on are declared, and each is really used."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bots", "tasks", "workers", "schedules")
#: What each is imported as. Flower is started as a command of Celery's, and pytest by whoever tests.
IMPORTED = {
    "celery": "celery",
    "redis": "redis",
    "kombu": "kombu",
    "requests": "requests",
    "qdrant-client": "qdrant_client",
    "sentence-transformers": "sentence_transformers",
    "peft": "peft",
    "transformers": "transformers",
    "datasets": "datasets",
    "discord.py": "discord",
}
STARTED = {"flower": ROOT / "workers" / "processes.py", "pytest": ROOT / "Makefile"}


@pytest.fixture(scope="module")
def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    every = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    return {re.split(r"[\s\[<>=!~;]", one, maxsplit=1)[0].lower() for one in every}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    return {name for room in ROOMS for path in (ROOT / room).rglob("*.py") for name in imports_of(path)}


def imports_of(path: Path) -> Iterator[str]:
    """Yield the packages that a module imports, also within its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("library", IMPORTED)
def test_a_library_is_declared_and_imported_by_what_ships(library: str, declared: set[str], imported: set[str]) -> None:
    assert library in declared
    assert IMPORTED[library] in imported


@pytest.mark.parametrize("library", STARTED)
def test_a_program_is_declared_and_started(library: str, declared: set[str]) -> None:
    assert library in declared
    assert library in STARTED[library].read_text(encoding="utf-8")
