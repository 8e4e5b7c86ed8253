"""How hosts and their models are, read from what they say of themselves."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tasks.jobs import fleet_moves
from tasks.jobs.health import health_of, public, well_hosts
from tasks.jobs.values import HostSeen, Status, Word
from tests.emulators.openai_server import OpenAIServer, as_json
from tests.tasks.jobs.flock import LONG_MS, Flock

PRESENCE_MS = 200
PATIENCE_S = 20.0


def host(name: str, *standings: str, live: bool = True, word: Word = Word.RUN, trouble: str = "") -> HostSeen:
    models = [
        {
            "name": f"m{at}",
            "slug": f"m{at}",
            "state": "ready",
            "health": {"standing": standing, "first_token_s": at / 4},
        }
        for at, standing in enumerate(standings)
    ]
    return HostSeen(name, live, 1, {"models": models, "memory": {"trouble": trouble}}, word)


def status(*hosts: HostSeen) -> Status:
    return Status(now_ms=1, heartbeat_ms=0, live=0, dead=0, backlogs=(), hosts=hosts)


def test_of_three_hosts_of_which_one_is_gone_two_are_well():
    assert well_hosts(status(host("a", "trusted"), host("b", live=False), host("c", "trusted"))) == ["a", "c"]


@pytest.mark.parametrize(
    ("seen", "well"),
    [
        (host("h"), True),  # holds nothing, and may
        (host("h", "probation"), True),
        (host("h", "open"), False),
        (host("h", "open", "trusted"), True),
        (host("h", "trusted", word=Word.PAUSE), False),
        (host("h", "trusted", word=Word.DRAIN), False),
        (host("h", "trusted", trouble="nobody there"), False),
        (host("h", "trusted", live=False), False),
    ],
)
def test_a_host_is_well_if_it_takes_work(seen: HostSeen, *, well: bool):
    assert health_of(status(seen))["h"].well is well


def test_a_host_is_as_slow_as_its_slowest_model_and_says_nothing_before_an_answer():
    health = health_of(status(host("h", "trusted", "trusted", "trusted"), host("new", "trusted")))
    assert health["h"].latency_s == 0.5
    assert health["new"].latency_s is None
    assert [model.first_token_s for model in health["h"].models] == [None, 0.25, 0.5]


def test_a_host_that_says_nothing_of_its_health_is_believed():
    seen = HostSeen("old", True, 1, {"models": [{"name": "crow", "state": "ready"}]})
    (model,) = health_of(status(seen))["old"].models
    assert (model.slug, model.standing, model.well) == ("crow", "trusted", True)


@pytest.mark.parametrize("about", [{}, {"models": [], "memory": None}])
def test_a_host_without_models_has_none(about: dict[str, Any]):
    assert health_of(status(HostSeen("h", True, 1, about)))["h"].models == ()


def test_programs_are_told_the_same():
    told = public(health_of(status(host("h", "open"))))
    assert json.loads(json.dumps(told)) == told
    assert (told["h"]["well"], told["h"]["models"]["m0"]["standing"]) == (False, "open")


def test_a_host_that_died_is_seen_to_be_gone_when_its_presence_lapses_and_its_work_is_done_elsewhere(redis_url: str):
    flock = Flock(redis_url)
    dead, other = flock.host("dead", ttl_ms=PRESENCE_MS), flock.host("other")
    job = flock.submit()
    flock.take(dead, lease_ms=PRESENCE_MS)
    assert well_hosts(flock.store.run(fleet_moves.status())) == ["dead", "other"]
    give_up_s = time.monotonic() + PATIENCE_S
    while well_hosts(flock.store.run(fleet_moves.status())) != ["other"]:
        assert time.monotonic() < give_up_s
        time.sleep(0.01)
    flock.lapse(job)
    assert flock.take(other).job == job


def test_how_hosts_are_is_known_without_a_word_to_their_engines(redis_url: str):
    with OpenAIServer(as_json({})) as server:
        flock = Flock(redis_url)
        host = flock.host("studio")
        about = json.dumps({"engine": server.url, "models": [{"name": "m", "slug": "m", "state": "ready"}]})
        flock.store.run(fleet_moves.host_beat("studio", host.fence, LONG_MS, about, ["m"]))
        assert well_hosts(flock.store.run(fleet_moves.status())) == ["studio"]
        assert not server.requests
