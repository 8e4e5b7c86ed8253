"""How a worker tells its agent that the engine needs it: it ends, warmly, and its exit code says why."""

from __future__ import annotations

from typing import Any

from celery.worker import state

#: The server runs, and does not hold the model any more: somebody unloaded it, or restarted the server.
MODEL_GONE = 76
#: The engine, a child of the agent like the worker, is there and of no use: it crawls, or answers not a single token.
ENGINE_STUCK = 77
#: Exit codes of a worker that gave back what it held before it ended: no job is to blame.
ON_PURPOSE = frozenset({MODEL_GONE, ENGINE_STUCK})


def end_worker(code: int) -> None:
    """Have this worker process end with `code` once what it has in hand is done with. From any of its threads."""
    worker: Any = state  # its stubs know no exit code here
    if not worker.should_stop:
        worker.should_stop = code
