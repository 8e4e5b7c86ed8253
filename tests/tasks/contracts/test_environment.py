"""No code reads a variable behind the back of `.env.example`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts import environment
from tasks.contracts.environment import known_variables, secret

ROOT = Path(__file__).parents[3]
ROOMS = ("bots", "tasks", "workers", "schedules")
FRONT = ("rookery.py", "celeryconfig.py")
READERS = {"get", "pop", "setdefault", "getenv", "secret"}
THE_SYSTEMS = {"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "NO_COLOR", "TERM", "COLUMNS"}
THE_SYSTEMS |= {"CUBLAS_WORKSPACE_CONFIG"}  # NVIDIA's


def variables_read(source: str) -> Iterator[str]:
    """Yield the names that a module asks the environment for, where they stand as text or as a constant of it."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        for name in asked_for(node):
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value
            elif isinstance(name, ast.Name) and name.id in constants:
                yield constants[name.id]


def asked_for(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and "environ" in ast.unparse(node.value):
        return [node.slice]
    if not isinstance(node, ast.Call):
        return []
    called = ast.unparse(node.func)
    if called.split(".")[-1] not in READERS or not ("env" in called or called.endswith("secret")):
        return []
    return list(node.args)


def is_known(name: str) -> bool:
    internal = name in environment.INTERNAL or name.startswith(environment.INTERNAL_PREFIXES)
    return internal or name in known_variables() or name in THE_SYSTEMS


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))
    yield from (ROOT / name for name in FRONT if (ROOT / name).exists())


def test_every_variable_that_the_code_reads_is_in_the_example_or_internal() -> None:
    read = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules()
        for name in variables_read(path.read_text(encoding="utf-8"))
        if name.isupper() and not is_known(name)
    }
    assert not read


@pytest.mark.parametrize(
    "source",
    [
        'os.environ["SOME_KEY"]',
        'os.environ.get("SOME_KEY", "")',
        'os.getenv("SOME_KEY")',
        'environ.pop("SOME_KEY", None)',
        'secret(environ, "SOME_KEY")',
        'KEY = "SOME_KEY"\nos.environ[KEY]',
    ],
)
def test_a_variable_that_is_read_is_seen(source: str) -> None:
    assert "SOME_KEY" in set(variables_read(source))


def test_a_variable_that_is_set_for_others_is_not_read() -> None:
    assert not set(variables_read('os.environ["SOME_KEY"] = "x"\nchild = {"SOME_KEY": "x"}\nsettings.get("SOME_KEY")'))


def test_each_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n", encoding="utf-8")
    for name in environment.SECRETS:
        assert {name, f"{name}_FILE"} <= set(known_variables())
        assert secret({f"{name}_FILE": str(tmp_path / "secret")}, name) == "hush"
