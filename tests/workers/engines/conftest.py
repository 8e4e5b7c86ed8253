from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulators.engines.children import Children


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    """The real llama.cpp servers behind the emulators of one file, each started when it is first asked for."""
    with Children(tmp_path_factory.mktemp("models")) as running:
        yield running
