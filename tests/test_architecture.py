"""Holds the shape of the tree: which way imports run, who loads what, how long things may get."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bots", "tasks", "workers", "schedules")
FRONT = ("rookery.py", "celeryconfig.py")
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

ENTRY_POINT_LINES = 99
MODULE_LINES = 300
FUNCTION_LINES = 60

HEAVY = ("torch", "transformers", "qdrant_client", "sentence_transformers", "sqlalchemy")
LIGHT_ROOMS = ("bots", "tasks.jobs", "schedules", "rookery", "celeryconfig")
PLATFORM_LIBRARIES = ("discord", "aiohttp")  # extras: a bot whose library is not installed cannot be imported
WALL_CLOCKS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}

LEFT_OUT = re.compile(r"^# *(mypy:|type: *ignore)", re.MULTILINE)  # loosens the checks of a whole module
UNTYPED = {Path("workers/demo/train.py")}  # lives on libraries that are not there where types are checked

# The name of each contract of .importlinter, and an import that it must refuse.
FORBIDDEN_IMPORTS = {
    "Bots know the contracts and the job ledger": ("bots/trespasser{}.py", "import tasks.services"),
    "Tasks know neither who asks": ("tasks/jobs/trespasser{}.py", "import workers.engines"),
    "Workers know tasks, never bots": ("workers/trespasser{}.py", "import bots"),
    "Schedules know names only": ("schedules/trespasser{}.py", "import tasks.jobs"),
    "Contracts need nothing but pydantic": ("tasks/contracts/trespasser{}.py", "import redis"),
    "Task families are independent": ("tasks/generation/trespasser{}.py", "import tasks.evolution"),
    "The libraries of platforms stay": ("bots/trespasser{}.py", "def late() -> None:\n    import aiohttp"),
    "Heavy libraries stay": ("workers/trespasser{}.py", "def late() -> None:\n    import torch"),
}

# Runs in a fresh interpreter: imports every module of the rooms it is given and prints each attempt to load a heavy
# library. It watches the attempts, so that one wrapped in `try` is seen; and it lets none succeed: that takes seconds.
PROBE = """
import importlib, pkgutil, sys

heavy, optional, rooms = (set(arg.split(",")) for arg in sys.argv[1:])

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in heavy:
            print("heavy:", name)
            raise ModuleNotFoundError(name, name=name)

def load(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] not in optional | heavy | {name}:
            raise
        return
    print("loaded:", name)
    for child in pkgutil.iter_modules(getattr(module, "__path__", ()), name + "."):
        if not child.name.endswith(".__main__"):
            load(child.name)

sys.path.insert(0, ".")
sys.meta_path.insert(0, Watch())
for room in sorted(rooms):
    load(room)
"""


def sources() -> Iterator[Path]:
    """Yield every module that ships."""
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))
    yield from (ROOT / name for name in FRONT if (ROOT / name).exists())


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINT_IMPORTS), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def heavy_imports(folder: Path, rooms: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return what was loaded and which heavy libraries that reached for."""
    command = [sys.executable, "-c", PROBE, ",".join(HEAVY), ",".join(PLATFORM_LIBRARIES), ",".join(rooms)]
    probe = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert probe.returncode == 0, probe.stderr
    words = [line.split(": ") for line in probe.stdout.splitlines()]
    return [name for kind, name in words if kind == "loaded"], [name for kind, name in words if kind == "heavy"]


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    """Return a copy of the rooms that a test may spoil."""
    return copy_of_the_rooms(tmp_path)


