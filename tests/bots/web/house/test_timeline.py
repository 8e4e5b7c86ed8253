"""What hosts did, and how the flock was, over HTTP."""

from __future__ import annotations

import pytest

from bots.web.house.shapes import HistoryShape, TimelineEntry, TimelineShape
from bots.web.house.timeline import entry
from tasks.contracts.clock import ManualClock
from tasks.jobs import fleet_moves
from tasks.jobs.happenings import Happening, Kind
from tasks.jobs.sampling import Sampler
from tests.bots.conftest import LEASE_MS


def test_what_hosts_did_is_told_the_latest_first_by_the_page(client, hand, ledger) -> None:
    for name in ("attic", "barn"):
        ledger.run(fleet_moves.host_join(name, "m", LEASE_MS))
    first = TimelineShape.model_validate_json(client.get("/api/timeline?limit=2").text)
    assert [(each.host, each.kind, each.words) for each in first.entries] == [
        ("barn", "joined", "came up"),
        ("attic", "joined", "came up"),
    ]
    rest = TimelineShape.model_validate_json(client.get(f"/api/timeline?before={first.next}").text)
    assert [(each.host, each.kind) for each in rest.entries] == [("home", "ready"), ("home", "joined")]
    assert rest.next is None


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_a_place_in_the_shape(kind: Kind) -> None:
    assert isinstance(entry(Happening("7-0", kind, "anvil", "crow"), {}), TimelineEntry)


def test_models_are_called_what_the_fleet_file_calls_them() -> None:
    let_go = Happening("7-0", Kind.EVICTED, "anvil", "granite-3-3-8b", for_model="gone-model")
    told = entry(let_go, {"granite-3-3-8b": "granite-3.3-8b"})
    assert told.words == "let granite-3.3-8b go to make room for gone-model"
    assert told.model == "granite-3-3-8b"


def test_a_page_that_cannot_be_is_refused(client) -> None:
    for query in ("limit=0", "limit=501", "before=x", "before=-", "before=1-2 COUNT"):
        assert client.get(f"/api/timeline?{query}").status_code == 422, query


def test_the_last_hour_is_told_in_columns(client, hand, ledger) -> None:
    Sampler(ledger, ManualClock()).look()
    told = HistoryShape.model_validate_json(client.get("/api/history").text)
    assert len(told.at_ms) == len(told.waiting) == len(told.answer_p95_s) == 1
    assert told.every_s == 10.0
    assert client.get("/api/history?minutes=61").status_code == 422
