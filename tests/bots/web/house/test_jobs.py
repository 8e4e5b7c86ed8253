"""Jobs, found and asked once more, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from bots.web.house import jobs
from bots.web.house.job_shapes import JobsShape, RetriedShape
from bots.web.house.jobs import names_of, with_states
from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import parse
from tasks.contracts.messages import JobRequest
from tasks.jobs import moves
from tasks.jobs.gateway import Gateway
from tasks.jobs.searching import Query


def ask(gateway: Gateway, job: str, **fields: Any) -> str:
    request = {"model": "demo", "session": f"web:rook:{job}", "user": "local", "text": "hello", **fields}
    return gateway.submit(JobRequest(job=job, **request)).job


def fail(hand) -> str:
    """Have every try of the next job fail."""
    while True:
        claim = hand.claim()
        if hand.store.run(moves.give_back(claim.job, claim.fence, "retry", "engine down")) != "queued":
            return str(claim.job)


def find(client, **wanted: Any) -> list[str]:
    told = JobsShape.model_validate_json(client.get("/api/jobs", params=wanted).text)
    return [job.job for job in told.jobs]


def test_jobs_are_found_by_what_they_are(client, hand, gateway) -> None:
    ask(gateway, "j1", text="Where do owls sleep?", persona="wren")
    hand.answer("In trees.")
    ask(gateway, "j2", session="discord:rook:7")
    assert find(client) == ["j2", "j1"]
    for wanted in ({"state": "ended"}, {"state": "delivered,done"}, {"persona": "wren"}, {"text": "OWLS"}):
        assert find(client, **wanted) == ["j1"], wanted
    for wanted in ({"state": "live"}, {"state": "queued"}, {"session": "discord:rook:7"}):
        assert find(client, **wanted) == ["j2"], wanted
    assert find(client, model="demo", user="local") == ["j2", "j1"]
    assert find(client, model="other") == find(client, state="dead") == []


def test_a_row_tells_what_a_list_shows(client, hand, gateway) -> None:
    ask(gateway, "j1", text="Where do\nowls sleep?")
    hand.answer("In trees.")
    (row,) = client.get("/api/jobs").json()["jobs"]
    assert (row["state"], row["outcome"], row["host"], row["asked"]) == (
        "delivered", "reply", "home", "Where do owls sleep?"
    )  # fmt: skip
    assert row["took_s"] >= 0
    assert row["completion_tokens"] == 5


def test_pages_follow_each_other(client, gateway) -> None:
    for number in range(5):
        ask(gateway, f"j{number}")
    found, before = [], ""
    for _ in range(3):
        page = client.get("/api/jobs", params={"limit": 2, "before": before}).json()
        found += [job["job"] for job in page["jobs"]]
        before = page["next"] or ""
    assert (found, before) == (["j4", "j3", "j2", "j1", "j0"], "")


def test_a_page_goes_on_until_it_has_looked_far_enough(client, gateway, ledger, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "LOOKS", 2)
    ask(gateway, "j1", text="needle")
    names = ledger.key("jobs")
    ledger.client.eval("for i = 1, 250 do redis.call('XADD', KEYS[1], '*', 'job', 'gone' .. i) end", 1, names)
    first = client.get("/api/jobs?text=needle").json()
    assert (first["jobs"], first["looked_at"]) == ([], 200)
    assert [job["job"] for job in client.get(f"/api/jobs?text=needle&before={first['next']}").json()["jobs"]] == ["j1"]


IMPOSSIBLE = (
    *("state=asleep", "state=dead,queued", "limit=0", "limit=201", "limit=x"),
    *("before=../etc", "before=1-2-3", "before=" + "9" * 20),
)
ODD = ("%", "\\", '"', "'", "\x00", "🦉", "a" * 200, "[[", "*", "^$().[]*+-?")


def test_a_query_that_cannot_be_is_refused_in_our_words(client) -> None:
    for query in IMPOSSIBLE:
        refused = client.get(f"/api/jobs?{query}")
        assert refused.status_code == 422, query
        assert refused.json()["error"]["message"], query


def test_any_words_can_be_looked_for(client, gateway) -> None:
    for number, text in enumerate(ODD):
        job = ask(gateway, f"j{number}", text=f"so {text} it is".replace("\x00", ""))
        assert text == "\x00" or job in find(client, text=text), text
    for before in ("9" * 19, f"{'9' * 19}-{'9' * 19}"):
        for state in ("", "dead"):
            assert client.get("/api/jobs", params={"text": "\x00", "before": before, "state": state}).status_code == 200


def test_what_failed_is_asked_once_more(client, hand, gateway) -> None:
    ask(gateway, "j1", text="how high?")
    fail(hand)
    assert find(client, state="dead") == ["j1"]
    response = client.post("/api/jobs/j1/retry")
    told = RetriedShape.model_validate_json(response.text)
    assert (response.status_code, told.of, told.fresh) == (202, "j1", True)
    again = RetriedShape.model_validate_json(client.post("/api/jobs/j1/retry").text)
    assert (again.job, again.fresh) == (told.job, False)
    assert find(client, state="dead") == []
    assert hand.answer("so high").request.text == "how high?"
    retried = {job["job"]: job["retried"] for job in client.get("/api/jobs").json()["jobs"]}
    assert retried == {told.job: "", "j1": told.job}


def test_what_cannot_be_asked_once_more_says_why(client, hand, gateway) -> None:
    ask(gateway, "j1")
    hand.answer("yes")
    refused = client.post("/api/jobs/j1/retry")
    assert (refused.status_code, refused.json()["error"]["type"]) == (409, "JobMoved")
    assert "it was answered" in refused.json()["error"]["message"]
    assert client.post("/api/jobs/nobody/retry").status_code == 404


def test_states_have_words_for_many() -> None:
    assert with_states(Query(), "").states == ()
    assert with_states(Query(), "ended").states == ("delivered", "undeliverable", "withdrawn")
    assert "queued" in with_states(Query(), "live").states
    assert with_states(Query(text="x"), "dead") == Query(text="x", dead=True)
    with pytest.raises(BadInput):
        with_states(Query(), "asleep")


def test_a_model_is_found_by_its_name_and_by_its_slug() -> None:
    fleet = parse({"model": [{"name": "Crow 8B", "gguf": "/m/crow.gguf"}]}, "test")
    assert names_of("crow-8b", fleet) == ("crow-8b", "Crow 8B")
    assert names_of("Crow 8B", fleet) == ("Crow 8B",)
    assert names_of("", fleet) == ()
