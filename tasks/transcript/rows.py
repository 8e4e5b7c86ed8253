"""From an entry of the archive's stream to rows of the transcript. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tasks.contracts.jobs import JobState, Mark, Outcome
from tasks.jobs import placing, sessions
from tasks.jobs.archive import Entry
from tasks.jobs.record import marks_of, paired
from tasks.transcript.tables import Attachment, Break, Exchange, Feedback, Message, Stray, TurnRow

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""By table, in the order in which they may be written."""
ORDER = tuple(table.__tablename__ for table in (Exchange, TurnRow, Message, Attachment, Feedback, Break, Stray))
FIRST_TURN, REPLY_TURN = 0, 1
INGESTED = "ingested"  # the state of what was said elsewhere: there never was a job for it
NUL = "\x00"  # a model may say it, and PostgreSQL takes it nowhere


def rows_of(entry: Entry) -> Rows:
    """Return the rows that an entry becomes; what cannot be read becomes a stray, as it is.

    What is not known here is left alone: whoever ended the job may be of another version.
    """
    if not entry.fields:
        return {}
    try:
        rows = READERS[entry.kind](entry)
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as exc:
        return stray_of(entry, f"{type(exc).__name__}: {exc}")
    return _all_storable(rows)


def _job(entry: Entry) -> Rows:
    told, request = json.loads(entry.fields["told"]), json.loads(entry.fields["request"])
    record, texts = paired(told["record"]), paired(told["texts"])
    job, reply_to = told["job"], request.get("reply_to") or {}
    marks = marks_of(texts.get("marks", ""))
    exchange = _exchange(job, {**record, **_recalled(texts)}, request)
    exchange |= {
        "state": told["state"],
        "chat": reply_to.get("chat", ""),
        "answered_ms": answered_ms(marks, exchange["ended_ms"]),
        "marks": texts.get("marks", ""),
    }
    said = entry.fields.get("edited") or request["text"]
    turns = [_turn(job, FIRST_TURN, "user", exchange["user"], said, exchange["received_ms"])]
    if exchange["outcome"] == Outcome.REPLY.value and "reply" in texts:
        reply, persona, at_ms = texts["reply"], exchange["persona"], exchange["answered_ms"]
        turns.append(_turn(job, REPLY_TURN, "assistant", persona, reply, at_ms))
    posted = placing.ids(record)
    messages = [
        {"bot": exchange["bot"], "chat": exchange["chat"], "message": str(message), "job": job, "chunk": chunk}
        for chunk, message in posted.items()
    ]
    files = [_file(job, position, file) for position, file in enumerate(request.get("attached") or ())]
    return {
        Exchange.__tablename__: [exchange],
        TurnRow.__tablename__: turns,
        Message.__tablename__: messages,
        Attachment.__tablename__: files,
    }


def _exchange(job: str, record: Mapping[str, str], request: Mapping[str, Any]) -> Row:
    session = record.get("session") or request["session"]
    number = {name: int(float(record.get(name) or 0)) for name in NUMBERS}
    return {
        "job": job,
        "first": request.get("replaces") or job,
        "tenant": request.get("tenant") or sessions.chat_of(session),
        "platform": session.partition(":")[0],
        "session": session,
        "bot": request.get("bot", ""),
        "remember": bool(request.get("remember", True)) and request.get("history") is None,
        "private": bool(request.get("private", True)),
        "record": json.dumps({**record, **_place(request)}),
        **{name: record.get(name, "") for name in WORDS},
        **number,
    }


