"""One of several who write at the same time: what it says goes through the gateway, one answer after another."""

from __future__ import annotations

import sys
from typing import Any

from tasks.contracts.messages import JobRequest
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store
from tasks.jobs.values import Ways
from tests.workers.household import MODEL

PERSON: dict[str, Any] = {"persona": "wren", "direct": True, "recall": True}


def said(writer: str, number: int) -> str:
    """Return what a writer says."""
    return f"{writer} keeps fact {number}"


def write(redis_url: str, writer: str, times: int) -> None:
    """Say so many things, and wait for the answer to each."""
    gateway = Gateway(Store.open(redis_url), Ways(archive=True, recall_ms=0))  # nobody waits for memories
    for number in range(times):
        asked = JobRequest(
            job=f"{writer}.{number}",
            model=MODEL,
            session=f"of {writer}",
            user=f"web:{writer}",
            text=said(writer, number),
            deadline_s=600,
            **PERSON,
        )
        gateway.ask(asked)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]))
