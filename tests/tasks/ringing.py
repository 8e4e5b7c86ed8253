"""The Celery app of this process, given back as it was found: its connections are of the broker of one test."""

from __future__ import annotations

from kombu import pools

from tasks.celery import app


def give_back() -> None:
    """Close the app's connections and forget their pools, so that the next test has pools of its own."""
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None
