"""The part of the Compose specification that we use, strictly: what is not written here is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

DOCKER = Path(__file__).parents[3] / "infra" / "docker"
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
PART = re.compile(r"(\d+)(ms|h|m|s)")


def seconds(text: str) -> float:
    """Return a duration of the specification, such as `1m30s`, in seconds."""
    parts = PART.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration")
    return sum(int(number) * UNITS_S[unit] for number, unit in parts)


def substituted(told: Any) -> Any:
    """Return values as Compose reads them where no variable is set."""
    if isinstance(told, dict):
        return {key: substituted(value) for key, value in told.items()}
    if isinstance(told, list):
        return [substituted(value) for value in told]
    return VARIABLE.sub(r"\2", told) if isinstance(told, str) else told


Duration = Annotated[float, BeforeValidator(seconds)]


class Strict(BaseModel):
    """Values as they stand, and no key that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Build(Strict):
    context: str
    dockerfile: str
    target: str


class Healthcheck(Strict):
    test: list[str]
    interval: Duration
    timeout: Duration
    start_period: Duration
    retries: int = Field(ge=1)


class Condition(Strict):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"]


class Mounted(Strict):
    source: str
    target: str


class Logging(Strict):
    driver: Literal["local", "json-file"]
    options: dict[str, str]


class Service(Strict):
    image: str
    build: Build | None = None
    profiles: list[str] = []
    user: str = ""
    command: list[str] = []
    hostname: str = ""
    restart: Literal["unless-stopped", "always", "on-failure", "no"]
    init: bool
    read_only: bool
    tmpfs: list[str]
    cap_drop: list[str]
    security_opt: list[str]
    pids_limit: int
    mem_limit: str
    logging: Logging
    environment: dict[str, str] = {}
    configs: list[Mounted] = []
    secrets: list[str]
    networks: list[str]
    extra_hosts: list[str] = []
    ports: list[str] = []
    volumes: list[str] = []
    depends_on: dict[str, Condition] = {}
    stop_grace_period: Duration
    healthcheck: Healthcheck


class File(Strict):
    file: str


class Network(Strict):
    internal: bool = False


class Volume(Strict):
    pass


class Compose(Strict):
    name: str
    services: dict[str, Service]
    configs: dict[str, File]
    secrets: dict[str, File]
    networks: dict[str, Network]
    volumes: dict[str, Volume]

    @property
    def ours(self) -> dict[str, Service]:
        """The services that are processes of Rookery."""
        return {name: service for name, service in self.services.items() if service.build is not None}


def read(path: Path = DOCKER / "compose.yaml") -> Compose:
    """Return a compose file with its variables at their defaults."""
    told = substituted(yaml.safe_load(path.read_text(encoding="utf-8")))
    return Compose.model_validate({key: value for key, value in told.items() if not key.startswith("x-")})
