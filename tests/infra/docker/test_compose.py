"""The compose file says what `rookery up` does, gives nothing away, and is read without an engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.contracts import wanted
from tasks.contracts.environment import known_variables
from tasks.contracts.fleet import Fleet
from tasks.contracts.settings import Settings, load
from tasks.contracts.wanted import OURS
from tests.command import REPO
from tests.infra.docker.compose import DOCKER, Compose, Service, read, seconds
from tests.infra.docker.dockerfile import stages
from workers.flock import plan_of
from workers.supervision.child import ChildSpec
from workers.supervision.redis_server import KILL_TIMEOUT_S, redis_config

COMPOSE = read()
IMAGES = stages(DOCKER / "Dockerfile")
PORT = re.compile(r"127\.0\.0\.1:(\d+):(\d+)")
BYTES = {"m": 2**20, "g": 2**30, "mb": 2**20}
TOKENS = {"DISCORD_TOKEN": "a.b.c", "TELEGRAM_TOKEN": "1:a", "ROOKERY_FEED_URL": "http://127.0.0.1:1"}
NAMED_IN_FILES = ("redis_acl", "prometheus_key", "qdrant_config")  # by redis.conf, prometheus.yml and a command
MONITOR = ("prometheus", "grafana")  # somebody else's images, where they are asked for
EDGE = "edge"  # a whole flock by itself
BUILT_BY_COMPOSE = {name: service for name, service in COMPOSE.services.items() if service.build}
ONE_EACH = {name: service for name, service in BUILT_BY_COMPOSE.items() if name != EDGE}
REMEMBERING = '[[persona]]\nname = "rookery"\nmodel = "demo"\nmemory = true\n'


def verb(service: Service) -> str:
    """Return what `rookery up` calls the process of a service."""
    return " ".join(service.command)


def target(service: Service) -> str:
    assert service.build is not None
    return service.build.target


def size(text: str) -> int:
    found = re.fullmatch(r"(\d+)([a-z]+)", text)
    assert found, f"{text!r} is no size"
    return int(found[1]) * BYTES[found[2]]


def redis_settings(text: str) -> dict[str, str]:
    lines = (line.partition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {key: value for key, _, value in lines}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """What the containers are told, with what every bot needs, and one that remembers."""
    told = tmp_path_factory.mktemp("settings") / "rookery.toml"
    told.write_text((DOCKER / "rookery.toml").read_text(encoding="utf-8") + REMEMBERING, encoding="utf-8")
    return load(told, TOKENS)


@pytest.fixture(scope="module")
def up(settings: Settings) -> dict[str, ChildSpec]:
    """The processes of `rookery up` with the same settings, by their verbs."""
    return {" ".join(child.argv[child.argv.index("rookery") + 1 :]): child for child in plan_of(settings).children}


def test_the_services_are_the_processes_of_up(up: dict[str, ChildSpec]) -> None:
    assert sorted(verb(service) for service in ONE_EACH.values()) == sorted(up)
    assert {*COMPOSE.services} == {*ONE_EACH, EDGE, "redis", "qdrant", *MONITOR}


@pytest.mark.parametrize("name", ONE_EACH)
def test_a_service_that_is_stopped_has_the_time_that_up_gives_it(name: str, up: dict[str, ChildSpec]) -> None:
    service = COMPOSE.services[name]
    assert service.stop_grace_period > up[verb(service)].kill_timeout_s


def test_the_small_machine_needs_nobody_else_and_has_the_time_that_its_slowest_process_gets(
    up: dict[str, ChildSpec],
) -> None:
    edge = COMPOSE.services[EDGE]
    assert edge.depends_on == {}
    assert edge.stop_grace_period > max(child.kill_timeout_s for child in up.values())


def test_the_small_machine_remembers_without_torch_server_and_flower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "FOR_MEMORY", ("json",))
    told = load(DOCKER / "edge.toml", {})
    children = {child.name for child in plan_of(told).children}
    assert "memory" in children
    assert not children & {"flower", "gate"}
    assert (told.fleet.memory.url, told.fleet.memory.embedder) == ("", "numpy")


def test_redis_that_is_stopped_has_the_time_that_up_gives_it() -> None:
    assert COMPOSE.services["redis"].stop_grace_period > KILL_TIMEOUT_S


@pytest.mark.parametrize("name", ONE_EACH)
def test_every_service_waits_for_a_redis_that_is_well(name: str) -> None:
    assert COMPOSE.services[name].depends_on["redis"].condition == "service_healthy"


def test_redis_keeps_what_it_acknowledged_as_our_own_does() -> None:
    own = redis_settings(redis_config(Path("/data"), 6379))
    theirs = redis_settings((DOCKER / "redis.conf").read_text(encoding="utf-8"))
    for key in ("port", "save", "appendonly", "appendfsync", "maxmemory-policy", "protected-mode"):
        assert theirs[key] == own[key]


def test_redis_refuses_work_before_the_kernel_kills_it() -> None:
    limit = redis_settings((DOCKER / "redis.conf").read_text(encoding="utf-8"))["maxmemory"]
    assert 2 * size(limit) <= size(COMPOSE.services["redis"].mem_limit)


@pytest.mark.parametrize("name", COMPOSE.services)
def test_no_service_has_privileges_or_a_file_system_to_write_to(name: str) -> None:
    service = COMPOSE.services[name]
    assert service.cap_drop == ["ALL"]
    assert service.security_opt == ["no-new-privileges:true"]
    assert service.read_only
    assert service.tmpfs[0].startswith("/tmp")
    assert service.pids_limit > 0
    assert size(service.mem_limit) > 0


@pytest.mark.parametrize("name", COMPOSE.services)
def test_every_service_comes_back_by_itself_and_is_asked_how_it_is(name: str) -> None:
    service = COMPOSE.services[name]
    assert service.restart == "unless-stopped"
    assert service.init, "somebody must reap what a process leaves behind"
    assert service.healthcheck.timeout < service.healthcheck.interval


@pytest.mark.parametrize("name", BUILT_BY_COMPOSE)
def test_compose_and_the_image_ask_the_same_way_how_a_service_is(name: str) -> None:
    (told,) = IMAGES[target(COMPOSE.services[name])].own("HEALTHCHECK")
    check = COMPOSE.services[name].healthcheck
    options = dict(re.findall(r"--([a-z-]+)=(\S+)", told))
    assert (seconds(options["interval"]), seconds(options["timeout"])) == (check.interval, check.timeout)
    assert (seconds(options["start-period"]), int(options["retries"])) == (check.start_period, check.retries)
    assert check.test[0] == "CMD"
    assert told.partition(" CMD ")[2] == str(check.test[1:]).replace("'", '"')


def test_redis_is_reached_on_a_network_of_its_own_and_nowhere_else() -> None:
    redis = COMPOSE.services["redis"]
    assert redis.ports == []
    assert redis.networks == ["ledger"]
    assert COMPOSE.networks["ledger"].internal


def test_what_is_published_is_published_on_loopback(settings: Settings) -> None:
    published = {name: service.ports for name, service in COMPOSE.services.items() if service.ports}
    assert {*published} == {"web", "flower", EDGE, *MONITOR}
    assert published.pop(EDGE) == published["web"], "it is the page of the same machine"
    ports = {name: PORT.fullmatch(mapping) for name, (mapping,) in published.items()}
    assert all(ports.values())
    ports = {name: found for name, found in ports.items() if name not in MONITOR}
    inside = {name: int(found[2]) for name, found in ports.items() if found}
    assert inside == {"web": settings.fleet.web.port, "flower": settings.fleet.flower.port}
    defaults = Fleet()
    outside = {name: int(found[1]) for name, found in ports.items() if found}
    assert outside == {"web": defaults.web.port, "flower": defaults.flower.port}


@pytest.mark.parametrize("name", COMPOSE.services)
def test_a_service_without_a_port_or_an_engine_reaches_nothing_but_redis(name: str) -> None:
    service = COMPOSE.services[name]
    assert ("outside" in service.networks) == (bool(service.ports) or name == "host" or name in OURS)


def test_a_bot_and_who_remembers_run_where_their_profile_is_asked_for_and_all_else_always() -> None:
    profiles = {name: service.profiles for name, service in COMPOSE.services.items() if service.profiles}
    alone = {name: [name] for name in (*OURS, "memory", "qdrant", EDGE)}
    assert profiles == {**alone, **{name: ["monitor"] for name in MONITOR}}


def test_memories_are_read_by_who_remembers_and_by_nobody_else() -> None:
    there = {name for name, service in COMPOSE.services.items() if "memories" in service.networks}
    assert there == {"memory", "qdrant"}
    assert COMPOSE.networks["memories"].internal
    assert COMPOSE.services["qdrant"].ports == []
    mounted = [name for name, service in COMPOSE.services.items() if any("memory:" in each for each in service.volumes)]
    assert mounted == ["memory"]


def test_passwords_are_files_and_never_stand_in_the_environment() -> None:
    for service in COMPOSE.services.values():
        secrets = {value for variable, value in service.environment.items() if variable.endswith("_FILE")}
        read_from_files = {f"/run/secrets/{name}" for name in service.secrets if name not in NAMED_IN_FILES}
        assert secrets == read_from_files
        assert not [name for name in service.environment if re.search("PASSWORD$|URL$|TOKEN$|KEY$", name)]


@pytest.mark.parametrize("name", BUILT_BY_COMPOSE)
def test_a_service_is_told_only_what_rookery_reads(name: str) -> None:
    told = {*COMPOSE.services[name].environment, *IMAGES[target(COMPOSE.services[name])].environment()}
    assert {variable for variable in told if variable.startswith(("ROOKERY_", "REDIS_"))} <= {*known_variables()}


def test_whatever_a_service_names_is_declared_and_there() -> None:
    for service in COMPOSE.services.values():
        assert {*service.secrets} <= {*COMPOSE.secrets}
        assert {config.source for config in service.configs} <= {*COMPOSE.configs}
        assert {*service.networks} <= {*COMPOSE.networks}
        assert {volume.split(":")[0] for volume in service.volumes} - {"./models"} <= {*COMPOSE.volumes}
        assert {*service.depends_on} <= {*COMPOSE.services}
    assert all((DOCKER / config.file).is_file() for config in COMPOSE.configs.values())
    assert (DOCKER / "models").is_dir(), "an engine would make it for root"


@pytest.mark.parametrize("name", BUILT_BY_COMPOSE)
def test_a_service_is_built_from_a_target_that_is_there(name: str) -> None:
    build = COMPOSE.services[name].build
    assert build is not None
    assert (DOCKER / build.context / build.dockerfile).resolve() == DOCKER / "Dockerfile"
    assert (DOCKER / build.context).resolve() == REPO
    assert build.target in IMAGES


@pytest.mark.parametrize("name", BUILT_BY_COMPOSE)
def test_a_service_writes_only_to_volumes_that_its_image_prepared(name: str) -> None:
    service = COMPOSE.services[name]
    (prepared,) = [said for said in IMAGES["base"].own("RUN") if "install --directory" in said]
    for volume in service.volumes:
        _source, path, *options = volume.split(":")
        assert path in prepared.split() or options == ["ro"]


@pytest.mark.parametrize(
    "change",
    [{"priviledged": True}, {"cap_drop": "ALL"}, {"stop_grace_period": "10"}, {"depends_on": {"redis": {}}}],
    ids=str,
)
def test_what_the_specification_does_not_know_is_noticed(change: dict[str, Any]) -> None:
    Service.model_validate(_plain(COMPOSE.services["redis"]))
    with pytest.raises(ValidationError):
        Service.model_validate({**_plain(COMPOSE.services["redis"]), **change})


def test_a_variable_stands_at_its_default() -> None:
    assert COMPOSE.services["host"].command == ["run", "host", "home"]
    assert "${" not in Compose.model_dump_json(COMPOSE)


def _plain(service: Service) -> dict[str, Any]:
    told = service.model_dump()
    check = told["healthcheck"]
    for place, key in ((told, "stop_grace_period"), (check, "interval"), (check, "timeout"), (check, "start_period")):
        place[key] = f"{place[key]:.0f}s"
    return told
