"""What happens in the flock, told to all who listen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bots.web.house import hub
from tasks.contracts.messages import JobRequest
from tasks.jobs import fleet_moves
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store
from tests.bots.web.house.listening import answer, listening, until

LONG_MS = 600_000


def ask(gateway: Gateway, job: str) -> None:
    gateway.submit(JobRequest(job=job, model="demo", session=f"web:rook:{job}", user="local", text="hello"))


def moves_of(told: Any, job: str, last: str) -> list[str]:
    """Return the states that a job is told to have gone into, until `last`."""
    states: list[str] = []
    while last not in states:
        states += [move["state"] for move in until(told, "job").data["moves"] if move["job"] == job]
    return states


def test_first_of_all_the_flock_is_told_as_it_stands(client, hand) -> None:
    with listening(client) as told:
        assert next(told).data == {"resumed": False}
        fleet = next(told)
    assert fleet.event == "fleet"
    assert fleet.data.keys() == client.get("/api/fleet").json().keys()
    assert [host["name"] for host in fleet.data["status"]["hosts"]] == ["home"]


def test_nobody_looks_any_more_once_the_page_is_served_no_more(client, site) -> None:
    with listening(client) as told:
        until(told, "fleet")
    site.close()
    assert site.left
    assert "hub" not in site.left


def test_moves_of_jobs_are_told_by_their_ids_alone(client, hand, gateway) -> None:
    with listening(client) as told:
        until(told, "fleet")
        ask(gateway, "j1")
        hand.answer("an answer that nobody hears here")
        assert moves_of(told, "j1", "delivered") == ["received", "queued", "claimed", "done", "delivered"]


def test_what_hosts_do_is_told_and_the_flock_with_it(client, hand, ledger: Store) -> None:
    with listening(client) as told:
        until(told, "fleet")
        fence, _ = ledger.run(fleet_moves.host_join("attic", "m", LONG_MS))
        load = until(told, "load")
        assert [(entry["host"], entry["kind"]) for entry in load.data["entries"]] == [("attic", "joined")]
        assert load.data["entries"] == client.get("/api/timeline?limit=1").json()["entries"]
        fleet = until(told, "fleet")
    assert [host["name"] for host in fleet.data["status"]["hosts"]] == ["home", "attic"]
    assert fence


def test_a_host_that_has_many_models_at_once_is_told_of_with_all_of_them(client, hand, ledger: Store) -> None:
    fence, _ = ledger.run(fleet_moves.host_join("attic", "m", LONG_MS))
    models = [f"model-{number}" for number in range(12)]  # so many in one move have the same time
    with listening(client) as told:
        until(told, "fleet")
        ledger.run(fleet_moves.host_beat("attic", fence, LONG_MS, "{}", dict.fromkeys(models, 1)))
        heard: list[str] = []
        while len(heard) < len(models):  # a look may come in between
            heard += [entry["model"] for entry in until(told, "load").data["entries"]]
    assert sorted(heard) == sorted(models)


def test_what_only_a_newer_version_understands_is_left_out(client, hand, gateway, ledger: Store) -> None:
    with listening(client) as told:
        until(told, "fleet")
        for channel, said in (
            ("events", '{"job": "j1", "state": "a newer one", "model": "demo", "who": ""}'),
            ("happened", '["1-0", ["kind", "a newer one", "host", "attic", "model", ""]]'),
            ("happened", "no happening"),
        ):
            ledger.client.publish(ledger.key(channel), said)
        ask(gateway, "j1")
        assert moves_of(told, "j1", "queued") == ["received", "queued"]


def test_who_comes_back_hears_what_was_missed_and_nothing_twice(client, hand, gateway) -> None:
    with listening(client) as other, listening(client) as told:  # somebody else goes on listening
        until(other, "fleet")
        last = until(told, "fleet").id
        ask(gateway, "j1")
        assert moves_of(told, "j1", "queued") == ["received", "queued"]
        assert moves_of(other, "j1", "queued")
        with listening(client, last) as again:
            assert next(again).data == {"resumed": True}
            assert moves_of(again, "j1", "queued") == ["received", "queued"]


def test_who_was_away_for_too_long_starts_anew(client, hand) -> None:
    with listening(client, "another-server.7") as told:
        assert next(told).data == {"resumed": False}
        assert next(told).event == "fleet"


def test_more_than_are_served_at_once_are_refused_politely(client, hand, monkeypatch) -> None:
    monkeypatch.setattr(hub, "MOST_LISTENERS", 2)
    with contextlib.ExitStack() as stack:
        ears = [stack.enter_context(listening(client)) for _ in range(2)]
        for told in ears:
            until(told, "fleet")
        refused = answer(client)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["error"]["next_step"]


def test_a_listener_that_leaves_makes_room(client, hand, monkeypatch, eventually) -> None:
    monkeypatch.setattr(hub, "MOST_LISTENERS", 1)
    with listening(client) as told:
        until(told, "fleet")
    eventually(lambda: answer(client).status_code == 200, "the place of the one who left")


def test_a_redis_that_goes_away_is_told_and_when_it_is_back_everybody_starts_anew(
    client, hand, gateway, kill_redis: Callable[[], None], revive_redis: Callable[[], None]
) -> None:
    with listening(client) as told:
        until(told, "fleet")
        kill_redis()
        assert until(told, "fleet").data["status"] is None
        revive_redis()
        assert until(told, "start").data == {"resumed": False}
        ask(gateway, "j1")
        assert moves_of(told, "j1", "received")


def test_streams_end_with_the_server(open_site, redis_url, hand) -> None:
    site = open_site(redis_url)
    with httpx.Client(base_url=site.url, timeout=20, trust_env=False) as client, listening(client) as told:
        until(told, "fleet")
        site.close()
        with pytest.raises((StopIteration, httpx.RemoteProtocolError)):
            until(told, "nothing")


def test_one_look_serves_everybody_and_nobody_costs_nothing(
    client, hand, ledger: Store, monkeypatch, eventually
) -> None:
    monkeypatch.setattr(hub, "LINGER_S", 0.0)

    def calls() -> int:
        """Return how many calls Redis has had that are none of this test's."""
        stats = ledger.client.info("commandstats")
        return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("evalsha", "eval", "subscribe"))

    with contextlib.ExitStack() as stack:
        ears = [stack.enter_context(listening(client)) for _ in range(12)]
        for told in ears:
            until(told, "fleet")
        before = calls()
        ledger.run(fleet_moves.host_join("attic", "m", LONG_MS))
        for told in ears:
            until(told, "load")
            until(told, "fleet")
        assert calls() - before < len(ears)  # the join and some looks, and not one for each who listens
    listening_to = ledger.client.pubsub_numsub
    eventually(lambda: dict(listening_to(ledger.key("happened")))[ledger.key("happened")] == 0, "the last one's leave")
    before = calls()
    client.get("/healthz")  # the page itself is served meanwhile
    assert calls() - before <= 2
