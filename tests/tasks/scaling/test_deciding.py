"""When more machines are called for, and what is said of the flock then."""

from __future__ import annotations

import json

import pytest

from tasks.contracts.sections import Scale
from tasks.jobs.values import Backlog, HostSeen, Status
from tasks.scaling.deciding import is_due, is_named, pressing, told

NOW_MS = 1_000_000_000
RULES = Scale(command=("more",), after_s=60, every_s=300)


def seen(**waits_s: float) -> Status:
    backlogs = [Backlog(slug, 3, NOW_MS - int(wait_s * 1000), 0, slots=2) for slug, wait_s in waits_s.items()]
    hosts = (HostSeen("a", True, 1, {"address": "http://10.0.0.7"}), HostSeen("b", False, 1, {}))
    return Status(NOW_MS, 0, 0, 0, tuple(backlogs), hosts)


def test_nothing_is_called_unless_something_is_named() -> None:
    assert not is_named(Scale())
    assert not is_due(seen(qwen=600), Scale(), 0)


@pytest.mark.parametrize(("wait_s", "due"), [(59, False), (60, False), (61, True)])
def test_it_is_called_once_somebody_has_waited_too_long(wait_s: float, due: bool) -> None:
    assert is_due(seen(qwen=wait_s), RULES, 0) is due


@pytest.mark.parametrize(("ago_s", "due"), [(1, False), (299, False), (300, True)])
def test_not_more_often_than_it_may_be(ago_s: float, due: bool) -> None:
    assert is_due(seen(qwen=600), RULES, NOW_MS - int(ago_s * 1000)) is due


@pytest.mark.parametrize(("most", "due"), [(0, False), (3, False), (2, True)])
def test_it_is_called_at_a_depth_of_the_queue_where_one_is_named(most: int, due: bool) -> None:
    assert is_due(seen(qwen=1), RULES.model_copy(update={"waiting": most}), 0) is due


def test_the_longest_wait_is_told_first_and_short_ones_not_at_all() -> None:
    assert [each.slug for each in pressing(seen(crow=61, qwen=600, owl=5), RULES)] == ["qwen", "crow"]


def test_what_is_told_is_json_without_addresses() -> None:
    body = told(seen(qwen=75.25), RULES)
    assert json.loads(json.dumps(body)) == {
        "event": "scale",
        "at_ms": NOW_MS,
        "waits": [{"model": "qwen", "waiting": 3, "oldest_s": 75.2, "slots": 2, "loading": ""}],
        "hosts": ["a"],
    }
