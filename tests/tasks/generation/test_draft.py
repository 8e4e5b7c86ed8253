"""Pieces of an answer on their way into the record."""

from __future__ import annotations

import contextlib
import json
import os
import signal

import pytest

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import JobMoved
from tasks.generation.draft import COALESCE_S, FIRST_S, Draft
from tasks.jobs.store import Store
from tasks.jobs.values import Claim
from tasks.services import Hold
from tests.tasks.generation.bench import Bench


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def claim(bench: Bench) -> Claim:
    bench.submit("hello", job="j")
    return bench.take(bench.desk.card)


@pytest.fixture
def draft(bench: Bench, claim: Claim, clock: ManualClock) -> Draft:
    return Draft(bench.store, Hold(claim.job, claim.fence), clock)


def say(draft: Draft, clock: ManualClock, *pieces: str) -> None:
    """Add pieces so slowly that each is passed on."""
    for piece in pieces:
        draft.add(piece)
        clock.sleep(2 * COALESCE_S)
        draft.add("")


def test_pieces_that_come_quickly_go_out_together(bench, draft, clock):
    with bench.client.pubsub(ignore_subscribe_messages=True) as watcher:
        watcher.subscribe(bench.store.key("watch", "j"))
        watcher.get_message(timeout=5)
        say(draft, clock, "a ")
        for word in ("b ", "c "):
            draft.add(word)
            clock.sleep(COALESCE_S / 4)
        assert bench.view("j").text == "a "
        clock.sleep(COALESCE_S)
        draft.add("d")
        heard = [json.loads(watcher.get_message(timeout=5)["data"]) for _ in range(3)]
    assert heard[0]["state"] == "generating"
    assert [(delta["offset"], delta["text"]) for delta in heard[1:]] == [(0, "a "), (2, "b c d")]


def test_the_first_words_go_out_almost_at_once(bench, draft, clock):
    assert FIRST_S < COALESCE_S / 2
    draft.add("Hel")
    draft.add("lo")
    clock.sleep(FIRST_S)
    draft.add("")
    assert bench.view("j").text == "Hello"


def test_an_answer_begins_with_its_first_word(bench, draft, clock):
    say(draft, clock, "\n", "  Hi", " there")
    assert bench.view("j").text == draft.text == "Hi there"


def test_a_silent_engine_still_has_what_has_gathered_passed_on(bench, draft, clock):
    draft.add("half a")
    clock.sleep(COALESCE_S)
    draft.add("")
    assert bench.view("j").text == "half a"


def test_silence_alone_asks_redis_for_nothing(bench, draft, clock):
    bench.store.close()  # a use would open a connection, and be counted
    before = bench.client.info("stats")["total_commands_processed"]
    say(draft, clock, "", "")
    assert bench.client.info("stats")["total_commands_processed"] - before <= 3  # INFO itself, and its greeting


def test_offsets_count_bytes_so_that_emoji_stay_whole(bench, draft, clock):
    say(draft, clock, "🦉 hoot", " — ", "夜")
    assert bench.view("j").text == "🦉 hoot — 夜"
    assert draft.text == "🦉 hoot — 夜"


def test_what_redis_has_twice_is_there_once(bench, claim, draft, clock):
    bench.delta(claim, 0, "🦉 ho")  # as if the answer to an earlier call had been lost
    say(draft, clock, "🦉 hoot")
    assert bench.view("j").text == "🦉 hoot"


def test_a_job_that_was_taken_away_stops_the_writer(bench, draft, clock):
    say(draft, clock, "a")
    bench.withdraw("j")
    with pytest.raises(JobMoved, match="job j was withdrawn"):
        say(draft, clock, "b")


def test_nothing_is_lost_while_redis_is_away(bench, claim, clock, redis_server):
    draft = Draft(Store.open(bench.url), Hold(claim.job, claim.fence), clock)
    say(draft, clock, "one ")
    os.kill(bench.client.info("server")["process_id"], signal.SIGKILL)
    say(draft, clock, "two ", "three ")

    def back() -> bool:
        redis_server.ensure()
        with contextlib.suppress(Exception):
            return bool(bench.client.ping())
        return False

    bench.eventually(back, "Redis")
    say(draft, clock, "four")
    assert bench.view("j").text == draft.text == "one two three four"
