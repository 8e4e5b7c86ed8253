"""How Celery is wired: values, no logic. Why each stands as it does is in docs/design.md, "Bells"."""

from __future__ import annotations

import os

from schedules import BEAT_SCHEDULE
from tasks.contracts import redisurl

broker_url = redisurl.broker_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6390/0"))
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # a worker never gives up on its broker
broker_connection_timeout = 4  # seconds
broker_channel_error_retry = True  # a Redis without room refuses what a worker begins with; it waits, and does not end
broker_transport_options = {
    "polling_interval": 1,  # seconds; one queue a process, and BRPOP wakes at once anyway
    "priority_steps": [0],  # one list per queue: classes are the ledger's business
    "ack_emulation": False,  # kombu would write each bell down until it is spent: two more writes, and none when full
    "socket_timeout": 5,  # a hung Redis must not hang a worker
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 15,
}

# A bell carries no work: nothing is lost with one, so it is spent when it is heard. Jobs have their own leases.
task_acks_late = False
task_reject_on_worker_lost = False
worker_disable_prefetch = True  # a full worker takes no bell that it cannot answer
worker_prefetch_multiplier = 1
worker_send_task_events = True  # with the line above: without events a full worker idles a second between jobs

result_backend = None  # answers go by the record
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]
task_create_missing_queues = True
task_default_queue = "upkeep"
worker_hijack_root_logger = False
worker_redirect_stdouts = False
timezone = "UTC"

imports = (
    "tasks.generation.tasks",
    "tasks.memory.tasks",
    "tasks.notification.tasks",
    "tasks.training.tasks",
    "tasks.upkeep.tasks",
)
beat_schedule = BEAT_SCHEDULE
