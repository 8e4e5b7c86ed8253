"""Loads the scripts that the images carry; they are no package."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from tests.infra.docker.compose import DOCKER


def script(name: str) -> ModuleType:
    """Return a script of infra/docker as a module."""
    spec = importlib.util.spec_from_file_location(f"infra_docker_{name}", DOCKER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