def copy_of_the_rooms(folder: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def test_imports_run_one_way() -> None:
    linted = lint_imports(ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.fixture(scope="module")
def trespassed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what is said of a tree with all imports that must be refused, each in a module of its own."""
    folder = copy_of_the_rooms(tmp_path_factory.mktemp("trespassed"))
    for number, (file, statement) in enumerate(FORBIDDEN_IMPORTS.values()):
        (folder / file.format(number)).write_text(f"{statement}\n", encoding="utf-8")
    linted = lint_imports(folder)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    return linted.stdout


@pytest.mark.parametrize("contract", FORBIDDEN_IMPORTS)
def test_an_import_in_the_wrong_direction_breaks_its_contract(trespassed: str, contract: str) -> None:
    file, statement = FORBIDDEN_IMPORTS[contract]
    found = re.search(rf"^{re.escape(contract)}[^\n]*\n-+\n(.*?)(?=^[^\n]+\n-{{5,}}\n|\Z)", trespassed, re.M | re.S)
    assert found, trespassed
    module = file.format(list(FORBIDDEN_IMPORTS).index(contract)).removesuffix(".py").replace("/", ".")
    assert f"{module} -> {statement.split()[-1]} " in found[1]


def test_every_contract_has_an_import_that_breaks_it() -> None:
    names = [
        line.removeprefix("name = ")
        for line in (ROOT / ".importlinter").read_text(encoding="utf-8").splitlines()
        if line.startswith("name = ")
    ]
    assert len(names) == len(FORBIDDEN_IMPORTS)
    for name in names:
        assert any(name.startswith(contract) for contract in FORBIDDEN_IMPORTS), name


def test_a_new_module_of_tasks_must_be_given_a_layer(copied_tree: Path) -> None:
    (copied_tree / "tasks" / "stray.py").touch()
    linted = lint_imports(copied_tree)
    assert linted.returncode == 1
    assert "stray" in linted.stdout


def test_contracts_import_only_pydantic_and_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"pydantic", "pydantic_core"}
    strangers = [
        f"{place(path, node)} imports {name}"
        for path in sorted((ROOT / "tasks" / "contracts").rglob("*.py"))
        for node in ast.walk(tree_of(path))
        for name in imported(node)
        if name.split(".")[0] not in allowed and not f"{name}.".startswith("tasks.contracts.")
    ]
    assert not strangers


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module == "tasks":  # `from tasks import contracts`
        return [f"tasks.{alias.name}" for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_bots_beat_and_the_command_never_load_a_heavy_library() -> None:
    loaded, heavy = heavy_imports(ROOT, LIGHT_ROOMS)
    assert {"bots", "tasks.jobs", "schedules"} <= set(loaded)
    assert not heavy


def test_a_heavy_import_is_seen_even_when_it_fails_quietly(tmp_path: Path) -> None:
    room = tmp_path / "bots"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "quiet.py").write_text("try:\n    import torch\nexcept ImportError:\n    torch = None\n", encoding="utf-8")
    assert heavy_imports(tmp_path, ("bots",)) == (["bots", "bots.quiet"], ["torch"])


def test_the_entry_point_stays_under_a_hundred_lines() -> None:
    assert len((ROOT / "rookery.py").read_text(encoding="utf-8").splitlines()) <= ENTRY_POINT_LINES


def test_no_module_outgrows_its_budget() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert not {str(path): lines for path, lines in lengths.items() if lines > MODULE_LINES}


def test_no_function_outgrows_its_budget() -> None:
    too_long = [
        f"{place(path, node)} {node.name}: {lines} lines"
        for path in sources()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert not too_long


def test_tasks_never_print() -> None:
    prints = [
        place(path, node)
        for path in sorted((ROOT / "tasks").rglob("*.py"))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not prints


def test_the_ledger_never_asks_a_wall_clock() -> None:
    reads = [
        f"{place(path, node)} {clock}"
        for path in sorted((ROOT / "tasks" / "jobs").rglob("*.py"))
        for node in ast.walk(tree_of(path))
        for clock in wall_clocks(node)
    ]
    assert not reads, "leases and deadlines come from Redis TIME, which all hosts share"


def wall_clocks(node: ast.AST) -> list[str]:
    """Return the wall clocks that a node reads, or takes by name from their module."""
    if isinstance(node, ast.Attribute):
        dotted = ".".join(ast.unparse(node).split(".")[-2:])
        return [dotted] if dotted in WALL_CLOCKS else []
    if isinstance(node, ast.ImportFrom):
        return [clock for alias in node.names if (clock := f"{node.module}.{alias.name}") in WALL_CLOCKS]
    return []


@pytest.mark.parametrize(
    "line",
    [
        "time.time()",
        "from time import time",
        "datetime.datetime.now(datetime.UTC)",
        "datetime.now(tz=UTC)",
        "f(time.time)",
    ],
)
def test_a_wall_clock_is_recognised(line: str) -> None:
    assert any(wall_clocks(node) for node in ast.walk(ast.parse(line)))


@pytest.mark.parametrize("line", ["time.monotonic()", "redis.time()", "clock.monotonic_s()", "from time import sleep"])
def test_other_clocks_are_left_alone(line: str) -> None:
    assert not any(wall_clocks(node) for node in ast.walk(ast.parse(line)))


@pytest.mark.parametrize("folder", ["models/", "logs/", "debug/", "data/", ".env", "rookery.toml"])
def test_what_a_running_rookery_writes_stays_out_of_git(folder: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", folder], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.parametrize("path", [*ROOMS, "infra/docker", "tests", "pyproject.toml", *FRONT])
def test_the_rooms_and_the_files_at_the_front_are_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_types_are_strict_wherever_code_ships_and_checked_with_every_change() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert told["strict"] is True
    assert {*told["packages"]} >= {*ROOMS}
    assert {f"{name}.py" for name in told["modules"]} == {*FRONT}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (lint,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert "$(BIN)/mypy\n" in lint
    assert "make lint" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    left_out = {path.relative_to(ROOT) for path in sources() if LEFT_OUT.search(path.read_text(encoding="utf-8"))}
    assert left_out <= UNTYPED
