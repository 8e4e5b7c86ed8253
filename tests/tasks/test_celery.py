"""How Celery is wired: what is registered, what goes over the wire, and who hears it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

import celeryconfig
from schedules import BEAT_SCHEDULE
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.queues import UPKEEP
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from workers.launch import MEMORY_WORKER, TRAINING_WORKER, UPKEEP_WORKER

REPO = Path(__file__).parents[2]
PATIENCE_S = 60.0


def test_every_task_that_is_imported_has_its_name_on_the_list():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    listed = {value for key, value in vars(names).items() if key.isupper()}
    assert {names.ANSWER, names.HEARTBEAT} <= ours <= listed


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("task_acks_late", False),
        ("task_reject_on_worker_lost", False),
        ("worker_disable_prefetch", True),
        ("worker_prefetch_multiplier", 1),
        ("worker_send_task_events", True),
        ("result_backend", None),
        ("task_serializer", "json"),
        ("accept_content", ["json"]),
        ("worker_hijack_root_logger", False),
        ("broker_connection_max_retries", None),
        ("broker_channel_error_retry", True),
        ("task_default_queue", UPKEEP),
        ("timezone", "UTC"),
    ],
)
def test_the_settings_are_those_that_the_design_names(setting: str, value: Any):
    assert getattr(app.conf, setting) == value


def test_nothing_waits_for_a_broker_without_end():
    options = app.conf.broker_transport_options
    assert (options["polling_interval"], options["priority_steps"]) == (1, [0])
    assert 0 < options["socket_connect_timeout"] < options["socket_timeout"] < 30
    assert 0 < app.conf.broker_connection_timeout < 30


def test_a_bell_is_not_written_down_again_by_whoever_hears_it():
    assert app.conf.broker_transport_options["ack_emulation"] is False


def test_celeryconfig_can_be_imported_by_itself_and_holds_values_only():
    rooms = "{'tasks.celery', 'redis', 'fastapi', 'workers', 'bots'}"
    probe = f"import sys, celeryconfig; print(sorted({rooms} & {{*sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", probe], cwd=REPO, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
    assert not [name for name, value in vars(celeryconfig).items() if callable(value) and name.islower()]


def test_every_beat_entry_calls_a_registered_task_on_a_queue_that_is_consumed():
    app.loader.import_default_modules()
    consumed = [*UPKEEP_WORKER["queues"], *MEMORY_WORKER["queues"], *TRAINING_WORKER["queues"]]
    assert app.conf.beat_schedule == BEAT_SCHEDULE
    assert BEAT_SCHEDULE
    for entry in BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["queue"] in consumed


def sender(url: str, **conf: Any) -> Celery:
    """Somebody else's Celery on the same broker."""
    other = Celery("other", broker=url, set_as_current=False)
    other.conf.update(task_default_queue=UPKEEP, task_ignore_result=True, **conf)
    return other


def test_a_worker_takes_json_and_refuses_pickle(command, redis_url, tmp_path):
    harmful = sender(redis_url, task_serializer="pickle")
    harmful.send_task(names.HEARTBEAT, args=(Boom(tmp_path / "boom"),), queue=UPKEEP)
    sender(redis_url).send_task(names.HEARTBEAT, queue=UPKEEP)
    store = Store.open(redis_url)
    with (tmp_path / "worker.log").open("w+") as log:
        worker = command.start("run", "upkeep", stdout=log, stderr=log)
        give_up_s = time.monotonic() + PATIENCE_S
        while not store.run(fleet_moves.status()).heartbeat_ms:
            assert time.monotonic() < give_up_s, (tmp_path / "worker.log").read_text()
            assert worker.poll() is None
            time.sleep(0.05)
    assert not (tmp_path / "boom").exists(), "unpickling it would have made this file"
    assert "pickle" in (tmp_path / "worker.log").read_text()


class Boom:
    """Acts when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))
