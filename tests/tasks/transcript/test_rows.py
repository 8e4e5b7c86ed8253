"""From what the ledger says to rows."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine

from tasks.jobs.archive import Entry
from tasks.transcript.exchanges import every
from tasks.transcript.keeping import write
from tasks.transcript.reading import Scope
from tasks.transcript.rows import rows_of
from tests.tasks.transcript.said import exchange, note, opinion


def only(entry: Entry, table: str) -> dict[str, object]:
    [row] = rows_of(entry)[table]
    return row


def test_an_exchange_is_a_row_with_a_turn_for_each_who_spoke():
    rows = rows_of(exchange("j", text="why?", reply="so", host="anvil", adapter="rook-v2", prompt_tokens=7))
    [row] = rows["exchanges"]
    assert (row["job"], row["first"], row["host"], row["adapter"], row["prompt_tokens"]) == (
        "j",
        "j",
        "anvil",
        "rook-v2",
        7,
    )
    assert (row["platform"], row["session"], row["received_ms"], row["answered_ms"]) == (
        "web",
        "web:rook:s",
        1000,
        1010,
    )
    assert [(turn["turn"], turn["role"], turn["author"], turn["text"]) for turn in rows["turns"]] == [
        (0, "user", "web:ada", "why?"),
        (1, "assistant", "rook", "so"),
    ]


def test_an_edited_message_is_what_it_was_edited_to():
    entry = exchange("j", text="teh")
    edited = Entry(entry.entry, entry.kind, {**entry.fields, "edited": "the"})
    assert rows_of(edited)["turns"][0]["text"] == "the"


@pytest.mark.parametrize("outcome", ["notice", ""])
def test_what_was_not_answered_is_marked_and_has_the_question_only(outcome: str):
    rows = rows_of(exchange("j", outcome=outcome, state="withdrawn", cause="expired"))
    assert [turn["turn"] for turn in rows["turns"]] == [0]
    [row] = rows["exchanges"]
    assert (row["outcome"], row["state"], row["cause"]) == (outcome, "withdrawn", "expired")


def test_an_answer_that_takes_the_place_of_another_says_of_which_message():
    assert only(exchange("j2", request_replaces="j1"), "exchanges")["first"] == "j1"


def test_a_tenant_is_what_the_request_says_and_else_the_chat_alone():
    assert only(exchange("j", request_tenant="discord:g1"), "exchanges")["tenant"] == "discord:g1"
    assert only(exchange("j", session="web:rook:s~1700000000"), "exchanges")["tenant"] == "web:rook:s"


def test_what_brought_its_own_history_did_not_join_the_window():
    assert only(exchange("j"), "exchanges")["remember"] is True
    assert only(exchange("j", request_history=[]), "exchanges")["remember"] is False
    assert only(exchange("j", request_remember=False), "exchanges")["remember"] is False


def test_messages_are_known_by_the_ids_of_their_platform():
    sent = json.dumps({"0": "m1", "1": "m2"})
    rows = rows_of(exchange("j", sent=sent, request_bot="heron", request_reply_to={"chat": "42"}))
    assert [(row["bot"], row["chat"], row["message"], row["chunk"]) for row in rows["messages"]] == [
        ("heron", "42", "m1", "0"),
        ("heron", "42", "m2", "1"),
    ]


def test_files_that_came_along_are_known_by_what_they_were():
    rows = rows_of(exchange("j", request_attached=[{"name": "a.txt", "kind": "text/plain", "size": 7}]))
    assert rows["attachments"] == [{"job": "j", "position": 0, "name": "a.txt", "kind": "text/plain", "size": 7}]


def test_feedback_and_breaks_are_rows_of_their_own():
    row = only(opinion("up", job="j", undone=True), "feedback")
    assert (row["job"], row["user"], row["opinion"], row["undone"], row["at_ms"]) == ("j", "bob", "up", True, 5000)
    row = only(note("reset", 9, session="s", epoch="1700000000"), "breaks")
    assert (row["session"], row["kind"], row["epoch"], row["at_ms"]) == ("s", "reset", 1_700_000_000, 9)
    assert only(note("forget", 9, session="s", at_ms="7"), "breaks")["at_ms"] == 7


@pytest.mark.parametrize(
    "fields", [{"kind": "riddle"}, {"kind": "job", "told": "{", "request": "{}"}, {"kind": "job"}, {"kind": "feedback"}]
)
def test_what_cannot_be_read_is_kept_as_it_came(fields: dict[str, str]):
    rows = rows_of(Entry("7-1", fields["kind"], fields))
    assert rows.keys() == {"strays"}
    assert json.loads(str(rows["strays"][0]["fields"])) == fields


def test_an_entry_that_was_taken_away_meanwhile_is_nothing():
    assert rows_of(Entry("7-1", "", {})) == {}


def test_fields_that_a_later_version_adds_are_no_hindrance():
    assert only(exchange("j", request_from_the_future=[1], shoe_size="44"), "exchanges")["job"] == "j"


def test_a_nul_that_a_model_said_is_replaced():
    assert rows_of(exchange("j", reply="a\x00b"))["turns"][1]["text"] == "a\ufffdb"


def test_half_a_character_holds_nobody_up(engine: Engine):
    write(engine, [exchange("j", reply="a\ud83d b")])
    assert [said.reply for said in every(engine, Scope(everything=True))] == ["a? b"]
