"""docs/howto/monitoring.md, done as it says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.bots.conftest import Site, eventually
from tests.bots.web.metrics import day
from tests.command import REPO, Command, tree
from tests.howto.page import FOLDER, Page
from tests.infra.docker.compose import DOCKER, read
from tests.infra.docker.promql import Query
from tests.tasks.jobs.flock import Flock
from workers.processes import FLOWER_PASSWORD_FILE, FLOWER_USER

PAGE = Page.read("monitoring")
QUERIES = PAGE.block("Metrics", "promql").splitlines()
FIELD = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


@pytest.fixture
def client(redis_url: str, free_port: Callable[[], int]) -> Iterator[httpx.Client]:
    """A client of a web bot of its own."""
    site = Site(redis_url, day.catalogue(), free_port())
    site.open()
    with httpx.Client(base_url=site.url, trust_env=False) as client:
        yield client
    site.close()


@pytest.fixture
def flock(redis_url: str) -> Flock:
    return Flock(redis_url)


def asked(client: httpx.Client, heading: str) -> httpx.Response:
    """Do what a section says with curl, at the address of the test."""
    (command,) = re.findall(r"^curl -s (\S+)$", PAGE.section(heading), re.MULTILINE)
    response = client.get(urlsplit(command).path)
    assert response.status_code == 200
    return response


def test_every_metric_comes_as_the_page_says(client: httpx.Client, flock: Flock) -> None:
    day.played(flock)
    told = {family.name for family in text_string_to_metric_families(asked(client, "Metrics").text)}
    assert {"rookery_queue_depth", "rookery_ledger_up", "rookery_wait_seconds"} <= told


def test_a_key_that_may_read_lets_prometheus_in_and_no_other_does(
    client: httpx.Client, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    command = Command(tmp_path)
    command.settings("")
    (line,) = re.findall(r"^rookery (key new .*)$", PAGE.section("Metrics"), re.MULTILINE)
    made = command.invoke(*shlex.split(line))
    (key,) = re.findall(r"rk_\w+", made.out)
    job = yaml.safe_load(PAGE.block("Metrics", "yaml"))["scrape_configs"][0]
    assert job["authorization"] == {"credentials_file": "/etc/prometheus/rookery.key"}
    path = job.get("metrics_path", "/metrics")

    def status(shown: str) -> int:
        return client.get(path, headers={"Authorization": f"Bearer {shown}"}).status_code

    assert (status(key), status(key[:-1] + "!")) == (200, 401)
    chat_alone = re.findall(r"rk_\w+", command.invoke("key", "new", "chatter", "--scope", "chat").out)[0]
    assert status(chat_alone) == 403


@pytest.mark.parametrize("query", QUERIES)
def test_what_the_page_has_prometheus_asked_is_there(query: str) -> None:
    assert not [*Query(query).faults()]


def test_every_query_is_explained() -> None:
    explained = re.search(r"^They are: (.*?)\.$", PAGE.section("Metrics"), re.MULTILINE | re.DOTALL)
    assert explained
    assert len(explained[1].split(";")) == len(QUERIES)


def test_every_number_for_a_script_is_explained(client: httpx.Client) -> None:
    told = asked(client, "Numbers for a script").json()
    explained = set(FIELD.findall(PAGE.section("Numbers for a script")))
    assert explained <= told.keys()
    assert told.keys() - explained == {"jobs", "hits", "replies", "tokens", "models", "hosts"}, (
        "these explain themselves"
    )


def test_the_containers_are_there_as_the_page_says() -> None:
    section, services = PAGE.section("Grafana"), read().services
    for name in ("grafana", "prometheus"):
        (mapping,) = services[name].ports
        assert f"<http://{mapping.rpartition(':')[0]}>" in section
        assert services[name].profiles == ["monitor"]
        (secret,) = services[name].secrets
        assert f"infra/docker/secrets/{secret}" in section
    (word,) = re.findall(r"--profile (\w+)", section)
    assert word == "monitor"
    for file in re.findall(r"\]\(\.\./\.\./([\w/.]+)\)", section):
        assert (REPO / file).is_file()
    assert DOCKER == REPO / "infra" / "docker"


def test_both_checks_answer(client: httpx.Client, flock: Flock) -> None:
    flock.host("anvil", day.WREN)
    for path in re.findall(r"`GET (/\w+)`", PAGE.section("Is it well")):
        eventually(lambda path=path: client.get(path).status_code == 200, path)


def test_flower_is_entered_as_the_page_says() -> None:
    section = PAGE.section("Flower")
    assert f"user `{FLOWER_USER}`" in section
    assert f"`data/{FLOWER_PASSWORD_FILE}`" in section
    assert ("run", "flower") in tree()


def test_the_page_is_named_where_metrics_are_listed() -> None:
    assert "howto/monitoring.md" in (FOLDER.parent / "reference.md").read_text("utf-8")
