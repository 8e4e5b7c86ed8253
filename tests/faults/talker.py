"""A program: talks to the flock of a folder at a steady rate, waits for every answer, and prints what came of it."""

from __future__ import annotations

import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from tasks.contracts.errors import RookeryError
from tasks.contracts.jobs import JobState
from tasks.contracts.messages import JobRequest, job_id
from tasks.contracts.settings import load
from tasks.jobs import moves
from tasks.jobs.store import Store
from tasks.jobs.values import Ways

GIVE_UP_S = 150.0
SESSIONS = 48  # so many that no session forgets a turn


def main(folder: str, length_s: float, per_s: float, model: str) -> None:
    """Talk for `length_s` seconds."""
    settings = load(Path(folder) / "rookery.toml", {})
    store, ways = Store.open(settings.redis_url, settings.namespace), Ways.of(settings.fleet.jobs)
    tag = secrets.token_hex(4)
    jobs, began_s = [], time.monotonic()
    while (now_s := time.monotonic() - began_s) < length_s:
        jobs.append(say(store, ways, tag, len(jobs), model))
        time.sleep(max(0.0, len(jobs) / per_s - now_s))
    give_up_s = time.monotonic() + GIVE_UP_S
    views = [ended(store, job, give_up_s) for job in jobs]
    turns = sum(store.client.llen(store.key("session", f"{tag}-{number}")) for number in range(SESSIONS))
    sys.stdout.write(json.dumps({"views": views, "turns": turns}))


def say(store: Store, ways: Ways, tag: str, number: int, model: str) -> str:
    """Say one thing, and return its job."""
    job = job_id("test", "test", tag, str(number), persona="p")
    request = JobRequest(
        job=job,
        model=model,
        session=f"{tag}-{number % SESSIONS}",
        user=f"user{number % SESSIONS}",
        text=f"number {number} !slow 0.05",
        persona="p",
        max_in_flight=100,
        deadline_s=120.0,
    )
    store.run(moves.submit(request, ways))
    return job


def ended(store: Store, job: str, give_up_s: float) -> dict[str, Any]:
    """Wait for the end of a job, and return what is asked about it."""
    while True:
        try:
            view = store.run(moves.read_job(job))
        except RookeryError:
            view = None
        if (view and view.ended) or time.monotonic() > give_up_s:
            break
        time.sleep(0.05)
    assert view is not None
    return {
        "job": job,
        "ended": view.ended,
        "outcome": view.outcome.value if view.outcome else "",
        "host": view.host,
        "attempts": view.attempts,
        "outcomes": sum(mark.state is JobState.DONE for mark in view.marks),
    }


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
