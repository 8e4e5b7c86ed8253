from __future__ import annotations

from pathlib import Path

import pytest

from tests.bots.reception.counter import Counter


@pytest.fixture
def counter(redis_url: str, tmp_path: Path) -> Counter:
    """A reception of two personas on an empty ledger; no host is up."""
    return Counter(redis_url, tmp_path)
