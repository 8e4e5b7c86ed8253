"""Secrets are made once, closed to everybody else, and Redis takes them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import redis
import yaml
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError
from redis.retry import Retry

from bots.web.serving import SHORTEST_KEY
from tasks.contracts.errors import StoreUnavailable
from tasks.jobs import fleet_moves, keys
from tasks.jobs.store import Store
from tests.infra.docker.compose import read
from tests.infra.docker.scripts import script

make_secrets = script("make_secrets")


def test_only_the_owner_can_come_near_them_and_a_container_can_read_its_own(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_what_compose_names_is_made(folder: Path) -> None:
    passwords = {"flower_password", "grafana_password", "web_key", "qdrant_api_key"}
    assert {path.name for path in folder.iterdir()} == {"redis_url", "redis.acl", "qdrant.yaml", *passwords}


def test_qdrant_is_told_the_key_that_who_remembers_has_and_to_tell_nobody_anything(tmp_path: Path) -> None:
    make_secrets.make(tmp_path)
    told = yaml.safe_load((tmp_path / "qdrant.yaml").read_text("ascii"))
    assert told["service"]["api_key"] == (tmp_path / "qdrant_api_key").read_text("ascii").strip()
    assert told["telemetry_disabled"] is True
    [volume] = read().services["qdrant"].volumes
    assert all(path.startswith(volume.partition(":")[2]) for path in told["storage"].values())
    (tmp_path / "qdrant_api_key").unlink()
    assert make_secrets.make(tmp_path) == [tmp_path / "qdrant_api_key", tmp_path / "qdrant.yaml"]


def test_the_key_of_the_page_is_one_that_the_page_takes(folder: Path) -> None:
    key = (folder / "web_key").read_text("ascii").strip()
    assert key.startswith(keys.PREFIX)
    assert len(key) >= SHORTEST_KEY


def test_what_is_there_is_kept_and_what_is_gone_is_made_again(tmp_path: Path) -> None:
    make_secrets.make(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert make_secrets.make(tmp_path) == []
    (tmp_path / "redis.acl").unlink()
    assert make_secrets.make(tmp_path) == [tmp_path / "redis.acl"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    (tmp_path / "redis_url").unlink()
    assert make_secrets.make(tmp_path) == [tmp_path / "redis_url", tmp_path / "redis.acl"]
    assert (tmp_path / "redis.acl").read_bytes() != before["redis.acl"]


def test_no_password_stands_where_redis_reads_it(folder: Path) -> None:
    password = (folder / "redis_url").read_text(encoding="ascii").partition("rookery:")[2].partition("@")[0]
    assert len(password) > 30
    assert password not in (folder / "redis.acl").read_text(encoding="ascii")


def test_nobody_gets_in_without_a_password(port: int) -> None:
    with redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_protected_mode_lets_other_containers_in(port: int) -> None:
    """It would not, where the default user needs no password, even if that user is off."""
    with redis.Redis(port=port, username="onlooker", password="none") as onlooker:
        default = onlooker.acl_getuser("default")
    assert "off" in default["flags"]
    assert "nopass" not in default["flags"]


def test_who_asks_for_health_can_do_nothing_else(port: int) -> None:
    with redis.Redis(port=port, username="health", password="none") as client:
        assert client.ping()
        for forbidden in (client.keys, client.flushall, lambda: client.get("rookery:sweeper")):
            with pytest.raises(NoPermissionError):
                forbidden()


def test_the_flock_can_do_its_work_and_cannot_take_redis_apart(url: str) -> None:
    store = Store.open(url)
    assert store.run(fleet_moves.status()).hosts == ()
    with redis.Redis.from_url(url) as client:
        assert client.info("server")
        for forbidden in (client.flushall, client.config_get, client.keys, client.shutdown):
            with pytest.raises(NoPermissionError):
                forbidden()


def test_a_wrong_password_is_told_as_such(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        Store.open(url.replace("rookery:", "rookery:x")).run(fleet_moves.status())
