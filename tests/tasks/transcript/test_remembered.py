"""The transcript as memory reads it: in order, with what tells who may be told of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tasks.jobs.values import Ways
from tasks.transcript.database import in_order
from tasks.transcript.exchanges import job_view
from tasks.transcript.remembered import Reader
from tests.tasks.jobs.flock import Flock
from tests.tasks.transcript import postgres
from tests.tasks.transcript.ledger import EVERYTHING, Ledger
from tests.workers.household import until

GUILD = {"tenant": "discord:g", "channel": "discord:7", "user": "discord:5", "persona": "wren"}


class Read(Ledger):
    """A ledger whose transcript is read."""

    def __init__(self, flock: Flock, url: str) -> None:
        super().__init__(flock, url)
        flock.ways = Ways(archive=True, recall_ms=0)
        self.reader = Reader(url)

    def close(self) -> None:
        """Give everything back."""
        self.reader.close()
        super().close()


@pytest.fixture
def read(redis_url: str, url: str) -> Iterator[Read]:
    """Over a database of each kind."""
    made = Read(Flock(redis_url), url)
    yield made
    made.close()


def test_an_exchange_is_read_with_where_it_was_said_and_whether_it_is_to_be_remembered(read: Read) -> None:
    read.say("I like tea.", reply="I see.", recall=True, direct=True, **GUILD)
    read.say("I like wine.")
    read.archive()
    first, second = read.reader.after(0, 10)
    assert (first.tenant, first.channel, first.user, first.persona, first.direct) == (*list(GUILD.values()), True)
    assert (first.question, first.reply, first.session, first.remembered) == ("I like tea.", "I see.", "s", True)
    assert 0 < first.asked_ms <= first.answered_ms
    assert (second.direct, second.remembered, second.channel) == (False, False, "")
    assert read.reader.newest() == second.number
    assert [one.number for one in read.reader.after(first.number, 10)] == [second.number]


def test_what_ended_in_a_notice_or_was_taken_back_is_not_to_be_remembered(read: Read) -> None:
    read.flock.submit("fails", recall=True)
    read.flock.give_back(read.flock.take(read.host), "rejected")
    read.flock.withdraw(read.flock.submit("taken back", recall=True))
    read.archive()
    assert [one.remembered for one in read.reader.after(0, 10)] == [False, False]


def test_what_was_said_before_is_of_the_same_session_and_not_the_same_message(read: Read) -> None:
    first = read.say("one", recall=True)
    read.say("elsewhere", session="t", recall=True)
    read.say("one", recall=True, replaces=first)
    read.say("two", recall=True)
    read.archive()
    one, elsewhere, anew, two = read.reader.after(0, 10)
    assert [read.reader.before(said) for said in (one, elsewhere, anew)] == [None, None, None]
    assert read.reader.before(two) == anew


def test_an_empty_transcript_has_no_newest_row(read: Read) -> None:
    read.keeper.archive()
    assert (read.reader.newest(), list(read.reader.after(0, 10))) == (0, [])


def test_the_memories_that_went_into_a_prompt_are_written_down_with_the_job(read: Read) -> None:
    job = read.flock.submit("what do I like?", session="s", recall=True)
    claim = read.flock.take(read.host)
    read.flock.client.hset(read.flock.store.key("text", job), "memories", "m1,m2")
    read.flock.finish(claim)
    read.archive()
    assert job_view(read.keeper.engine, EVERYTHING, job).memories == ("m1", "m2")


def test_a_question_that_stands_by_itself_is_not_to_be_remembered(read: Read) -> None:
    read.say("I like tea.", recall=True, remember=False)
    read.archive()
    assert [one.remembered for one in read.reader.after(0, 10)] == [False]


def test_whose_memories_they_become_may_be_another_name_than_what_it_counts_against(read: Read) -> None:
    read.say("I like tea.", recall=True, user="web:session1", person="web:local")
    read.archive()
    assert [one.user for one in read.reader.after(0, 10)] == ["web:local"]


def test_on_postgresql_no_row_appears_below_one_that_was_read(postgres_url: str, redis_url: str) -> None:
    postgres.empty(postgres_url)
    read = Read(Flock(redis_url), postgres_url)
    try:
        read.say("I like tea.", recall=True)
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        with read.keeper.engine.connect() as connection, read.keeper.engine.begin() as writer:
            in_order(writer)
            thread = threading.Thread(target=read.archive)
            thread.start()
            until(lambda: connection.scalar(waiting), "the second writer")
            assert read.reader.newest() == 0
            writer.commit()
            thread.join(20)
        assert [one.question for one in read.reader.after(0, 10)] == ["I like tea."]
    finally:
        read.close()
