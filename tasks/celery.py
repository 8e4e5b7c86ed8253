"""The Celery application: a surface for bells. `celery -A tasks` finds it; every verb of `rookery` uses it."""

from __future__ import annotations

from celery import Celery

import celeryconfig
from tasks.base import RookeryTask

app = Celery("rookery", task_cls=RookeryTask, set_as_current=True)
# As an object: by name Celery would take a celeryconfig.py of the current folder for ours.
app.config_from_object(celeryconfig)
