from __future__ import annotations

import pytest

from benchmarks.house import name_of


@pytest.mark.parametrize(
    ("command_line", "name"),
    [
        (["/x/bin/python3.11", "-P", "-m", "rookery", "run", "bot", "web"], "rookery run bot web"),
        (["python -P -m workers.launch"], "workers.launch"),
        (["/x/redis-server 127.0.0.1:6390"], "redis-server"),
        (["/x/python", "/x/bin/rookery", "up"], "rookery up"),
        (["[celery beat] run beat"], "celery beat run beat"),
        ([], "a process that has ended"),
    ],
)
def test_a_process_is_named_by_its_program_and_words(command_line: list[str], name: str) -> None:
    assert name_of(command_line) == name
