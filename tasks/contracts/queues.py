"""Names of queues. Bells for one model ride on `model.<slug>`; a worker consumes only what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tasks.contracts.errors import ConfigurationError

RECALL = "recall"  # fetch memories for a job that waits for them
MEMORY = "memory"  # what is to be remembered, and upkeep of that
UPKEEP = "upkeep"  # beat's own small tasks
TRAINING = "training"  # runs of training, one at a time on a machine
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """Return the form of a model's or host's name that queues, files and node names carry.

    >>> slug("Qwen3 8B/Q4_K_M")
    'qwen3-8b-q4-k-m'
    """
    return _NOT_SLUG.sub("-", name.lower()).strip("-")


def model_queue(model: str) -> str:
    """Return the queue that carries bells for `model`.

    >>> model_queue("Llama 3.1")
    'model.llama-3-1'
    """
    return f"model.{slug(model)}"


def node_name(model: str, host: str) -> str:
    """Return the Celery node name of the worker that serves `model` on `host`, as Flower shows it.

    >>> node_name("demo", "Studio One")
    'demo@studio-one'
    """
    return f"{slug(model)}@{slug(host)}"


def refuse_collisions(names: Iterable[str], what: str) -> None:
    """Raise ConfigurationError if two of the names have one slug, or a name has none at all."""
    seen: dict[str, str] = {}
    for name in names:
        key = slug(name)
        if not key:
            raise ConfigurationError(
                f"the {what} name {name!r} has no letter or digit of a-z, 0-9 in it",
                next_step=f"give the {what} a name such as 'my-{what}'",
            )
        if key in seen:
            raise ConfigurationError(
                f"the {what}s {seen[key]!r} and {name!r} would share the name {key!r} on queues",
                next_step="rename one of them so that they differ in letters or digits",
            )
        seen[key] = name
