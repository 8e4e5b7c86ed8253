"""Who there is to talk to, as whoever may chat is told."""

from __future__ import annotations

from tasks.contracts.fleet import parse
from tasks.jobs import roster


def test_the_page_is_told_who_answers_and_how_the_flock_stands(client, hand) -> None:
    client.post("/api/chat", json={"text": "hello"})
    assert client.get("/api/personas").json() == {
        "personas": [{"name": "rookery", "model": "demo", "demo": True}],
        "flock": {"hosts_up": 1, "waiting": 1},
    }


def test_whoever_takes_no_messages_is_told_with_the_reason(client, hand) -> None:
    hand.store.run(roster.disable("rookery", "she sleeps", "ben"))
    assert client.get("/api/personas").json()["personas"][0]["away"] == "she sleeps"


def test_while_redis_is_away_it_is_still_known_who_answers(client, hand, kill_redis, revive_redis) -> None:
    kill_redis()
    told = client.get("/api/personas").json()
    assert (told["personas"][0]["name"], told["flock"]) == ("rookery", None)


def test_whoever_comes_in_later_is_there(client, site, hand) -> None:
    site.fleet = parse({"persona": [{"name": "ada", "model": "demo"}]}, "test")
    assert [one["name"] for one in client.get("/api/personas").json()["personas"]] == ["ada"]
