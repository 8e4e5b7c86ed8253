"""Every job leaves a JSON line with its id in the logs: where it is accepted, and where it ends."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.logs import fields_of
from tasks.jobs.gateway import Gateway
from tests.workers.household import MODEL, Household, until


@pytest.fixture
def house(tmp_path: Path, redis_url: str) -> Iterator[Household]:
    """A host of this machine."""
    made = Household(tmp_path, redis_url)
    yield made
    made.close()


def lines_of(log: str, job: str) -> list[dict[str, Any]]:
    """Return the lines that name a job; the supervisor puts the process that said it in front."""
    found = (line[line.index("{") :] for line in log.splitlines() if "{" in line and job in line)
    return [fields for line in found if (fields := json.loads(line)).get("job") == job]


def test_an_answer_and_a_notice_are_each_a_line_with_the_id_of_the_job_and_none_of_its_words(house: Household) -> None:
    house.ensure()
    answered = house.submit("my diary")
    house.answered(answered)
    late = house.submit("my diary", model="upstairs")  # of a host that is not up
    house.flock.past(late, "deadline_ms")
    until(lambda: house.flock.view(late).ended, "the notice")
    logs = {path.name: path for path in (*house.settings.logs_dir.rglob("*.log"), house.output)}
    said = until(lambda: lines_of(logs["worker-echo-one.log"].read_text(), answered), "the line of the answer")
    assert [(line["event"], line["model"]) for line in said] == [("answered", MODEL)]
    ended = until(lambda: lines_of(logs[house.output.name].read_text(), late), "the line of the notice")
    assert [line["event"] for line in ended] == ["ended in a notice"]
    assert not [name for name, path in logs.items() if "my diary" in path.read_text()]


def test_a_job_that_is_accepted_is_a_line(house: Household, caplog: pytest.LogCaptureFixture) -> None:
    request = house.flock.request("my diary")
    with caplog.at_level(logging.INFO):
        Gateway(house.flock.store).submit(request)
        Gateway(house.flock.store).submit(request)
    lines = [fields_of(record) for record in caplog.records if record.message == "accepted"]
    assert [(line["job"], line["fresh"]) for line in lines] == [(request.job, True), (request.job, False)]
    assert "my diary" not in caplog.text
