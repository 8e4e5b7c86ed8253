"""Listening to what happens in the flock, as a browser does."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.bots.conftest import PATIENCE_S


@dataclass
class Told:
    """One event."""

    id: str
    event: str
    data: Any


@contextlib.contextmanager
def listening(client: httpx.Client, last: str = "") -> Iterator[Iterator[Told]]:
    """Listen until the block ends; who heard `last` before goes on from there."""
    headers = {"Last-Event-ID": last} if last else {}
    with client.stream("GET", "/api/events", headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _parsed(response.iter_lines())


def _parsed(lines: Iterator[str]) -> Iterator[Told]:
    fields: dict[str, str] = {}
    give_up_s = time.monotonic() + PATIENCE_S
    for line in lines:
        assert time.monotonic() < give_up_s, "waited in vain"  # heartbeats keep the connection itself alive
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif not line:
            if "event" in fields:
                yield Told(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


def answer(client: httpx.Client) -> httpx.Response:
    """Return what is said to one who would listen, without listening."""
    with client.stream("GET", "/api/events") as response:
        if response.status_code != 200:
            response.read()
        return response


def until(told: Iterator[Told], event: str) -> Told:
    """Return the next event of that name."""
    return next(each for each in told if each.event == event)
