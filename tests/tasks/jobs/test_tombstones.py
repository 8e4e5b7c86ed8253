from __future__ import annotations

import pytest

from tasks.contracts.jobs import JobState, Outcome
from tasks.contracts.messages import Turn
from tasks.jobs.values import Ways
from tests.tasks.jobs.flock import Flock

TOMBSTONE_BYTES = 600  # of the record of a finished job
TEXT_SLACK_BYTES = 1_500  # what a request and a trail are beyond the words


def kind_of(name: str) -> str:
    """Return what a key is for: `rookery:<kind>:…`."""
    return name.split(":")[1] if name.startswith("rookery:") else name


def test_a_finished_job_shrinks_to_a_tombstone_whose_words_go_first(flock: Flock):
    flock.ways = Ways(life_s=2_000, text_life_s=100)
    host = flock.host()
    job = flock.submit(labels=(), pin="anvil", recall=False)
    flock.serve(host)
    kept = flock.dump()
    _, record, life_ms = kept[f"rookery:job:{job}"]
    assert 0 < kept[f"rookery:text:{job}"][2] <= 100_000 < life_ms <= 2_000_000
    dropped = {"labels", "pin", "not_on", "not_before_ms", "recall_ms", "window", "lease_ms", "tries", "queued_ms"}
    dropped |= {"v"}
    assert not dropped & record.keys()
    live = {"live", "user", "lane", "fair", "fifo", "waiting", "models", "claims", "recalling", "wishing", "outbox"}
    assert not {name for name in kept if kind_of(name) in live}


def test_a_view_outlives_its_words(flock: Flock):
    flock.submit()
    job = flock.serve(flock.host())
    flock.client.delete(f"rookery:text:{job}")
    view = flock.view(job)
    assert (view.state, view.outcome, view.text) == (JobState.DELIVERED, Outcome.REPLY, "")


def test_a_finished_job_takes_little_memory(flock: Flock):
    host = flock.host()
    words = "word " * 200
    job = flock.submit(words, job="a" * 24, session="discord:123456789012345678", user="discord:123456789012345678")
    claim = flock.take(host)
    flock.delta(claim, 0, words)
    flock.finish(claim, words)
    record = flock.client.memory_usage(f"rookery:job:{job}", samples=0)
    text = flock.client.memory_usage(f"rookery:text:{job}", samples=0)
    print(f"a finished job: {record} bytes of record, {text} bytes of text for {2 * len(words)} characters")  # noqa: T201
    assert record < TOMBSTONE_BYTES
    assert text < 2 * len(words) + TEXT_SLACK_BYTES


def test_many_finished_jobs_leave_two_keys_each_and_no_more(flock: Flock):
    host = flock.host()
    for number in range(40):
        flock.submit(session=f"s{number % 5}", user=f"u{number % 7}")
    for _ in range(40):
        flock.serve(host)
    kinds = [name.split(":")[1] for name in flock.names() if name.startswith("rookery:")]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "job": 40, "text": 40, "session": 5, "warm": 5, "hosts": 1, "host": 1, "serves": 1, "slots": 1, "pace": 1,
        "jobs": 1, "timeline": 1, "measures": 1, "deliveries": 1, "used": 1, "tallies": 1,
        "tally": 2,  # by model and host, and of the model at no host
    }  # fmt: skip


# ---------------------------------------------------------------- the session's window
def test_an_exchange_joins_the_sessions_window_and_old_ones_leave_it(flock: Flock):
    flock.ways = Ways(window_turns=4)
    host = flock.host()
    for number in range(3):
        flock.submit(f"q{number}", session="s", persona="wren")
        flock.finish(flock.take(host), f"a{number}")
    assert flock.window("s") == ["q1", "a1", "q2", "a2"]
    last = Turn.model_validate_json(flock.client.lrange("rookery:session:s", -1, -1)[0])
    assert (last.role, last.author, last.job) == ("assistant", "wren", "job3")
    assert flock.client.ttl("rookery:session:s") > 3_600


@pytest.mark.parametrize("how", [{"remember": False}, {"history": ()}])
def test_an_exchange_that_is_not_to_be_remembered_stays_out_of_the_window(flock: Flock, how: dict):
    host = flock.host()
    flock.submit(session="s", **how)
    flock.serve(host)
    assert flock.window("s") == []


def test_a_notice_is_no_turn(flock: Flock):
    host = flock.host()
    flock.submit(session="s")
    flock.give_back(flock.take(host), "rejected")
    assert flock.window("s") == []


# ---------------------------------------------------------------- streaming
def test_a_delta_that_is_sent_again_is_written_once(flock: Flock):
    host = flock.host()
    flock.submit()
    claim = flock.take(host)
    for offset, text in ((0, "né"), (0, "né"), (3, "e"), (0, "née")):
        assert flock.delta(claim, offset, text)
    assert flock.view(claim.job).text == "née"


def test_a_delta_that_has_grown_since_it_was_lost_adds_only_what_is_new(flock: Flock):
    """The first call's answer got lost, so the writer sends the same text again with what came since."""
    host = flock.host()
    flock.submit()
    claim = flock.take(host)
    assert flock.delta(claim, 0, "one ")
    assert flock.delta(claim, 0, "one two ")
    assert flock.delta(claim, 8, "three")
    assert flock.view(claim.job).text == "one two three"


def test_a_delta_beyond_a_gap_is_not_written(flock: Flock):
    host = flock.host()
    flock.submit()
    claim = flock.take(host)
    assert flock.delta(claim, 0, "one")
    assert flock.delta(claim, 9, "three")
    assert flock.view(claim.job).text == "one"
