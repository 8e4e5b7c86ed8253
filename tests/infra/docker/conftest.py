"""Secrets as make_secrets.py makes them, and a Redis with the configuration of the container."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.infra.docker.compose import DOCKER
from tests.infra.docker.scripts import script
from workers.supervision.child import ChildSpec
from workers.supervision.redis_server import find_server
from workers.supervision.supervise import Supervisor

REDIS_START_TIMEOUT_S = 60.0
#: Somebody who may look at everything, so that tests can.
ONLOOKER = "user onlooker on nopass ~* &* +@all\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the secrets, made."""
    secrets: Path = tmp_path_factory.mktemp("docker") / "secrets"
    script("make_secrets").make(secrets)
    return secrets


@pytest.fixture(scope="module")
def port(folder: Path, free_port: Callable[[], int]) -> Iterator[int]:
    """The port of a Redis as the container's: its configuration, with places of this machine."""
    number, place = free_port(), folder.parent
    acl = place / "watched.acl"
    acl.write_text((folder / "redis.acl").read_text(encoding="ascii") + ONLOOKER, encoding="ascii")
    here = {"port": number, "bind": "127.0.0.1", "dir": place, "aclfile": acl}
    told = (DOCKER / "redis.conf").read_text(encoding="utf-8").splitlines()
    kept = [line for line in told if line.partition(" ")[0] not in here]
    config = place / "redis.conf"
    config.write_text("\n".join([*kept, *(f"{key} {value}" for key, value in here.items())]) + "\n", encoding="utf-8")

    def answers() -> bool:
        try:
            with redis.Redis(port=number, username="health", password="none") as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    child = ChildSpec("redis", (find_server().path, str(config)), ready=answers)
    with Supervisor([child], log_dir=place) as supervisor:
        supervisor.wait_ready(REDIS_START_TIMEOUT_S)
        yield number


@pytest.fixture(scope="module")
def url(folder: Path, port: int) -> str:
    """What the flock is told, with the port of this Redis."""
    return (folder / "redis_url").read_text(encoding="ascii").strip().replace("@redis:6379", f"@127.0.0.1:{port}")
