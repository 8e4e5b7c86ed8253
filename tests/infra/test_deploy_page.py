"""What docs/deploy.md shows can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tasks.contracts.environment import known_variables
from tasks.contracts.settings import load
from tests.command import REPO
from tests.infra.docker.compose import DOCKER

PAGE = (REPO / "docs" / "deploy.md").read_text(encoding="utf-8")
ABOUT_CONTAINERS = (DOCKER / "README.md").read_text(encoding="utf-8")
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
VARIABLE = re.compile(r"\b(?:ROOKERY_\w+|REDIS_URL\w*)")


@pytest.mark.parametrize("text", TOML, ids=range(len(TOML)))
def test_settings_that_the_page_shows_are_accepted(text: str, tmp_path: Path) -> None:
    file = tmp_path / "rookery.toml"
    file.write_text(text, encoding="utf-8")
    assert load(file, {}).fleet.models


@pytest.mark.parametrize(("which", "model"), [(0, "qwen3-8b"), (1, "llama-3.1")])
def test_the_examples_in_the_settings_of_the_containers_are_accepted(which: int, model: str, tmp_path: Path) -> None:
    example = re.split("^# Or .*", (DOCKER / "rookery.toml").read_text(encoding="utf-8"), flags=re.MULTILINE)[which]
    file = tmp_path / "rookery.toml"
    file.write_text(re.sub("^#(?=\\S)", "", example, flags=re.MULTILINE), encoding="utf-8")
    assert [told.name for told in load(file, {}).fleet.models] == [model]


def test_every_variable_that_the_pages_name_is_read() -> None:
    of_compose = {*re.findall(r"\$\{(\w+):-", (DOCKER / "compose.yaml").read_text(encoding="utf-8"))}
    assert {*VARIABLE.findall(PAGE + ABOUT_CONTAINERS)} <= {*known_variables(), *of_compose}
    for name in of_compose:
        assert f"`{name}`" in ABOUT_CONTAINERS


def test_every_file_of_the_containers_is_told() -> None:
    told = {*re.findall(r"^\| `([^`]+)` \|", ABOUT_CONTAINERS, re.MULTILINE)}
    there = {
        path.name + "/" * path.is_dir() for path in DOCKER.iterdir() if path.name[0] != "." and path.suffix != ".md"
    }
    assert told == there - {"secrets/", "__pycache__/"}


def test_every_service_manager_has_its_files_and_its_chapter() -> None:
    for place in ("systemd", "launchd", "docker"):
        assert list((REPO / "infra" / place).iterdir())
        assert f"../infra/{place}" in PAGE
