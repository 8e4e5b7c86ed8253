"""What Prometheus and Grafana are given can be read, and asks for what there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
import yaml

from bots.web.metrics.names import METRICS
from tasks.contracts.settings import load
from tests.infra.docker.compose import DOCKER, read
from tests.infra.docker.promql import SERIES, Query, balanced

COLUMNS = 24  # of a dashboard
COMPOSE = read()
DASHBOARD: dict[str, Any] = json.loads((DOCKER / "grafana" / "rookery.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def told(*place: str) -> Any:
    return yaml.safe_load(DOCKER.joinpath(*place).read_text("utf-8"))


PROMETHEUS = told("prometheus", "prometheus.yml")
ALERTS = [rule for group in told("prometheus", "alerts.yml")["groups"] for rule in group["rules"]]


def queries() -> Iterator[Query]:
    """Yield what panels, variables and alerts ask for."""
    yield from (Query(target["expr"]) for panel in PANELS for target in panel["targets"])
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = variable["definition"].removeprefix("label_values(").rstrip(")").split(", ")
            yield Query(f"count by ({label}) ({metric})")
    yield from (Query(rule["expr"]) for rule in ALERTS)


@pytest.mark.parametrize("query", [*queries()], ids=lambda query: " ".join(sorted(query.asked()))[:60])
def test_what_is_asked_for_is_there(query: Query) -> None:
    assert query.asked()
    assert not [*query.faults()]


def test_every_metric_is_shown_somewhere() -> None:
    asked = {SERIES[name].name for query in queries() for name in query.asked() if name in SERIES}
    assert asked == {metric.name for metric in METRICS}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("sum(rookery_nothing)", "there is no rookery_nothing"),
        ("rookery_response_seconds", "there is no rookery_response_seconds"),
        ('rookery_queue_depth{host="a"}', "rookery_queue_depth has no label host"),
        ("sum by (bot) (rookery_queue_depth)", "nothing in sum by (bot) (rookery_queue_depth) has the label bot"),
        ("sum(rookery_queue_depth", "brackets: sum(rookery_queue_depth"),
    ],
)
def test_a_query_that_would_show_nothing_is_noticed(query: str, fault: str) -> None:
    assert fault in [*Query(query).faults()]


def test_brackets_in_quotes_do_not_count() -> None:
    assert balanced('a{b="}"}')
    assert not balanced("(a]")


# ---------------------------------------------------------------- the dashboard


def test_panels_lie_beside_each_other_and_not_upon() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


def test_every_panel_has_an_id_a_title_a_unit_and_asks_the_chosen_source() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len({*ids}) == len(ids)
    for panel in PANELS:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        sources = {panel["datasource"]["uid"], *(target["datasource"]["uid"] for target in panel["targets"])}
        assert sources == {"${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_every_choice_is_heeded_where_it_can_be() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            if "rookery_replies_total{" in target["expr"]:
                assert 'host=~"$host",model=~"$model"' in target["expr"]
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "host", "model"]


# ---------------------------------------------------------------- alerts


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_happened_and_to_whom(rule: dict[str, Any]) -> None:
    summary = rule["annotations"]["summary"]
    assert summary.endswith((".", "several times."))
    for label in ("host", "model"):
        if f"$labels.{label}" in summary:
            assert any(label in SERIES[name].labels for name in Query(rule["expr"]).asked() if name in SERIES)


# ---------------------------------------------------------------- together


def test_prometheus_asks_the_web_bot_where_it_listens() -> None:
    (job,) = PROMETHEUS["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    web = COMPOSE.services["web"]
    assert target == f"{web.hostname}:{load(DOCKER / 'rookery.toml', {}).fleet.web.port}"
    assert web.hostname == "web", "it answers to no other name than its own"
    assert {*COMPOSE.services["prometheus"].networks} & {*web.networks} - {"ledger"}


def test_prometheus_finds_its_key_and_its_alerts_where_they_are_mounted() -> None:
    service = COMPOSE.services["prometheus"]
    (job,) = PROMETHEUS["scrape_configs"]
    assert job["authorization"]["credentials_file"] in {f"/run/secrets/{name}" for name in service.secrets}
    mounted = {config.target: COMPOSE.configs[config.source].file for config in service.configs}
    folder = "/etc/prometheus"
    assert mounted == {
        f"{folder}/prometheus.yml": "./prometheus/prometheus.yml",
        **{f"{folder}/{name}": f"./prometheus/{name}" for name in PROMETHEUS["rule_files"]},
    }
    assert f"--config.file={folder}/prometheus.yml" in service.command


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    service = COMPOSE.services["grafana"]
    mounted = {config.target: COMPOSE.configs[config.source].file for config in service.configs}
    (source,) = told("grafana", "datasources.yaml")["datasources"]
    (provider,) = told("grafana", "dashboards.yaml")["providers"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    assert mounted == {
        "/etc/grafana/provisioning/datasources/rookery.yaml": "./grafana/datasources.yaml",
        "/etc/grafana/provisioning/dashboards/rookery.yaml": "./grafana/dashboards.yaml",
        f"{provider['options']['path']}/rookery.json": "./grafana/rookery.json",
    }
    assert {*service.networks} & {*COMPOSE.services["prometheus"].networks}


def test_grafana_lets_nobody_in_without_a_password_and_calls_nobody() -> None:
    told = COMPOSE.services["grafana"].environment
    assert told["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_password"
    switched_off = (
        *("GF_AUTH_ANONYMOUS_ENABLED", "GF_USERS_ALLOW_SIGN_UP", "GF_ANALYTICS_REPORTING_ENABLED"),
        *("GF_ANALYTICS_CHECK_FOR_UPDATES", "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", "GF_NEWS_NEWS_FEED_ENABLED"),
    )
    assert {name: told[name] for name in switched_off} == dict.fromkeys(switched_off, "false")
