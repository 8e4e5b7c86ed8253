"""Thumbs: what people think of an answer is kept for training, once it is one."""

from __future__ import annotations

import pytest

from tasks.jobs.keys import Scope
from tests.bots.web import keyed

HELLO = {"text": "hello", "session": "s1", "message_id": "m1"}


def ask(client) -> str:
    job: str = client.post("/api/chat", json=HELLO).json()["job"]
    return job


def say(client, job: str, **body):
    return client.post(f"/api/jobs/{job}/feedback", json=body)


def kept(hand, job: str) -> dict[str, bool]:
    """Return which opinions stand, as the archive reads them: the last word of each counts."""
    said = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    assert {fields["job"] for fields in said} == {job}
    return {fields["opinion"]: fields["undone"] == "0" for fields in said}


def test_an_opinion_is_kept_and_another_one_takes_its_place(client, hand) -> None:
    job = ask(client)
    user = hand.answer("hi").request.user
    assert say(client, job, opinion="up").json() == {"job": job, "opinion": "up"}
    assert kept(hand, job) == {"up": True, "down": False}
    say(client, job, opinion="down")
    assert kept(hand, job) == {"up": False, "down": True}
    say(client, job, opinion="none")
    assert kept(hand, job) == {"up": False, "down": False}
    entries = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    assert {fields["user"] for fields in entries} == {user}


def test_what_is_not_answered_cannot_be_judged(client, hand) -> None:
    job = ask(client)
    refused = say(client, job, opinion="up")
    assert (refused.status_code, refused.json()["error"]["next_step"]) == (422, "wait for its answer")


def test_a_job_of_somebody_else_or_of_nobody_is_unknown(client, hand) -> None:
    assert say(client, "nothing", opinion="up").status_code == 404


@pytest.mark.parametrize("body", [{}, {"opinion": "great"}, {"opinion": "up", "stars": 5}, {"opinion": ["up"]}])
def test_an_opinion_is_up_or_down_or_none(client, hand, body) -> None:
    job = ask(client)
    hand.answer("hi")
    assert say(client, job, **body).status_code == 422


def test_what_an_answer_should_have_been_is_kept_until_it_is_taken_back(client, hand) -> None:
    job = ask(client)
    hand.answer("hi")
    assert say(client, job, opinion="corrected", text=" Good day. ").json() == {"job": job, "opinion": "corrected"}
    entries = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    assert [(one["opinion"], one["text"]) for one in entries] == [("corrected", "Good day.")]
    assert kept(hand, job) == {"corrected": True}
    say(client, job, opinion="corrected")
    assert kept(hand, job) == {"corrected": False}


def judges(hand) -> list[str]:
    said = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    return [fields["user"] for fields in said]


def test_who_may_read_what_others_were_answered_does_not_speak_for_them(open_site, redis_url, ledger, hand) -> None:
    url = str(open_site(redis_url, bind=keyed.EVERYWHERE).url)
    keys = [keyed.cut(ledger, name, *scopes) for name, *scopes in (("ada", Scope.CHAT), ("eve", Scope.ADMIN))]
    with keyed.holder(url, keys[0]) as ada, keyed.holder(url, keys[1]) as eve:
        job = ask(ada)
        owner = hand.answer("hi").request.user
        for client in (ada, eve):
            assert say(client, job, opinion="corrected", text="You are doomed.").status_code == 200
        own, other = judges(hand)
        assert (own, other) == (owner, f"key:{eve.get('/api/visitor').json()['key']}")


def test_without_a_key_one_speaks_for_no_key_either(client, ledger, hand) -> None:
    job = ask(client)
    assert hand.answer("hi").request.user.startswith("web:")
    say(client, job, opinion="corrected", text="Good day.")
    with keyed.holder(str(client.base_url), keyed.cut(ledger, "ada", Scope.CHAT)) as ada:
        theirs = ask(ada)
    hand.answer("hi")
    say(client, theirs, opinion="corrected", text="You are doomed.")
    assert judges(hand)[1] == "web:local"


def test_a_thumb_has_no_words(client, hand) -> None:
    job = ask(client)
    hand.answer("hi")
    assert say(client, job, opinion="up", text="great").status_code == 422


def test_an_answer_is_rated_from_1_to_5_beside_its_thumb(client, hand) -> None:
    job = ask(client)
    hand.answer("hi")
    say(client, job, opinion="up")
    assert say(client, job, opinion="rated", text="4").json() == {"job": job, "opinion": "rated"}
    entries = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    assert (entries[-1]["opinion"], entries[-1]["text"]) == ("rated", "4")
    assert kept(hand, job) == {"up": True, "down": False, "rated": True}
    say(client, job, opinion="rated")
    assert kept(hand, job) == {"up": True, "down": False, "rated": False}
    assert {say(client, job, opinion="rated", text=text).status_code for text in ("0", "6", "very")} == {422}
