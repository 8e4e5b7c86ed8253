"""An engine that another package brings along: the example of docs/howto/write-an-engine.md."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.emulators.engines.children import Children
from tests.workers.engines.kits.kit import ALPHA, BETA, Kit, Rig

EXAMPLE = Path(__file__).parents[4] / "examples" / "parrot_engine" / "parrot_engine.py"


def example() -> Any:
    """Return the module, as it would be imported where its package is installed."""
    spec = importlib.util.spec_from_file_location("parrot_engine", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def parrot(_children: Children) -> Iterator[Rig]:
    yield Rig(example().create("", {ALPHA: ALPHA, BETA: BETA}, slots=2))


KITS = (Kit("example of another package", parrot, loads=True, mortal=False, made_for=frozenset(), has_forms=False),)
