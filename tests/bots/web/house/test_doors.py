"""Who may look behind the flock: whoever has the scope `read`, and only `admin` has anything tried again."""

from __future__ import annotations

import pytest

from tasks.contracts.messages import JobRequest
from tasks.jobs.gateway import Gateway
from tasks.jobs.keys import Scope
from tests.bots.web.house.listening import answer
from tests.bots.web.keyed import EVERYWHERE, cut, holder

LOOKS = ("fleet", "jobs", "explain/j1", "timeline", "history", "settings")


@pytest.fixture
def url(redis_url: str, open_site, gateway: Gateway) -> str:
    """The address of a page that asks everybody for a key, with a job of Discord in its ledger."""
    gateway.submit(JobRequest(job="j1", model="demo", session="discord:rook:7", user="discord:9", text="between us"))
    address: str = open_site(redis_url, bind=EVERYWHERE).url
    return address


def test_without_a_key_nothing_is_told(url: str) -> None:
    with holder(url) as nobody:
        assert {nobody.get(f"/api/{look}").status_code for look in LOOKS} == {401}
        assert answer(nobody).status_code == 401
        assert nobody.post("/api/jobs/j1/retry").status_code == 401


def test_a_key_for_chatting_does_not_look_behind_the_flock(url: str, ledger) -> None:
    with holder(url, cut(ledger, "ben", Scope.CHAT, Scope.EMBED, Scope.INGEST)) as ben:
        assert {ben.get(f"/api/{look}").status_code for look in LOOKS} == {403}
        assert answer(ben).status_code == 403


def test_a_key_for_reading_sees_every_job_and_not_the_words_of_other_platforms(url: str, ledger) -> None:
    with holder(url, cut(ledger, "ben", Scope.READ)) as ben:
        assert [ben.get(f"/api/{look}").status_code for look in LOOKS] == [200, 200, 200, 200, 200, 404]
        assert answer(ben).status_code == 200
        (job,) = ben.get("/api/jobs").json()["jobs"]
        assert (job["job"], job["asked"]) == ("j1", "")
        assert ben.get("/api/jobs?text=between").json()["jobs"] == []
        assert [job["job"] for job in ben.get("/api/jobs?text=rook:7").json()["jobs"]] == ["j1"]
        assert ben.get("/api/explain/j1").json()["question"] == ""
        assert ben.post("/api/jobs/j1/retry").status_code == 403


def test_how_far_a_look_goes_tells_nothing_of_words_that_one_may_not_read(url: str, ledger, gateway: Gateway) -> None:
    for number in range(2, 9):
        said = {"session": "discord:rook:7", "user": "discord:9", "text": "between us"}
        gateway.submit(JobRequest(job=f"j{number}", model="demo", **said))
    with holder(url, cut(ledger, "ben", Scope.READ)) as ben:
        right, wrong = (ben.get(f"/api/jobs?limit=1&text={text}").json() for text in ("between", "elsewhere"))
        assert right == wrong == {"jobs": [], "next": None, "looked_at": 8}


def test_a_key_of_an_admin_reads_the_words_too(url: str, ledger) -> None:
    with holder(url, cut(ledger, "ada", Scope.ADMIN)) as ada:
        assert ada.get("/api/jobs?text=BETWEEN").json()["jobs"][0]["asked"] == "between us"
        assert ada.get("/api/explain/j1").json()["question"] == "between us"
        assert ada.post("/api/jobs/j1/retry").status_code == 409  # it may, and this one waits still
