"""What Redis owes is written down once, whatever happens in between; and it comes back where Redis forgot it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import StoreFull, TranscriptUnavailable
from tasks.jobs import archive, moves
from tasks.jobs.archive import Entry
from tasks.jobs.crashpoints import KILLED, WRITTEN
from tasks.jobs.sessions import epoch, named, reset
from tasks.jobs.values import Ways
from tasks.transcript import keeping
from tasks.transcript.keeping import Discarder, Keeper, write
from tasks.transcript.reading import Scope, window
from tasks.transcript.tables import Base, Stray
from tests.command import REPO
from tests.tasks.transcript.ledger import Ledger
from tests.tasks.transcript.said import exchange, note, opinion

ARCHIVE_ONCE = """
import sys
from tasks.jobs.store import Store
from tasks.transcript.keeping import Keeper

Keeper(Store.open(sys.argv[1]), sys.argv[2]).archive()
"""


def sizes(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


# ---------------------------------------------------------------- writing down
def test_what_was_said_is_written_down_and_leaves_redis(ledger: Ledger):
    job = ledger.say("what is a rook?", reply="a bird", persona="rook")
    [said] = ledger.archive()
    assert (said.job, said.question, said.reply, said.persona, said.state) == (
        job, "what is a rook?", "a bird", "rook", "delivered"
    )  # fmt: skip
    assert ledger.owed() == 0


def test_the_same_entries_written_twice_are_there_once(engine: Engine):
    entries = [exchange("j1"), exchange("j2"), opinion("up", job="j1"), note("reset", 3, session="s", epoch="4")]
    entries.append(note("riddle", 9))
    write(engine, entries)
    before = sizes(engine)
    write(engine, entries[::-1])
    assert sizes(engine) == before
    assert (before["exchanges"], before["turns"], before["feedback"], before["breaks"], before["strays"]) == (
        2,
        4,
        1,
        1,
        1,
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=20), st.integers(1, 4))
def test_whatever_is_repeated_in_whatever_batches_each_job_and_turn_is_there_once(order: list[int], size: int):
    entries = [exchange(f"j{number}", reply=f"take {at}") for at, number in enumerate(order)]
    first = {f"j{number}": f"take {order.index(number)}" for number in order}
    engine = keeping.database.open_database("sqlite://")
    try:
        for at in range(0, len(entries), size):
            write(engine, entries[at : at + size])
            write(engine, entries[max(0, at - 1) : at + size])
        with engine.connect() as connection:
            turns = connection.execute(select(Base.metadata.tables["turns"])).mappings().all()
    finally:
        engine.dispose()
    assert Counter((turn["job"], turn["turn"]) for turn in turns) == {(job, n): 1 for job in first for n in (0, 1)}
    assert {turn["job"]: turn["text"] for turn in turns if turn["turn"] == 1} == first


def killed_after_writing(ledger: Ledger, folder: Path) -> None:
    """Have a process archive, and end as by SIGKILL once it has written down and before it takes away."""
    (folder / WRITTEN).touch()
    environment = {**os.environ, "ROOKERY_CRASH_AT": str(folder), "PYTHONPATH": str(REPO)}
    command = [sys.executable, "-c", ARCHIVE_ONCE, ledger.flock.url, ledger.url]
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == KILLED


def test_one_who_is_killed_between_writing_down_and_taking_away_loses_and_doubles_nothing(
    ledger: Ledger, tmp_path: Path
):
    first = ledger.say("one")
    killed_after_writing(ledger, tmp_path)
    assert ([said.job for said in ledger.kept()], ledger.owed()) == ([first], 1)
    second = ledger.say("two")
    killed_after_writing(ledger, tmp_path)  # while it repeats the first
    assert ([said.job for said in ledger.kept()], ledger.owed()) == ([first], 2)
    assert [said.job for said in ledger.archive()] == [first, second]
    assert ledger.owed() == 0


def test_a_stream_that_cannot_be_read_in_part_does_not_hold_up_the_rest(ledger: Ledger):
    ledger.flock.client.xadd("rookery:archive", {"kind": "job", "told": "{"})
    job = ledger.say("hello")
    assert [said.job for said in ledger.archive()] == [job]
    with ledger.keeper.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Stray)) == 1
    assert ledger.owed() == 0


UNFIT = {
    "a number that no database holds": exchange("huge", request_attached=[{"name": "a.txt", "size": 2**70}]),
    "a field that is none": exchange("null", request_tenant="t", request_bot=None),
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=list(UNFIT))
def test_an_entry_that_the_database_does_not_take_holds_up_no_other(engine: Engine, unfit: Entry):
    write(engine, [exchange("j1"), unfit, exchange("j2"), exchange("j3")])
    write(engine, [unfit])
    there = sizes(engine)
    assert (there["exchanges"], there["turns"], there["strays"]) == (3, 6, 1)


def test_while_the_database_is_away_everything_stays_owed(ledger: Ledger, tmp_path: Path):
    (tmp_path / "file").touch()
    job = ledger.say("hello")
    with pytest.raises(TranscriptUnavailable):
        Keeper(ledger.flock.store, f"sqlite:///{tmp_path / 'file' / 't.sqlite3'}").archive()
    assert ledger.owed() == 1
    assert [said.job for said in ledger.archive()] == [job]


def test_a_redis_that_is_full_is_relieved_of_what_it_owes(ledger: Ledger):
    jobs = [ledger.say(str(number)) for number in range(3)]
    ledger.archive()
    jobs += [ledger.say(str(number)) for number in range(3)]
    ledger.flock.client.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreFull):
            ledger.flock.submit("no room")
        assert [said.job for said in ledger.archive()] == jobs
    finally:
        ledger.flock.client.config_set("maxmemory", 0)
    assert ledger.owed() == 0


def test_a_long_backlog_is_worked_off_a_moment_at_a_time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    class Hurried(ManualClock):
        def monotonic_s(self) -> float:
            self.now_s += keeping.WORKS_S
            return self.now_s

    monkeypatch.setattr(keeping, "BATCH", 2)
    for number in range(5):
        ledger.say(str(number))
    keeper = Keeper(ledger.flock.store, ledger.url, Hurried())
    assert [(keeper.archive(), ledger.owed()) for _ in range(4)] == [(True, 3), (True, 1), (True, 0), (False, 0)]
    keeper.close()


def test_where_no_transcript_is_wanted_what_is_there_is_thrown_away(ledger: Ledger):
    ledger.say("hello")
    ledger.flock.store.run(reset("s"))
    discarder = Discarder(ledger.flock.store)
    assert (discarder.archive(), discarder.refill(), ledger.owed()) == (False, 0, 0)
    assert ledger.archive() == []


# ---------------------------------------------------------------- sessions that go on
def test_a_session_that_redis_forgot_goes_on_where_it_was(ledger: Ledger):
    ledger.say("my name is Ada", reply="hello Ada")
    ledger.archive()
    ledger.forget_in_redis()
    ledger.flock.submit("who am I?", session="s")
    assert ledger.keeper.refill() == 1
    claim = ledger.flock.take(ledger.host)
    assert [(turn.role, turn.text) for turn in claim.window] == [("user", "my name is Ada"), ("assistant", "hello Ada")]
    ledger.flock.finish(claim, "Ada")
    assert ledger.flock.window("s") == ["my name is Ada", "hello Ada", "who am I?", "Ada"]


def test_what_was_said_a_moment_ago_is_in_a_window_that_is_read_again(ledger: Ledger):
    ledger.say("one")
    ledger.archive()
    ledger.say("two")
    ledger.forget_in_redis()
    ledger.flock.submit(session="s")
    ledger.keeper.refill()
    assert ledger.flock.window("s") == ["one", "re: one", "two", "re: two"]


def test_a_session_goes_on_with_another_model_however_long_ago_it_was(ledger: Ledger):
    ledger.say("my name is Ada", model="demo")
    ledger.archive()
    ledger.forget_in_redis()
    other = ledger.flock.host("bellows", "other")
    ledger.flock.submit("who am I?", session="s", model="other")
    ledger.keeper.refill()
    claim = ledger.flock.take(other, model="other")
    assert [turn.text for turn in claim.window] == ["my name is Ada", "re: my name is Ada"]


def test_a_window_that_was_read_again_is_that_which_redis_had(ledger: Ledger):
    ledger.flock.ways = Ways(archive=True, window_turns=4)
    first = ledger.say("one")
    ledger.say("two")
    ledger.say("three")
    ledger.say("two again", replaces=first)
    before = ledger.flock.client.lrange("rookery:session:s", 0, -1)
    ledger.archive()
    ledger.forget_in_redis()
    ledger.flock.submit(session="s")
    ledger.keeper.refill()
    assert ledger.flock.client.lrange("rookery:session:s", 0, -1) == before


def test_a_redis_that_lost_everything_is_told_which_sessions_there_are(ledger: Ledger):
    ledger.say("my name is Ada")
    begun = ledger.flock.store.run(reset("chat"))
    ledger.say("a new one", session=named("chat", begun))
    ledger.archive()
    ledger.flock.client.flushall()
    ledger.host = ledger.flock.host()
    assert ledger.flock.store.run(epoch("chat")) == 0
    ledger.archive()
    assert ledger.flock.store.run(epoch("chat")) == begun
    for session, said in (("s", "my name is Ada"), (named("chat", begun), "a new one")):
        ledger.flock.submit(session=session)
        ledger.keeper.refill()
        assert ledger.flock.take(ledger.host).window[0].text == said


def test_a_redis_that_lost_everything_is_told_of_many_sessions_a_part_at_a_time(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    chats = [str(number) for number in range(5)]
    begun = {chat: ledger.flock.store.run(reset(chat)) for chat in chats}
    for chat in chats:
        ledger.say("hello", session=chat)
    ledger.archive()
    ledger.flock.client.flushall()
    monkeypatch.setattr(keeping, "TOLD_AT_ONCE", 2)
    monkeypatch.setattr(keeping, "MOST_KNOWN", 4)
    ledger.archive()
    assert ledger.flock.client.zrange("rookery:sessions", 0, -1) == chats[1:]
    assert {chat: ledger.flock.store.run(epoch(chat)) for chat in chats} == begun


def test_what_was_forgotten_on_purpose_does_not_come_back_after_redis_lost_everything(ledger: Ledger):
    ledger.say("a secret")
    ledger.flock.store.run(moves.forget("s"))
    ledger.archive()
    ledger.flock.client.flushall()
    ledger.host = ledger.flock.host()
    ledger.archive()
    ledger.flock.submit("what was it?", session="s")
    ledger.keeper.refill()
    assert ledger.flock.take(ledger.host).window == ()


def test_what_is_forgotten_on_purpose_while_it_is_read_again_does_not_come_back(ledger: Ledger):
    ledger.say("a secret")
    ledger.archive()
    ledger.forget_in_redis()
    job = ledger.flock.submit("what was it?", session="s")
    refill = ledger.flock.store.run(archive.take_refill())
    assert refill is not None
    turns = window(ledger.keeper.engine, Scope(session="s"), 40)
    ledger.flock.store.run(moves.forget("s"))
    assert ledger.flock.store.run(archive.refilled(refill, turns)) is True
    claim = ledger.flock.take(ledger.host)
    assert (claim.job, claim.window, len(turns)) == (job, (), 2)


def test_redis_keeps_in_mind_so_many_sessions_and_for_so_long(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "MOST_KNOWN", 2)
    for session in ("a", "b", "c", "d"):
        ledger.say("hello", session=session)
    ledger.archive()
    assert ledger.flock.client.zrange("rookery:sessions", 0, -1) == ["c", "d"]
    ledger.say("hello", session="e")
    ledger.flock.client.zadd("rookery:sessions", {"d": 1})
    ledger.archive()
    assert ledger.flock.client.zrange("rookery:sessions", 0, -1) == ["c", "e"]


def test_two_who_archive_at_once_write_everything_down_once(ledger: Ledger):
    jobs = [ledger.say(str(number)) for number in range(20)]
    keepers = [Keeper(ledger.flock.store, ledger.url) for _ in range(3)]
    with ThreadPoolExecutor(len(keepers)) as threads:
        list(threads.map(Keeper.archive, keepers))
    for keeper in keepers:
        keeper.close()
    assert sorted(said.job for said in ledger.archive()) == sorted(jobs)
    assert ledger.owed() == 0


def test_one_who_is_late_with_a_window_changes_nothing(ledger: Ledger):
    ledger.say("my name is Ada")
    ledger.archive()
    ledger.forget_in_redis()
    job = ledger.flock.submit(session="s")
    ledger.flock.past(job)
    ledger.flock.sweep()
    assert ledger.keeper.refill() == 0
    refill = archive.Refill(job, 1, "s", 40)
    turns = window(ledger.keeper.engine, Scope(session="s"), 40)
    assert ledger.flock.store.run(archive.refilled(refill, turns)) is False
    assert ledger.flock.take(ledger.host).window == ()
