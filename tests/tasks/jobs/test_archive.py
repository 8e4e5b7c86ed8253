"""What ends goes to the archive in the same move, and a session that Redis forgot is read again."""

from __future__ import annotations

import json

import pytest

from tasks.contracts.jobs import Cause, JobState
from tasks.contracts.messages import Then, Turn
from tasks.jobs import archive, moves
from tasks.jobs.archive import LATE_S, ArchiveStream, Owed, Refill
from tasks.jobs.values import Ways
from tests.tasks.jobs.flock import Flock

ARCHIVED = Ways(archive=True)


@pytest.fixture
def kept(flock: Flock) -> Flock:
    """A ledger that archives."""
    flock.ways = ARCHIVED
    return flock


def entries(flock: Flock) -> list[dict[str, str]]:
    return [fields for _, fields in flock.client.xrange("rookery:archive")]


def archived(flock: Flock) -> list[tuple[str, str]]:
    """Return (job, state) of what is in the stream."""
    told = [json.loads(fields["told"]) for fields in entries(flock) if fields["kind"] == "job"]
    return [(each["job"], each["state"]) for each in told]


# ---------------------------------------------------------------- what goes there
def test_an_answer_goes_there_with_what_was_asked_and_said_in_the_move_that_ends_it(kept: Flock):
    job = kept.submit("what is a rook?", persona="rook")
    claim = kept.take(kept.host())
    assert archived(kept) == []
    kept.finish(claim, "a bird")
    assert archived(kept) == [(job, "delivered")]
    [entry] = entries(kept)
    assert json.loads(entry["request"])["text"] == "what is a rook?"
    texts = dict(zip(*[iter(json.loads(entry["told"])["texts"])] * 2, strict=True))
    assert texts["reply"] == "a bird"
    assert [line.split("|")[1] for line in texts["marks"].splitlines()][-1] == "delivered"


def test_where_no_transcript_is_wanted_nothing_goes_there(flock: Flock):
    flock.submit(session="s")
    flock.serve(flock.host())
    flock.withdraw(flock.submit(session="s"))
    assert not flock.client.exists("rookery:archive", "rookery:sessions")


def test_every_end_goes_there_once(kept: Flock):
    host = kept.host()
    withdrawn = kept.submit()
    kept.withdraw(withdrawn)
    failed = kept.submit()
    kept.give_back(kept.take(host), Cause.REJECTED.value)
    expired = kept.submit()
    kept.past(expired, "deadline_ms")
    kept.sweep()
    kept.withdraw(withdrawn)
    assert archived(kept) == [(withdrawn, "withdrawn"), (failed, "delivered"), (expired, "delivered")]


def test_what_a_bot_delivers_goes_there_when_it_has_arrived_with_the_ids_of_its_messages(kept: Flock):
    host = kept.host()
    job = kept.submit(bot="heron", reply_to={"chat": "7"})
    kept.serve(host)
    assert archived(kept) == []
    [(entry, _)] = kept.client.xrange("rookery:outbox:heron")
    delivery = kept.store.run(moves.begin_delivery(job, "heron", 0, entry, lease_ms=1000, grace_ms=1000))
    kept.store.run(moves.sent(job, delivery.fence, "0", "m1", 1000))
    kept.store.run(moves.deliver(job, delivery.fence, JobState.DELIVERED, entry=entry))
    assert archived(kept) == [(job, "delivered")]
    record = json.loads(entries(kept)[0]["told"])["record"]
    assert json.loads(record[record.index("sent") + 1]) == {"0": "m1"}


def test_what_a_task_asks_of_a_model_is_no_conversation(kept: Flock):
    job = kept.submit(then=Then(task="memory.store", queue="memory"))
    kept.serve(kept.host())
    kept.store.run(moves.deliver(job, None, JobState.DELIVERED))
    assert kept.state(job) == "delivered"
    assert archived(kept) == []


def test_the_words_of_an_edited_message_go_there(kept: Flock):
    request = kept.request("teh rook")
    kept.accept(request)
    kept.store.run(moves.edit(request.model_copy(update={"text": "the rook"})))
    kept.serve(kept.host())
    assert entries(kept)[0]["edited"] == "the rook"


def test_a_tombstone_says_nothing_of_the_archive(kept: Flock):
    job = kept.submit()
    kept.serve(kept.host())
    assert kept.field(job, "archive") is None


# ---------------------------------------------------------------- what is owed
def test_what_is_owed_is_counted_with_how_long_the_oldest_has_waited(kept: Flock):
    assert kept.store.run(archive.owed()) == Owed(0, 0.0)
    kept.client.xadd("rookery:archive", {"kind": "job"}, id="1-1")
    kept.client.xadd("rookery:archive", {"kind": "job"})
    owed = kept.store.run(archive.owed())
    assert owed.entries == 2
    assert owed.oldest_s > LATE_S
    assert owed.late


def test_nothing_is_late_where_nothing_is_owed_or_it_came_just_now():
    assert not Owed(0, 9999.0).late
    assert not Owed(5, 1.0).late


def test_what_is_owed_until_a_moment_is_told_the_latest_first_and_stays_owed(kept: Flock):
    host, stream = kept.host(), ArchiveStream(kept.store)
    for _ in range(5):
        kept.submit()
        kept.serve(host)
    ids = [entry for entry, _ in kept.client.xrange("rookery:archive")]
    late_ms = int(ids[-1].partition("-")[0])
    assert [entry.entry for entry in stream.back_from(late_ms, at_once=2)] == ids[::-1]
    assert list(stream.back_from(int(ids[0].partition("-")[0]) - 1)) == []
    assert len(archived(kept)) == 5


