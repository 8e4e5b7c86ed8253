"""Any order of moves, by anybody: what has ended is owed to the archive once, and nothing else is."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from tasks.contracts.jobs import ENDED
from tasks.jobs.values import Ways
from tests.tasks.jobs import rules_of_the_house as house
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.test_state_machine import COMMON, Ledger


class Archived(Ledger):
    """The same people, hosts and crashes, where a transcript is kept."""

    @invariant()
    def what_has_ended_is_archived_once(self) -> None:
        kept = self.flock.dump()
        stream = [
            dict(zip(*[iter(fields)] * 2, strict=True)) for _, fields in kept.get("rookery:archive", ("", [], 0))[1]
        ]
        told = Counter(json.loads(entry["told"])["job"] for entry in stream)
        conversations = {job for job, record in house.records(kept).items() if is_conversation(record)}
        ended = {
            job for job in conversations if house.records(kept)[job]["state"] in ENDED and job not in self.for_tasks
        }
        assert told == Counter(ended)

    @property
    def for_tasks(self) -> set[str]:
        """Jobs that a task asked for, which a tombstone does not tell."""
        return {job for job in self.jobs if "then" in self.flock.client.hkeys(f"rookery:text:{job}")}


def is_conversation(record: dict[str, str]) -> bool:
    """Return whether what was said is kept: not what a task asks of a model, nor what is wanted of memories."""
    return record.get("then_queue", "") == "" and record.get("work") != "memory"


def test_in_any_order_of_moves_what_has_ended_is_archived_once(flock: Flock):
    flock.ways = Ways(tries=2, window_turns=2, archive=True)
    flock.client.config_set("appendfsync", "no")  # what the disk promises is not what is tested here
    try:
        run_state_machine_as_test(
            type("BoundArchived", (Archived,), {"flock": flock}),
            settings=settings(COMMON, max_examples=25, stateful_step_count=30, derandomize=True),
        )
    finally:
        flock.client.config_set("appendfsync", "always")
