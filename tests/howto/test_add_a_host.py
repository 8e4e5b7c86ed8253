"""docs/howto/add-a-host.md, done as it says: each server is an emulator, in front of a real llama.cpp."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.settings import load
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Emulator, Stock
from tests.emulators.engines.llama_router import EmulatedRouter
from tests.emulators.engines.llama_router import Switches as RouterSwitches
from tests.emulators.engines.lmstudio import LMStudio
from tests.emulators.engines.lmstudio import Quirks as LMStudioQuirks
from tests.emulators.engines.ollama import Ollama
from tests.emulators.engines.vllm import EmulatedVllm
from tests.served import Served, child
from tests.workers.household import Household
from workers.doctor.engines import look_at_host
from workers.doctor.findings import Level

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "add-a-host.md"
ADDRESS = re.compile(r"http://[\d.]+:\d+")
Make = Callable[[Children, tuple[Stock, ...]], AbstractContextManager[Emulator | Served]]

#: What stands for the server of each section, with the switches of its settings as the section wants them.
SERVERS: dict[str, Make] = {
    "LM Studio on a Mac": lambda children, stocked: LMStudio(
        children, *stocked, quirks=LMStudioQuirks(loads_on_demand=False)
    ),
    "Ollama": lambda children, stocked: Ollama(children, *map(tagged, stocked), parallel=2, most_loaded=8),
    "vLLM": lambda children, stocked: EmulatedVllm(children, *stocked),
    "llama.cpp with several models": lambda children, stocked: EmulatedRouter(
        children, *stocked, switches=RouterSwitches(autoload=False)
    ),
    # No emulator: a llama-server is what the real models are behind all of these.
    "llama.cpp with one model": lambda children, stocked: child(children.gguf(1), model=stocked[0].name, slots=4),
}


def section(heading: str) -> str:
    return next(part for part in PAGE.read_text("utf-8").split("\n## ") if part.startswith(heading + "\n"))


def block(heading: str, kind: str) -> str:
    found = re.search(rf"^```{kind}\n(.*?)^```", section(heading), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def commands(heading: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in block(heading, "sh").splitlines() if line]


def stock(entry: dict[str, Any], seed: int) -> Stock:
    """Return a model as the server of the section has it."""
    (its,) = entry["aliases"].values()
    return Stock(its, seed, entry["memory_gib"])


def tagged(stocked: Stock) -> Stock:
    """Return a model under its whole name, as Ollama lists it."""
    return stocked if ":" in stocked.name else replace(stocked, name=f"{stocked.name}:latest")


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    with Children(tmp_path_factory.mktemp("models")) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, redis_url: str) -> Iterator[Callable[[str], Household]]:
    """Start the host of a fleet file; it ends with the test."""
    made: list[Household] = []

    def start(fleet: str) -> Household:
        (host,) = tomllib.loads(fleet)["host"]
        made.append(Household(tmp_path, redis_url, fleet))
        made[0].start(host["name"])
        return made[0]

    yield start
    for each in made:
        each.close()


def served(heading: str, children: Children) -> AbstractContextManager[Emulator | Served]:
    """Return the server of a section, with the models that the section names."""
    models = tomllib.loads(block(heading, "toml"))["model"]
    return SERVERS[heading](children, tuple(stock(entry, seed) for seed, entry in enumerate(models, 1)))


@pytest.mark.parametrize("heading", SERVERS)
def test_what_the_section_has_written_fits_its_server(heading: str, children: Children, tmp_path: Path) -> None:
    file = tmp_path / "rookery.toml"
    with served(heading, children) as server:
        file.write_text(ADDRESS.sub(server.url, block(heading, "toml")), "utf-8")
        settings = load(file, {})
        found = look_at_host(settings, settings.fleet.hosts[0], {})
    assert {finding.level for finding in found} == {Level.OK}


@pytest.mark.slow
@pytest.mark.parametrize("heading", SERVERS)
def test_what_the_section_says_is_what_happens(
    heading: str, children: Children, house: Callable[[str], Household]
) -> None:
    told = tomllib.loads(block(heading, "toml"))
    with served(heading, children) as server:
        home = house(ADDRESS.sub(server.url, block(heading, "toml")))
        for words in commands(heading):
            ended = home.command.run(*words)
            assert ended.code == 0, f"{words}: {ended.out}{ended.errors}"
            if words[0] == "doctor":
                assert re.search(rf"host '{told['host'][0]['name']}': .* answers in", ended.out)
        assert all(model["name"] in ended.out for model in told["model"])
        assert told["host"][0]["name"] in ended.out


def test_every_section_about_a_server_is_tried() -> None:
    headings = re.findall(r"^## (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert headings == list(SERVERS)
