from __future__ import annotations

import platform

from workers.doctor.findings import Level
from workers.doctor.python import Python, judge, look


def test_the_python_that_runs_these_tests_will_do():
    found = look()
    assert (found[0].level, platform.python_version() in found[0].what) == (Level.OK, True)


def test_an_old_python_is_a_problem():
    [found] = judge(Python((3, 10, 12), "/usr", own_environment=True, system="Linux", machine="x86_64"))
    assert (found.level, found.what) == (
        Level.PROBLEM,
        "Python 3.10.12 is older than 3.11, which Rookery is written for",
    )


def test_a_python_that_is_shared_with_others_is_noted():
    _, found = judge(Python((3, 12, 1), "/usr", own_environment=False, system="Linux", machine="x86_64"))
    assert found.level is Level.NOTE
    assert "environment of its own" in found.next_step
