"""One job as a timeline, over HTTP."""

from __future__ import annotations

from bots.web.house.explain import explained
from bots.web.house.job_shapes import ExplainShape
from tasks.contracts.jobs import JobState, JobView, Mark
from tasks.contracts.messages import JobRequest
from tasks.jobs.retrying import Kept
from tasks.jobs.steps import NOT_KEPT
from tests.bots.web.house.test_jobs import ask, fail


def explain(client, job: str) -> ExplainShape:
    return ExplainShape.model_validate_json(client.get(f"/api/explain/{job}").text)


def test_every_step_is_told_with_how_long_it_took_and_by_whom(client, hand, gateway) -> None:
    ask(gateway, "j1", text="Where do owls sleep?")
    claim = hand.claim()
    hand.say(claim, "In ")
    hand.finish(claim, "In trees.")
    told = explain(client, "j1")
    assert [step.label for step in told.steps] == [
        "received",
        "queued",
        "claimed",
        "first token",
        "answered",
        "delivered",
    ]
    assert [step.who for step in told.steps][2:4] == ["home", "home"]
    assert told.steps[-1].to_ms is None
    assert told.whole_ms == told.steps[-1].from_ms
    for step, following in zip(told.steps, told.steps[1:], strict=False):
        assert step.to_ms == following.from_ms
        assert step.at_ms == told.job.received_ms + step.from_ms
        assert step.took
    assert told.steps[1].words == "waits for a host with demo"
    assert (told.question, told.answer) == ("Where do owls sleep?", "In trees.")
    assert (told.prompt_tokens, told.completion_tokens, told.may_retry) == (12, 5, False)
    assert told.ending.startswith("answered by demo on home")


def test_a_job_that_waits_says_what_it_may_hope_for(client, hand, gateway) -> None:
    ask(gateway, "j1")
    ask(gateway, "j2")
    told = explain(client, "j2")
    assert (told.ahead, told.steps[-1].label) == (1, "queued")
    assert "1 have waited longer" in told.steps[-1].words


def test_what_failed_says_why_and_that_it_may_be_asked_once_more(client, hand, gateway) -> None:
    ask(gateway, "j1")
    fail(hand)
    told = explain(client, "j1")
    assert told.may_retry
    assert (told.job.outcome, told.job.cause, told.job.error) == ("notice", "failed", "engine down")
    assert [step.label for step in told.steps].count("claimed") == 3


def test_steps_that_are_no_longer_kept_are_said_to_be(client, hand, gateway, ledger) -> None:
    ask(gateway, "j1")
    hand.answer("yes")
    ledger.client.delete(ledger.key("text", "j1"))
    told = explain(client, "j1")
    assert (told.steps, told.note, told.question, told.answer) == ((), NOT_KEPT, "", "")
    assert told.job.took_s is not None


def test_a_job_that_nobody_knows_is_said_so(client) -> None:
    missing = client.get("/api/explain/nobody")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "UnknownJob")


def test_words_are_for_whom_they_are_for_and_addresses_for_nobody() -> None:
    marks = (Mark(at_ms=5, state=JobState.QUEUED, who="studio", why="http://10.0.0.7:1 is gone"),)
    view = JobView(
        job="j", state=JobState.QUEUED, fence=1, model="m", session="s", received_ms=5, text="half", marks=marks
    )
    request = JobRequest(job="j", model="m", session="s", user="u", text="a secret")
    told = explained(Kept(view, request), words=False)
    assert (told.question, told.answer, told.job.asked) == ("", "", "")
    assert "10.0.0.7" not in told.model_dump_json()
    vectors = request.model_copy(update={"work": "embed", "text": "", "inputs": ("one",)})
    assert explained(Kept(view, vectors), words=True).answer == ""
    shown = explained(Kept(view, request), words=True)
    assert (shown.question, shown.answer, shown.job.asked) == ("a secret", "half", "a secret")
