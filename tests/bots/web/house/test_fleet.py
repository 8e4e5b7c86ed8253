"""The flock at a glance, over HTTP."""

from __future__ import annotations

import json

from bots.web.house.shapes import FleetShape
from tasks.jobs import fleet_moves, roster
from tests.bots.conftest import LEASE_MS


def test_hosts_models_and_queues_are_told_in_the_shape_that_is_promised(client, hand, ledger) -> None:
    about = {
        "engine": "llamacpp",
        "address": "http://10.9.8.7:1",
        "models": [{"name": "demo", "slug": "demo", "state": "ready", "slots": 4, "demo": True}],
        "memory": {"total_gib": 8.0, "used_gib": 0.5, "free_gib": 7.5, "foreign_gib": 0.0},
    }
    ledger.run(fleet_moves.host_beat("home", hand.fence, LEASE_MS, json.dumps(about), ["demo"]))
    response = client.get("/api/fleet")
    told = FleetShape.model_validate_json(response.text)
    assert told.status is not None
    assert told.status.hosts[0].memory is not None
    assert told.status.hosts[0].memory.total_gib == 8.0
    assert (told.models[0].model, told.models[0].ready_on) == ("demo", ("home",))
    assert "10.9.8.7" not in response.text
    assert response.headers["cache-control"] == "no-store"


def test_who_takes_no_messages_is_told(client, ledger) -> None:
    ledger.run(roster.disable("rookery", "it sleeps", "ben"))
    assert client.get("/api/fleet").json()["personas"][0]["away"] == "it sleeps"


def test_while_redis_is_away_it_is_known_who_there_is(client, kill_redis, revive_redis) -> None:
    kill_redis()
    told = client.get("/api/fleet").json()
    assert (told["status"], told["now_ms"]) == (None, None)
    assert [persona["name"] for persona in told["personas"]] == ["rookery"]
