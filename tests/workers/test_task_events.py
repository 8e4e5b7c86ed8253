"""What Flower hears of a worker."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from tasks.celery import app
from tests.workers.household import Worker, until

JOBS = 5


def test_every_event_of_every_task_is_heard_though_several_travel_together(redis_url: str, tmp_path: Path):
    heard: Counter[str] = Counter()
    one = Worker(tmp_path, redis_url, slots=2)
    one.start()
    with app.connection_for_read(redis_url) as connection:
        receiver = app.events.Receiver(connection, handlers={"*": lambda event: heard.update([event["type"]])})
        listening = threading.Thread(target=lambda: receiver.capture(limit=None, timeout=None, wakeup=False))
        listening.start()
        until(
            lambda: any(key.startswith("_kombu.binding.celeryev") for key in one.flock.client.keys("_kombu*")), "ears"
        )
        try:
            for number in range(JOBS):  # one after the other: whoever has answered stays at the queue for a while
                one.house.answered(one.house.submit(f"hello {number}"))
            until(
                lambda: 0 < heard["task-received"] == heard["task-started"] == heard["task-succeeded"], "the last event"
            )
        finally:
            receiver.should_stop = True
            listening.join()
            one.close()
    assert heard["task-succeeded"] <= JOBS
