"""What personas learned, over HTTP: for those who look after the flock."""

from __future__ import annotations

import pytest

from bots.web.house.training import NO_TRAINING, NO_TRANSCRIPT, NOT_ENABLED, learners
from bots.web.house.training_shapes import LearnerShape, TrainingShape
from tasks.contracts.canary import Served
from tasks.contracts.learned import RunReport
from tasks.jobs import learned
from tasks.jobs.keys import Scope
from tests.bots.web import taught
from tests.bots.web.keyed import EVERYWHERE, cut, holder


@pytest.fixture
def client(open_site, redis_url):
    """A client of the page of a flock in which somebody learns."""
    with holder(open_site(redis_url, taught.flock()).url) as client:
        yield client


def look(client) -> TrainingShape:
    return TrainingShape.model_validate_json(client.get("/api/training").text)


def test_who_learns_is_told_before_anything_was_learned(client) -> None:
    told = look(client)
    pirate = LearnerShape(
        name="Pirate",
        model="qwen3-8b",
        learns="liked",
        pauses="",
        waits_for_people=False,
        served=Served(),
        adapters=(),
    )
    assert told == TrainingShape(personas=(pirate,), runs=())


def test_what_is_served_and_tried_stands_beside_every_adapter_and_run(client, ledger) -> None:
    taught.tell(ledger)
    told = look(client)
    (pirate,) = told.personas
    assert (pirate.served.current, pirate.served.canary, pirate.served.share) == (taught.SECOND, taught.THIRD, 0.1)
    assert [card.version for card in pirate.adapters] == [taught.THIRD, taught.SECOND, taught.FLAGGED, taught.FIRST]
    assert [card.course.value for card in told.runs] == ["walking", "canary", "refused", "skipped"]


def test_one_run_is_told_whole(client, ledger) -> None:
    taught.tell(ledger)
    told = client.get(f"/api/training/runs/{taught.REFUSED.card.run}")
    assert RunReport.model_validate_json(told.text) == taught.REFUSED
    assert told.headers["cache-control"] == "no-store"


def test_a_run_that_nobody_knows_is_said_so(client) -> None:
    missing = client.get("/api/training/runs/nothing")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "UnknownThing")


def test_what_people_said_is_not_for_who_only_reads(redis_url, open_site, ledger) -> None:
    taught.tell(ledger)
    url, paths = open_site(redis_url, bind=EVERYWHERE).url, ("", f"/runs/{taught.TRIED.card.run}")
    for scopes, status in (((), 401), ((Scope.READ, Scope.CHAT), 403), ((Scope.ADMIN,), 200)):
        with holder(url, cut(ledger, f"ben{status}", *scopes) if scopes else "") as who:
            assert [who.get(f"/api/training{path}").status_code for path in paths] == [status, status]


def test_adapters_of_a_persona_that_is_gone_or_learns_no_more_are_still_told() -> None:
    served = {"Gone": Served(serial=1, current=taught.FIRST), "Never": Served()}
    found = {one.name: one for one in learners(taught.flock("nothing"), served, {"Pirate": ()})}
    assert found.keys() == {"Gone", "Pirate"}
    assert (found["Gone"].model, found["Gone"].learns, found["Gone"].served.current) == ("", "nothing", taught.FIRST)
    assert (found["Pirate"].model, found["Pirate"].pauses) == ("qwen3-8b", "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, ""),
        ({"training": {"enabled": False}}, NO_TRAINING),
        ({"transcript": {"enabled": False}}, NO_TRANSCRIPT),
    ],
)
def test_why_somebody_who_should_learn_does_not_is_said(said, why: str) -> None:
    fleet = taught.flock()
    for section, values in said.items():
        fleet = fleet.model_copy(update={section: getattr(fleet, section).model_copy(update=values)})
    (pirate,) = learners(fleet, {}, {})
    assert pirate.pauses == why


def test_a_persona_that_is_not_enabled_learns_nothing() -> None:
    (pirate,) = learners(taught.flock(enabled=False), {}, {})
    assert pirate.pauses == NOT_ENABLED


def test_words_that_were_forgotten_are_not_told_any_more(client, ledger) -> None:
    taught.tell(ledger)
    ledger.run(learned.drop_words())
    told = client.get(f"/api/training/runs/{taught.TRIED.card.run}").json()
    assert (told["samples"], len(told["metrics"])) == ([], len(taught.METRICS))
