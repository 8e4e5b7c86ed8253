"""What personas learned, over HTTP: for those who look after the flock."""

from __future__ import annotations

import pytest

from bots.web.house.training import NO_MORE, NO_TRAINING, NO_TRANSCRIPT, NOT_ENABLED, learners, up_to_date
from bots.web.house.training_shapes import LearnerShape, RunShape, TrainingShape
from tasks.contracts.canary import Served
from tasks.contracts.learning import Course
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
    shape = RunShape.model_validate_json(told.text)
    assert {**dict(taught.REFUSED), "called": shape.called} == dict(shape)
    assert shape.called["nll_old"] == "surprise at old conversations"
    assert shape.called.keys() >= {each.metric for each in taught.REFUSED.objections}
    assert told.headers["cache-control"] == "no-store"


def test_a_run_that_nobody_knows_is_said_so(client) -> None:
    missing = client.get("/api/training/runs/nothing")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "UnknownThing")


@pytest.mark.parametrize(
    ("course", "served", "answers"),
    [
        (Course.PROMOTED, Served(serial=1, current=taught.THIRD), True),
        (Course.PROMOTED, Served(serial=2, current=taught.SECOND), False),
        (Course.PROMOTED, Served(serial=2), False),
        (Course.PROMOTED, Served(serial=2, current=taught.SECOND, previous=taught.THIRD), False),
        (Course.PROMOTED, Served(), True),  # nobody told yet what is served
        (Course.CANARY, Served(serial=1, canary=taught.THIRD, share=0.1), True),
        (Course.CANARY, Served(serial=1, current=taught.THIRD), True),
        (Course.CANARY, Served(serial=2, current=taught.SECOND), False),
        (Course.REFUSED, Served(serial=2, current=taught.SECOND), True),
    ],
)
def test_a_run_whose_adapter_was_taken_back_says_so(course: Course, served: Served, *, answers: bool) -> None:
    card = taught.TRIED.card.model_copy(update={"course": course, "version": taught.THIRD, "words": "it answers"})
    told = up_to_date(card, {card.persona: served})
    assert told.words == ("it answers" if answers else f"it answers; {NO_MORE}")
    assert up_to_date(card, {}) == card


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
