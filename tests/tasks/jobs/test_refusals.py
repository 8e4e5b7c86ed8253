"""Whoever asks while too many are in flight is told so at once, in words for people, and when to try again."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.errors import Refused
from tasks.jobs.refusals import in_about
from tests.tasks.jobs.flock import Flock

PACE_MS = 60_000


def refusal(flock: Flock, **fields: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        flock.submit(**fields)
    return caught.value


@pytest.mark.parametrize(
    ("scope", "fields", "words"),
    [
        ("user", {"max_in_flight": 2}, "still busy with your earlier messages"),
        ("channel", {"channel": "discord:7", "max_in_flight_channel": 2}, "my hands full with this conversation"),
        ("all", {"max_in_flight_all": 2}, "So many people are asking"),
    ],
)
def test_beyond_each_bound_one_is_refused_in_words_of_its_own_and_nothing_is_stored(
    flock: Flock, scope: str, fields: dict[str, Any], words: str
) -> None:
    first, _ = flock.submit(**fields), flock.submit(**fields)
    before = flock.names()
    said = refusal(flock, job="late", **fields)
    assert (said.scope, said.retry_after_s) == (scope, None)
    assert words in said.notice
    assert said.notice.endswith("Please try again in a moment.")
    assert "the most is 2" in said.message
    assert flock.names() == before
    flock.withdraw(first)
    assert flock.accept(flock.request(job="late", **fields)).fresh


def test_what_was_accepted_before_is_never_refused(flock: Flock) -> None:
    request = flock.request(max_in_flight_all=1)
    flock.accept(request)
    assert not flock.accept(request).fresh


def test_channels_are_bounded_each_for_itself_and_only_where_they_are(flock: Flock) -> None:
    seven: dict[str, Any] = {"channel": "discord:7", "max_in_flight_channel": 1, "user": "bob"}
    flock.submit(channel="discord:7"), flock.submit(**seven)
    assert refusal(flock, **{**seven, "user": "eve"}).scope == "channel"
    flock.submit(**{**seven, "channel": "discord:8"}), flock.submit(max_in_flight_channel=1)


def test_a_job_leaves_its_channel_with_its_end_and_not_before(flock: Flock) -> None:
    seven: dict[str, Any] = {"channel": "discord:7", "max_in_flight_channel": 1}
    flock.submit(bot="heron", **seven)
    host = flock.host()
    claim = flock.take(host)
    refusal(flock, **seven)
    assert flock.finish(claim)
    refusal(flock, **seven)  # the answer is not out yet
    flock.withdraw(claim.job)
    assert flock.submit(**seven)
    assert flock.serve(host)
    assert "rookery:channel:discord:7" not in flock.names()


def test_who_is_refused_is_told_when_the_first_of_those_in_flight_will_be_answered(flock: Flock) -> None:
    host = flock.host(slots=1)
    flock.client.hset("rookery:pace", "demo", PACE_MS)
    bound: dict[str, Any] = {"max_in_flight": 2}
    job = flock.submit(**bound)
    flock.submit(**bound)
    waiting = refusal(flock, **bound)
    assert waiting.retry_after_s == pytest.approx(PACE_MS / 1000)
    assert waiting.notice.endswith("Please try again in about 1 min.")
    flock.take(host)
    flock.client.hincrby(flock.store.key("job", job), "claimed_ms", -40_000)
    at_work = refusal(flock, **bound)
    assert at_work.retry_after_s is not None
    assert 0 < at_work.retry_after_s <= 20
    assert "in about 20 s" in at_work.notice


def test_everybody_is_told_too(flock: Flock) -> None:
    flock.host()
    flock.client.hset("rookery:pace", "demo", PACE_MS)
    for user in "abc":
        flock.submit(user=user)
    assert refusal(flock, user="d", max_in_flight_all=3).retry_after_s is not None


@pytest.mark.parametrize(
    ("wait_s", "words"),
    [(0.2, "in a moment"), (4, "in about 5 s"), (55, "in about 55 s"), (56, "in about 1 min"), (3_301, "in about 1 h")],
)
def test_a_while_is_told_as_people_say_it(wait_s: float, words: str) -> None:
    assert in_about(wait_s) == words
