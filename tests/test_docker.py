"""The container files say what `rookery up` does; building images needs an engine that tests do not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rookery import PROCESSES
from workers.supervision.redis_server import redis_config

DOCKER = Path(__file__).parent.parent / "infra" / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if name != "redis"}


def settings(text: str) -> dict[str, str]:
    lines = (line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return dict(lines)  # type: ignore[arg-type]


def test_redis_keeps_what_it_acknowledged_as_our_own_does() -> None:
    own = settings(redis_config(Path("/data"), 6379))
    theirs = settings((DOCKER / "redis.conf").read_text())
    for key in ("save", "appendonly", "appendfsync", "maxmemory-policy", "protected-mode"):
        assert theirs[key] == own[key]


@pytest.mark.parametrize("name", OURS)
def test_every_service_runs_a_verb_that_exists(name: str) -> None:
    run, process, *_ = OURS[name]["command"]
    assert run == "run"
    assert process in PROCESSES


def test_every_process_of_the_command_has_a_service() -> None:
    assert {service["command"][1] for service in OURS.values()} == set(PROCESSES)


@pytest.mark.parametrize("name", OURS)
def test_no_service_has_privileges(name: str) -> None:
    service = OURS[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["restart"] == "always"


def test_nothing_of_the_image_runs_as_root() -> None:
    lines = (DOCKER / "Dockerfile").read_text().splitlines()
    assert lines.index("USER rookery") < next(i for i, line in enumerate(lines) if line.startswith("ENTRYPOINT"))


def test_every_room_is_copied_into_the_image() -> None:
    copied = (DOCKER / "Dockerfile").read_text()
    for room in ("bots", "tasks", "workers", "schedules"):
        assert f"COPY {room} {room}" in copied
