"""Entries of the archive's stream as the ledger makes them, without a ledger."""

from __future__ import annotations

import json
from typing import Any

from tasks.jobs.archive import Entry


def exchange(job: str, *, at_ms: int = 1000, text: str = "", reply: str = "", **fields: Any) -> Entry:
    """Return the end of a job; what begins with `request_` is what was asked for."""
    request = {key.removeprefix("request_"): value for key, value in fields.items() if key.startswith("request_")}
    record = {key: str(value) for key, value in fields.items() if not key.startswith("request_")}
    session = record.setdefault("session", "web:rook:s")
    state = record.setdefault("state", "delivered")
    record = {"user": "web:ada", "persona": "rook", "model": "demo", "outcome": "reply", **record}
    record |= {"received_ms": str(at_ms), "ended_ms": str(at_ms + 20)}
    texts = ["marks", f"{at_ms}|received||\n{at_ms + 10}|done|anvil|\n{at_ms + 20}|{state}||\n"]
    if record["outcome"] == "reply":
        texts += ["reply", reply or f"answer to {job}"]
    told = {"state": state, "job": job, "record": [part for pair in record.items() for part in pair], "texts": texts}
    asked = {"job": job, "session": session, "text": text or f"question {job}", **request}
    fields = {"kind": "job", "told": json.dumps(told), "request": json.dumps(asked), "edited": ""}
    return Entry(f"{at_ms + 20}-{abs(hash(job)) % 1000}", "job", fields)


def note(kind: str, at_ms: int, /, **fields: str) -> Entry:
    """Return something for the archive that is no job."""
    return Entry(f"{at_ms}-0", kind, {"kind": kind, **fields})


def opinion(opinion: str, user: str = "bob", at_ms: int = 5000, *, undone: bool = False, **about: str) -> Entry:
    """Return what somebody thought of a reply."""
    return note("feedback", at_ms, user=user, opinion=opinion, undone=str(int(undone)), **{"text": "", **about})
