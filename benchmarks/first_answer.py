"""How long a person waits: from the command `rookery up` to the first word and the whole answer of the demo model."""

from __future__ import annotations

import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.house import house
from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.messages import JobRequest
from tasks.jobs.gateway import Gateway
from tasks.jobs.watching import Answered, TextAdded

TRY_EVERY_S = 0.05


def measure() -> dict[str, float]:
    """Return seconds from the start of the command to the first word and to the whole answer, and MiB of it all."""
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.monotonic()
        with house(Path(folder), "") as made:
            request = JobRequest(job=uuid.uuid4().hex, model="demo", session="bench", user="bench", text="hello")
            _submit(made.gateway, request)
            first_word_s = 0.0
            for event in made.gateway.watch(request.job):
                if isinstance(event, TextAdded) and not first_word_s:
                    first_word_s = time.monotonic() - began_s
                if isinstance(event, Answered):
                    answered_s = time.monotonic() - began_s
            memory = made.resident_mib()
    return {
        "first word": first_word_s or answered_s,
        "whole answer": answered_s,
        "all processes, MiB": sum(memory.values()),
        "web page, MiB": sum(size for name, size in memory.items() if "bot web" in name),
    }


def _submit(gateway: Gateway, request: JobRequest) -> None:
    while True:
        try:
            gateway.submit(request)
        except StoreUnavailable:
            time.sleep(TRY_EVERY_S)
        else:
            return