def _recalled(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the ids of the memories that went into the prompt; what they say is in the memories."""
    return {"memories": texts["memories"]} if texts.get("memories") else {}


def _place(request: Mapping[str, Any]) -> dict[str, str]:
    """Return what else tells where something was said, and whether it is to be remembered."""
    told = {name: request.get(name, "") for name in ("channel", "person")}
    told |= {name: "1" for name in ("direct", "recall") if request.get(name)}
    return {name: value for name, value in told.items() if value}


WORDS = ("user", "persona", "model", "adapter", "host", "outcome", "cause", "flags")
NUMBERS = ("received_ms", "ended_ms", "prompt_tokens", "completion_tokens")


def answered_ms(marks: tuple[Mark, ...], ended_ms: int) -> int:
    """Return when the answer stood: turns are told in this order, however long each took to be delivered."""
    return next((mark.at_ms for mark in reversed(marks) if mark.state is JobState.DONE), ended_ms)


def _turn(job: str, turn: int, role: str, author: str, text: str, at_ms: int) -> Row:
    return {"job": job, "turn": turn, "role": role, "author": author, "text": text, "at_ms": at_ms}


def _file(job: str, position: int, file: Mapping[str, Any]) -> Row:
    size = int(file.get("size", 0))
    return {"job": job, "position": position, "name": file["name"], "kind": file.get("kind", ""), "size": size}


def _feedback(entry: Entry) -> Rows:
    said = entry.fields
    row: Row = {name: said.get(name, "") for name in ("job", "bot", "chat", "message", "text")}
    row |= {"entry": entry.entry, "user": said["user"], "opinion": said["opinion"], "at_ms": entry.at_ms}
    return {Feedback.__tablename__: [{**row, "undone": said.get("undone") == "1"}]}


def _break(entry: Entry) -> Rows:
    said = entry.fields
    row = {"entry": entry.entry, "session": said["session"], "kind": entry.kind}
    at_ms = int(said.get("at_ms", entry.at_ms))
    return {Break.__tablename__: [{**row, "epoch": int(said.get("epoch", 0)), "at_ms": at_ms}]}


def _ingest(entry: Entry) -> Rows:
    """Return a message that was said elsewhere: an exchange that nobody was to answer."""
    said, turn = entry.fields, json.loads(entry.fields["turn"])
    job, session, at_ms = said["message"], said["session"], int(said["at_ms"])
    row: Row = dict.fromkeys((*WORDS, "bot", "chat", "marks"), "")
    row |= {"job": job, "first": job, "tenant": session, "platform": session.partition(":")[0], "session": session}
    row |= {"persona": _noted(said).get("persona", "")}
    row |= {"user": turn["author"], "state": INGESTED, "remember": True, "private": True}
    row |= {"prompt_tokens": 0, "completion_tokens": 0, "ended_ms": entry.at_ms}
    row |= {
        "received_ms": at_ms,
        "answered_ms": at_ms,
        "record": json.dumps({"state": "delivered", "session": session, **_noted(said)}),
    }
    turns = [_turn(job, FIRST_TURN, turn["role"], turn["author"], turn["text"], at_ms)]
    return {Exchange.__tablename__: [row], TurnRow.__tablename__: turns}


def _noted(said: Mapping[str, str]) -> dict[str, str]:
    """Return whose notes these are, where they are a person's own."""
    return {**json.loads(said["place"]), "direct": "1", "fact": "1"} if said.get("place") else {}


READERS: dict[str, Callable[[Entry], Rows]] = {
    "job": _job,
    "feedback": _feedback,
    "forget": _break,
    "reset": _break,
    "ingest": _ingest,
}


def stray_of(entry: Entry, why: str) -> Rows:
    """Return an entry that becomes no rows of its own as it came."""
    row: Row = {"entry": entry.entry, "why": why, "fields": json.dumps(entry.fields)}
    return _all_storable({Stray.__tablename__: [row]})


def _all_storable(rows: Rows) -> Rows:
    return {table: [_storable(row) for row in found] for table, found in rows.items()}


def _storable(row: Row) -> Row:
    return {name: _text(value) if isinstance(value, str) else value for name, value in row.items()}


def _text(said: str) -> str:
    """Return what every database takes: no NUL, and no half of a character."""
    return said.replace(NUL, "\ufffd").encode("utf-8", "replace").decode()
