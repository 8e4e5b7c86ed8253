"""Which host of a machine gives training its memory, and how much that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.fleet import Host
from tasks.contracts.sections import Training
from tests.tasks.training.runs.paces import spec
from workers.teaching import host_of, needs_gib


def host(name: str, **fields: Any) -> Host:
    return Host.model_validate({"name": name, "engine": "fake", **fields})


SMALL, LARGE = host("small", memory_gib=8.0), host("large", memory_gib=24.0)
LABELLED = host("labelled", memory_gib=4.0, labels=("train",))


@pytest.mark.parametrize(
    ("hosts", "chosen"),
    [((), None), ((SMALL,), "small"), ((SMALL, LARGE), "large"), ((SMALL, LARGE, LABELLED), "labelled")],
)
def test_it_is_the_one_that_is_labelled_or_else_the_largest(hosts: tuple[Host, ...], chosen: str | None) -> None:
    found = host_of(hosts, lambda _host: 64.0)
    assert (found.name if found else None) == chosen


def test_memory_of_another_machine_is_no_use_here() -> None:
    assert host_of((SMALL,), lambda _host: None) is None


def test_what_the_settings_say_that_it_takes_holds() -> None:
    def nowhere(_model: object) -> Path:
        raise AssertionError

    nothing: Any = None
    assert needs_gib(spec(training=Training(memory_gib=6.0)), nothing, nowhere) == 6.0
