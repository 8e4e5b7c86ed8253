from __future__ import annotations

import tomllib

from benchmarks.agents import Place, settings, waited_s
from tasks.contracts.fleet import parse
from tasks.contracts.jobs import JobState, JobView, Mark


def test_the_settings_of_a_fleet_hold_together() -> None:
    places = [Place("a", ["m", "n"], 12.0, "preload = []"), Place("b", ["m"])]
    fleet = parse(tomllib.loads(settings("redis://127.0.0.1:1/0", places, 10.0, 2, "[jobs]\ndeadline_s = 9\n")), "it")
    assert [(model.name, model.memory_gib, model.slots) for model in fleet.models] == [("m", 10.0, 2), ("n", 10.0, 2)]
    assert [(host.name, host.models, host.memory_gib, host.preload) for host in fleet.hosts] == [
        ("a", ("m", "n"), 12.0, ()),
        ("b", ("m",), 1000.0, ("*",)),
    ]
    assert fleet.jobs.deadline_s == 9


def test_a_wait_is_from_receipt_to_the_first_claim() -> None:
    marks = tuple(Mark(at_ms=at_ms, state=JobState.CLAIMED) for at_ms in (1500, 9000))
    made = JobView(job="j", state=JobState.DONE, fence=1, model="m", session="s", received_ms=1000, marks=marks)
    assert waited_s(made) == 0.5
