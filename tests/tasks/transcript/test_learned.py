"""The transcript as training reads it."""

from __future__ import annotations

import json

from sqlalchemy import Engine

from tasks.transcript import learned
from tasks.transcript.forgetting import Eraser
from tasks.transcript.keeping import write
from tests.tasks.transcript.said import exchange, note, opinion

POSTED = {"request_bot": "heron", "request_reply_to": {"chat": "42"}, "sent": json.dumps({"0": "m1"})}
ON_MESSAGE = {"bot": "heron", "chat": "42", "message": "m1"}
EVER = 10**9


def ingest(job: str, author: str, text: str, at_ms: int, *, place: str = "") -> object:
    turn = json.dumps({"role": "user", "text": text, "author": author, "job": job})
    said = {"message": job, "session": "api:@channel:pub", "at_ms": "5", "turn": turn, "place": place}
    return note("ingest", at_ms, **said)


def test_a_message_counts_when_something_good_is_said_of_its_answer_or_it_is_answered_anew(engine: Engine) -> None:
    write(engine, [exchange(f"j{n}", at_ms=100 * n) for n in range(1, 5)])
    write(engine, [exchange("posted", at_ms=600, **POSTED), exchange("other", at_ms=700, persona="wren")])
    write(
        engine,
        [
            opinion("up", job="j1", at_ms=900),
            opinion("corrected", at_ms=910, **ON_MESSAGE),
            opinion("down", job="j3", at_ms=905),
        ],
    )
    write(engine, [opinion("up", job="other", at_ms=900), exchange("anew", at_ms=950, request_replaces="j2")])
    assert learned.messages(engine, "rook", 800, EVER) == ["j1", "j2", "posted"]
    assert learned.messages(engine, "rook", 900, 910) == ["posted"]
    assert learned.messages(engine, "rook", 0, 899) == []


def test_the_last_word_before_a_moment_counts(engine: Engine) -> None:
    write(engine, [exchange("posted", **POSTED), opinion("up", "ann", 5000, job="posted")])
    write(engine, [opinion("up", "ann", 6000, undone=True, **ON_MESSAGE)])
    write(engine, [opinion("corrected", "bob", 5500 + n, text=f"{n}", job="posted") for n in range(2)])
    told = {(one.user, one.opinion): one for one in learned.opinions(engine, ["posted"], EVER)}
    assert (sorted(told), told["bob", "corrected"].text) == ([("bob", "corrected")], "1")
    assert {one.user for one in learned.opinions(engine, ["posted"], 5000)} == {"ann"}


def test_answers_come_with_where_they_were_given_and_to_whom(engine: Engine) -> None:
    there = {"request_channel": "discord:7", "request_tenant": "discord:g", "session": "discord:rook:7~1700000000"}
    write(engine, [exchange("j1", at_ms=100, user="discord:5", text="hi", reply="yo", **there)])
    write(engine, [exchange("j2", at_ms=200, request_person="web:local", request_direct=True, request_replaces="j1")])
    one, anew = learned.answers(engine, ["j1"], EVER)
    assert (one.channel, one.tenant, one.person, one.place) == ("discord:7", "discord:g", "discord:5", "discord:7")
    assert (one.question, one.reply, one.direct, one.brought) == ("hi", "yo", False, False)
    assert (anew.user, anew.person, anew.place, anew.direct) == ("web:ada", "web:local", anew.session, True)
    assert [told.job for told in learned.answers(engine, ["j1"], 150)] == ["j1"]


def test_what_was_before_is_of_the_same_session_with_the_last_answer_of_each_message(engine: Engine) -> None:
    write(engine, [exchange(f"j{n}", at_ms=100 * n) for n in range(1, 4)])
    write(
        engine, [exchange("anew", at_ms=350, request_replaces="j3"), exchange("else", at_ms=360, session="web:rook:t")]
    )
    write(engine, [exchange("asked", at_ms=400), exchange("later", at_ms=500)])
    [asked] = learned.answers(engine, ["asked"], EVER)
    assert [one.job for one in learned.before(engine, asked, 9)] == ["j1", "j2", "anew"]
    assert [one.job for one in learned.before(engine, asked, 2)] == ["j2", "anew"]


def test_what_failed_was_asked_alone_or_was_never_said_is_no_part_of_it(engine: Engine) -> None:
    write(engine, [exchange("failed", at_ms=100, outcome="notice"), exchange("lost", at_ms=110, state="withdrawn")])
    write(engine, [exchange("alone", at_ms=120, request_remember=False)])
    write(engine, [ingest("line", "discord:5", "Arr.", 130)])
    write(engine, [ingest("fact", "discord:5", "I like rum.", 140, place=json.dumps({"persona": "rook"}))])
    write(engine, [exchange("kept", at_ms=150)])
    line, kept = learned.lines(engine, 0, EVER)
    assert (line.person, line.question, line.brought, line.asked_ms, line.came_ms) == (
        "discord:5",
        "Arr.",
        True,
        5,
        130,
    )
    assert line.place == line.channel == "api:@channel:pub"
    assert kept.job == "kept"
    assert learned.count(engine, "rook", 0, EVER) == 1


def test_lines_are_read_a_page_at_a_time_in_their_order(engine: Engine, monkeypatch) -> None:
    monkeypatch.setattr(learned, "PAGE", 3)
    write(engine, [exchange(f"j{n}", at_ms=100 * n) for n in range(9)])
    assert [one.job for one in learned.lines(engine, 300, 800)] == [f"j{n}" for n in range(3, 8)]


def test_words_that_were_forgotten_are_not_there(engine: Engine, url: str) -> None:
    write(
        engine, [exchange("j1", at_ms=100), exchange("j2", at_ms=200), exchange("j3", at_ms=300, session="web:rook:t")]
    )
    write(engine, [note("forget", 250, session="web:rook:s"), exchange("j4", at_ms=400)])
    eraser = Eraser(url)
    eraser.erase([("j3", 0)])
    assert [(one.job, one.question) for one in learned.lines(engine, 0, EVER)] == [("j3", ""), ("j4", "question j4")]
    [asked] = learned.answers(engine, ["j4"], EVER)
    assert learned.before(engine, asked, 9) == []
    eraser.erase_person("web:ada", EVER)
    assert list(learned.lines(engine, 0, EVER)) == []
    eraser.close()
