"""The flock at a glance."""

from __future__ import annotations

from dataclasses import replace

from bots.web.house.overview import flock, still
from tasks.contracts.fleet import parse
from tasks.jobs.roster import PersonaState
from tasks.jobs.values import Backlog, HostSeen, Status

FLEET = parse({"model": [{"name": "Crow 8B", "gguf": "/m/crow.gguf"}, {"name": "demo", "builtin": "demo"}]}, "test")
HELD = {"models": [{"name": "Crow 8B", "slug": "crow-8b", "state": "ready", "slots": 2}]}
LOADS = {"models": [{"name": "Crow 8B", "slug": "crow-8b", "state": "loading", "slots": 2}]}
SEEN = Status(
    now_ms=100_000,
    heartbeat_ms=0,
    live=3,
    dead=1,
    backlogs=(Backlog("crow-8b", 3, 98_500, 3, people=2, slots=2), Backlog("gone", 1, 90_000, 0)),
    hosts=(HostSeen("anvil", True, 1, HELD, beat_ms=99_000), HostSeen("bellows", True, 1, LOADS, beat_ms=99_000)),
)


def test_queues_say_who_waits_by_the_names_of_the_file() -> None:
    status = flock(SEEN, FLEET, {}).status
    assert status is not None
    crow, gone = status.backlogs
    assert (crow.name, crow.waiting, crow.people, crow.oldest_s) == ("Crow 8B", 3, 2, 1.5)
    assert (gone.name, gone.model) == ("gone", "gone")
    assert (status.waiting, status.live, status.dead, status.beat_ms) == (4, 3, 1, None)


def test_the_catalogue_says_where_each_model_is() -> None:
    crow, demo = flock(SEEN, FLEET, {}).models
    assert (crow.ready_on, crow.loading_on, crow.waiting, crow.demo) == (("anvil",), ("bellows",), 3, False)
    assert (demo.ready_on, demo.loading_on, demo.waiting, demo.demo) == ((), (), 0, True)


def test_without_redis_it_is_still_known_who_there_is() -> None:
    told = flock(None, FLEET, {})
    assert (told.status, told.now_ms) == (None, None)
    assert [persona.name for persona in told.personas] == ["rookery"]
    assert [model.waiting for model in told.models] == [0, 0]


def test_who_takes_no_messages_says_why() -> None:
    away = {"rookery": PersonaState(disabled=True, why="it sleeps")}
    assert [persona.away for persona in flock(SEEN, FLEET, away).personas] == ["it sleeps"]
    assert [persona.away for persona in flock(SEEN, FLEET, {}).personas] == [None]


def test_time_that_goes_by_is_no_change_and_all_else_is() -> None:
    def shown(seen: Status) -> object:
        return still(flock(seen, FLEET, {}).model_dump(mode="json"))

    later = replace(SEEN, now_ms=101_000, hosts=tuple(replace(host, beat_ms=101_000) for host in SEEN.hosts))
    assert shown(later) == shown(SEEN)
    assert shown(replace(SEEN, live=4)) != shown(SEEN)
    assert shown(replace(SEEN, backlogs=SEEN.backlogs[:1])) != shown(SEEN)
    assert shown(replace(SEEN, hosts=SEEN.hosts[:1])) != shown(SEEN)
