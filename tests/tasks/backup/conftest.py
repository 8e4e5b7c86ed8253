"""A root to back up, and backups of one that is lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from tasks.backup import memories
from tasks.backup.manifest import Manifest, settings_hash
from tests.conftest import RedisServer
from tests.tasks.backup.roost import Roost, found


@dataclass(frozen=True)
class Kept:
    """What is left of a root: two backups, and what was known of it."""

    plain: Path
    secret: Path
    said: Manifest
    settings: str
    found: dict[str, Any]
    window: list[str]
    workspace: Path


@pytest.fixture
def roost(tmp_path: Path, redis_url: str) -> Iterator[Roost]:
    """A root in which things have happened, and nothing is remembered."""
    made = Roost(tmp_path / "old", redis_url)
    made.live()
    yield made
    made.close()


@pytest.fixture(scope="package")
def only_kept(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The backups, made once."""
    redis_server.ensure()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    folder = tmp_path_factory.mktemp("kept")
    roost = Roost(folder / "old", redis_server.url)
    roost.live()
    roost.remember()
    plain, secret = folder / "plain.zip", folder / "secret.zip"
    all_of_it = memories.wanted(roost.settings, roost.store)
    said = roost.backup(plain, memories=all_of_it)
    roost.backup(secret, secrets=True, memories=all_of_it)
    window = roost.ledger.flock.client.lrange("rookery:session:web:wren:0", 0, -1)
    kept = Kept(plain, secret, said, settings_hash(roost.settings), found(roost.settings), window, roost.workspace)
    roost.close()
    shutil.rmtree(roost.root)
    return kept


@pytest.fixture
def kept(only_kept: Kept, redis_url: str) -> Kept:
    """The backups, an empty Redis, and nothing else."""
    shutil.rmtree(only_kept.workspace, ignore_errors=True)
    assert redis_url
    return only_kept
