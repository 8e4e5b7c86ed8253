"""The Celery application: a surface for bells. `celery -A tasks` finds it; every verb of `rookery` uses it."""

from __future__ import annotations

from celery import Celery
from kombu.transport.redis import Channel

import celeryconfig
from tasks.base import RookeryTask
from tasks.jobs.pinned import PinnedConnection

app = Celery("rookery", task_cls=RookeryTask, set_as_current=True)
# As an object: by name Celery would take a celeryconfig.py of the current folder for ours.
app.config_from_object(celeryconfig)
Channel.connection_class_ssl = PinnedConnection
