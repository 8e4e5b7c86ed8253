"""What was said leaves the transcript again; rows keep their numbers, and nobody is told of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.learning import correction_ids
from tasks.jobs import feedback
from tasks.transcript import database, keeping
from tasks.transcript.forgetting import Eraser
from tasks.transcript.reading import Scope, sessions, window
from tests.tasks.jobs.flock import Flock
from tests.tasks.transcript.ledger import Ledger
from tests.tasks.transcript.said import exchange, opinion

FOREVER_MS = 2**52


@pytest.fixture
def ledger(redis_url: str, tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(Flock(redis_url), f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    yield made
    made.close()


@pytest.fixture
def eraser(ledger: Ledger) -> Iterator[Eraser]:
    made = Eraser(ledger.url)
    yield made
    made.close()


def texts(ledger: Ledger) -> list[str]:
    return [text for said in ledger.kept() for text in (said.question, said.reply) if text]


def test_turns_are_erased_by_the_message_that_they_are_of(ledger: Ledger, eraser: Eraser) -> None:
    first = ledger.say("one")
    ledger.say("two")
    ledger.archive()
    assert eraser.erase([(first, 0)]) == 1
    assert texts(ledger) == ["re: one", "two", "re: two"]
    assert eraser.erase([(first, 0)]) == 0
    assert eraser.erase([(first, 1), ("nobody", 0)]) == 1


def test_every_answer_to_a_message_is_erased_with_it(ledger: Ledger, eraser: Eraser) -> None:
    first = ledger.say("one", reply="yes")
    again = ledger.say("one", reply="no", replaces=first)
    ledger.archive()
    assert {trace.job for trace in eraser.traces([first])} == {first, again}
    assert eraser.erase([(first, 1)]) == 2


def test_what_was_thought_of_a_reply_loses_its_words_too(ledger: Ledger, eraser: Eraser) -> None:
    job = ledger.say("one")
    ledger.flock.store.run(feedback.of_job(job, "ada", feedback.Opinion.CORRECTED, "zanzibar"))
    ledger.archive()
    eraser.erase([(job, 1)])
    with eraser._engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT text FROM feedback").scalar() == ""


@pytest.mark.parametrize("whole", [False, True])
def test_so_does_what_was_thought_of_the_message_that_it_was_posted_as(whole: bool, tmp_path: Path) -> None:
    eraser = Eraser(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    about = {"bot": "heron", "chat": "42", "text": "zanzibar"}
    posted = {"request_bot": "heron", "request_reply_to": {"chat": "42"}}
    said = [exchange(job, **posted, sent=json.dumps({"0": f"m-{job}"})) for job in ("j1", "j2")]
    thought = [
        opinion("corrected", **about, message=f"m-{job}", at_ms=5000 + at) for at, job in enumerate(("j1", "j2"))
    ]
    keeping.write(eraser._engine(), [*said[:1], *thought])
    assert [eraser.corrected(who, FOREVER_MS) for who in ("bob", "web:ada")] == [
        set(correction_ids("rook", "j1", "bob", "zanzibar")),
        set(),
    ]
    eraser.erase_person("web:ada", FOREVER_MS) if whole else eraser.erase([("j1", 1)])
    keeping.write(eraser._engine(), said[1:])
    with eraser._engine().connect() as connection:
        left = list(connection.exec_driver_sql("SELECT message, text FROM feedback ORDER BY message"))
    assert left == [*([] if whole else [("m-j1", "")]), ("m-j2", "zanzibar")]
    eraser.close()


def test_of_a_person_nothing_is_left_but_numbers(ledger: Ledger, eraser: Eraser) -> None:
    ledger.say("mine", user="web:ada")
    ledger.say("through a key", session="k", user="key:1", person="web:ada")
    ledger.say("somebody else's, who names web:ada", session="x", user="web:bob")
    newest = eraser.newest() if ledger.archive() else 0
    assert [one.question for one in eraser.of_person("web:ada")] == ["mine", "through a key"]
    assert eraser.erase_person("web:ada", FOREVER_MS) == 4
    assert texts(ledger) == ["somebody else's, who names web:ada", "re: somebody else's, who names web:ada"]
    assert eraser.of_person("web:ada") == []
    assert eraser.newest() == newest
    assert set(sessions(ledger.keeper.engine, 0, 10)) == {"x"}
    assert eraser.erase_person("web:ada", FOREVER_MS) == 0


def test_what_a_person_said_later_stays(ledger: Ledger, eraser: Eraser) -> None:
    ledger.say("before", user="web:ada")
    ledger.archive()
    until_ms = eraser.of_person("web:ada")[0].asked_ms
    ledger.flock.client.execute_command("DEBUG", "SLEEP", "0.002")
    ledger.say("after", user="web:ada")
    ledger.archive()
    eraser.erase_person("web:ada", until_ms)
    assert texts(ledger) == ["after", "re: after"]


def test_a_session_whose_window_expired_gets_only_what_is_left(ledger: Ledger, eraser: Eraser) -> None:
    first = ledger.say("one")
    ledger.say("two")
    ledger.archive()
    eraser.erase([(first, 0), (first, 1)])
    assert [turn.text for turn in window(ledger.keeper.engine, Scope(session="s"), 10)] == ["two", "re: two"]


def test_no_byte_of_what_was_erased_is_left(ledger: Ledger, eraser: Eraser, tmp_path: Path) -> None:
    first = ledger.say("zanzibar" * 100)
    ledger.say("carthage" * 500, session="t", user="web:ada")
    ledger.archive()
    eraser.erase([(first, 0), (first, 1)])
    eraser.erase_person("web:ada", FOREVER_MS)
    assert eraser.scour()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [needle for needle in (b"zanzibar", b"carthage", b"web:ada") if needle in kept] == []


def test_while_others_read_it_is_asked_once_more(
    ledger: Ledger, eraser: Eraser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PRAGMAS", ("journal_mode = WAL", "busy_timeout = 1"))
    first = ledger.say("one")
    ledger.archive()
    with ledger.keeper.engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM turns").scalar()
        eraser.erase([(first, 0)])
        assert eraser.scour() is False
    assert eraser.scour() is True
