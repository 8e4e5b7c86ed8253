from __future__ import annotations

from pathlib import Path

import pytest

from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.training.adapters import STORES, registry_on


@pytest.fixture(params=STORES)
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> AdapterRegistry:
    """An empty registry, on each kind of store."""
    return registry_on(request.param, tmp_path)


@pytest.fixture
def local_registry(tmp_path: Path) -> AdapterRegistry:
    """An empty registry where one kind of store is enough."""
    return registry_on("local", tmp_path)