def test_an_entry_stays_owed_until_it_is_written_down(kept: Flock):
    stream = ArchiveStream(kept.store)
    stream.open()
    kept.submit()
    kept.serve(kept.host())
    [fresh] = stream.fresh(10)
    assert stream.fresh(10) == []
    assert stream.unfinished(10) == [fresh]
    assert kept.store.run(archive.owed()).entries == 1
    stream.archived([fresh])
    assert stream.unfinished(10) == []
    assert kept.store.run(archive.owed()).entries == 0


def test_one_who_died_while_taking_away_leaves_nothing_behind(kept: Flock):
    stream = ArchiveStream(kept.store)
    stream.open()
    kept.submit()
    kept.serve(kept.host())
    [fresh] = stream.fresh(10)
    kept.client.xdel("rookery:archive", fresh.entry)
    [left] = stream.unfinished(10)
    assert (left.entry, left.fields) == (fresh.entry, {})
    stream.archived([left])
    assert stream.unfinished(10) == []


def test_reading_goes_on_after_redis_forgot_that_anybody_reads(kept: Flock):
    stream = ArchiveStream(kept.store)
    kept.submit()
    kept.serve(kept.host())
    assert stream.fresh(10) == []
    assert len(stream.fresh(10)) == 1


# ---------------------------------------------------------------- a session that is read again
def take(flock: Flock) -> Refill:
    taken = flock.store.run(archive.take_refill())
    assert taken is not None
    return taken


def forgotten(flock: Flock, session: str = "s") -> None:
    """Say something in a session, and have its window expire."""
    flock.submit("my name is Ada", session=session)
    flock.serve(flock.host())
    flock.hear()
    flock.client.delete(f"rookery:session:{session}")


SAID = [Turn(role="user", text="my name is Ada", author="ada"), Turn(role="assistant", text="hi")]


def test_a_session_that_redis_forgot_is_read_again_before_the_answer(kept: Flock):
    forgotten(kept)
    job = kept.submit("who am I?", session="s")
    assert (kept.state(job), kept.bells("upkeep"), kept.bells()) == ("recalling", 1, 0)
    refill = take(kept)
    assert (refill.job, refill.session, refill.turns) == (job, "s", ARCHIVED.window_turns)
    assert kept.store.run(archive.refilled(refill, SAID))
    claim = kept.take(kept.host())
    assert [turn.text for turn in claim.window] == ["my name is Ada", "hi"]
    assert kept.view(job).flags == ()
    assert not kept.client.exists("rookery:refilling")


def test_the_bell_is_that_of_the_one_who_keeps_the_transcript(kept: Flock):
    forgotten(kept)
    kept.submit(session="s")
    assert "transcript.refill" in kept.client.lindex("upkeep", 0)


def test_a_session_that_is_new_or_still_known_is_not_read_again(kept: Flock):
    host = kept.host()
    kept.submit(session="new")
    kept.serve(host)
    job = kept.submit(session="new")
    assert kept.state(job) == "queued"
    assert kept.bells("upkeep") == 0


def test_what_brings_its_own_history_is_not_read_again(kept: Flock):
    forgotten(kept)
    assert kept.state(kept.submit(session="s", history=())) == "queued"


def test_memories_are_asked_for_after_the_session_was_read_again(kept: Flock):
    forgotten(kept)
    job = kept.submit(session="s", recall=True)
    assert kept.bells("recall") == 0
    kept.store.run(archive.refilled(take(kept), SAID))
    assert (kept.state(job), kept.bells("recall")) == ("recalling", 1)
    taken = kept.store.run(moves.take_recall())
    assert taken is not None
    assert kept.store.run(moves.recalled(job, taken[1], "tea"))
    assert kept.take(kept.host()).recalled == "tea"


@pytest.mark.parametrize("taken", [True, False])
def test_a_session_that_takes_too_long_to_read_is_not_waited_for(kept: Flock, taken: bool):
    forgotten(kept)
    job = kept.submit(session="s")
    refill = take(kept) if taken else Refill(job, kept.view(job).fence, "s", 40)
    kept.past(job)
    kept.sweep()
    assert (kept.state(job), kept.view(job).flags, kept.bells()) == ("queued", ("no history",), 1)
    assert not kept.store.run(archive.refilled(refill, SAID))
    assert not kept.client.exists("rookery:refilling", "rookery:session:s")


def test_memories_are_still_asked_for_where_the_session_was_not_read(kept: Flock):
    forgotten(kept)
    job = kept.submit(session="s", recall=True)
    kept.past(job)
    kept.sweep()
    assert (kept.state(job), kept.view(job).flags, kept.bells("recall")) == ("recalling", ("no history",), 1)


def test_a_job_that_was_taken_back_is_not_handed_out_for_reading(kept: Flock):
    forgotten(kept)
    kept.withdraw(kept.submit(session="s"))
    assert kept.store.run(archive.take_refill()) is None


def test_the_next_turn_of_a_session_has_its_window_read_when_it_starts(kept: Flock):
    forgotten(kept)
    first, following = kept.submit(session="s"), kept.submit(session="s")
    kept.withdraw(first)
    assert kept.state(following) == "recalling"


def test_a_session_that_was_forgotten_on_purpose_is_not_read_again(kept: Flock):
    host = kept.host()
    kept.submit(session="s")
    kept.serve(host)
    assert kept.store.run(moves.forget("s")) == 2
    assert kept.state(kept.submit(session="s")) == "queued"
    assert [fields["session"] for fields in entries(kept) if fields["kind"] == "forget"] == ["s"]
