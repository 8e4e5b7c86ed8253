"""Bases to train on: a tiny random one, and the packaged demo model as its GGUF file unpacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # its import brings torch
    from tasks.training.lora.bases import Base


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A random Llama of about 20,000 numbers."""
    from tests.tasks.training.lora.tiny_base import write_base

    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model as one GGUF file."""
    from workers.demo.model import demo_gguf

    return demo_gguf(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def unpacked(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model as a checkpoint folder, made of its GGUF file."""
    from tasks.training.lora.unpacking import unpack

    return unpack(demo, tmp_path_factory.mktemp("bases") / "demo")
