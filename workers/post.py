"""What an agent tells a worker process that it starts: one model, on one host, behind one engine. Ids, no secrets."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tasks.contracts.messages import Value
from tasks.contracts.queues import model_queue, node_name, slug

POST_ENV = "ROOKERY_WORKER_POST"
#: For every Celery worker of ours.
QUIET = {"without_gossip": True, "without_mingle": True, "loglevel": "WARNING"}


class Post(Value):
    """The place of one worker process."""

    host: str
    fence: int
    """The agent's own: once it is outdated the ledger lets this worker claim nothing."""
    model: str
    engine: str
    """What `open_engine` takes."""
    engine_name: str
    """What the engine calls the model."""
    slots: int = Field(ge=1)
    context_tokens: int = Field(ge=1)
    labels: tuple[str, ...] = ()
    cloud: bool = False
    ready_file: str
    """Made once the worker hears bells."""
    told_file: str = ""
    """Says which engine took the place of `engine`; empty: none ever does."""

    @property
    def model_slug(self) -> str:
        """The model as queues and files carry it."""
        return slug(self.model)

    def worker_options(self) -> dict[str, Any]:
        """Return the options of this post's Celery worker: one queue, as many threads as the engine has slots."""
        return {
            "queues": [model_queue(self.model)],
            "pool_cls": "threads",
            "concurrency": self.slots,
            "hostname": node_name(self.model, self.host),
            **QUIET,
        }
